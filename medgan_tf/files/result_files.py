"""The one writer of JSON, which has no NaN and no Infinity: texts, and result files under a temporary name."""

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


def json_text(value: Any, *, indent: int | None = None, sort_keys: bool = False, ascii_only: bool = True) -> str:
    """The JSON text of a value, without a newline at its end. All that is written or printed as JSON comes from here.

    Python's own encoder writes NaN and Infinity, which no strict reader of JSON takes.

    Args:
        value: Numbers, texts, lists, dicts and arrays, see `plain`; what is not finite becomes null.
        indent: Blanks for each level; None writes one line.
        sort_keys: Whether the keys of each object are sorted.
        ascii_only: Whether other characters than ASCII are written as ``\\u00e9``.
    """
    return json.dumps(plain(value), indent=indent, sort_keys=sort_keys, ensure_ascii=ascii_only, allow_nan=False)


def write_json(path: Path, values: dict[str, Any]) -> None:
    """Writes a result file. Raises `RunError` when the disk does not take it."""
    text = json_text(values, indent=2) + "\n"
    try:
        with atomic_path(path) as partial:
            partial.write_text(text, encoding="utf-8")
    except OSError as error:
        raise RunError(f"cannot write {path}: {error.strerror}") from error
