"""Result files: JSON without NaN, written under a temporary name."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from medgan_tf.errors import RunError
from medgan_tf.files.atomic import atomic_path


def plain(value: Any) -> Any:
    """The value as numbers, texts, lists and dicts only. Numbers that are not finite become None, JSON's null."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def with_nan(value: Any) -> Any:
    """The reverse of `plain`: NaN in place of None, as figures need it."""
    if isinstance(value, dict):
        return {key: with_nan(item) for key, item in value.items()}
    if isinstance(value, list):
        return [with_nan(item) for item in value]
    return math.nan if value is None else value


def write_json(path: Path, values: dict[str, Any]) -> None:
    """Writes a result file. Raises `RunError` when the disk does not take it."""
    text = json.dumps(plain(values), indent=2, allow_nan=False) + "\n"
    try:
        with atomic_path(path) as partial:
            partial.write_text(text, encoding="utf-8")
    except OSError as error:
        raise RunError(f"cannot write {path}: {error.strerror}") from error
