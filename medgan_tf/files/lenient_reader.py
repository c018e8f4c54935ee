"""Reads result files for a report: a missing file is None, a damaged one is None and remembered by name.

A report of half of the work should say what is missing instead of failing.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from medgan_tf.errors import ConfigError
from medgan_tf.files.yaml_text import yaml_record


class LenientReader:
    """Reads files, each once, and remembers which could not be read.

    Args:
        root: Damaged files are named relative to this folder.
    """

    def __init__(self, root: Path):
        self.root = root
        self.problems: list[str] = []
        """One line for each damaged file."""
        self._read: dict[Path, dict[str, Any] | None] = {}

    def json(self, path: Path) -> dict[str, Any] | None:
        """A JSON object; None for a file that is missing or holds anything else."""
        return self._once(path, json.loads)

    def yaml(self, path: Path) -> dict[str, Any] | None:
        """A YAML mapping; None for a file that is missing or holds anything else."""
        return self._once(path, lambda text: yaml_record(text, path.name))

    def lines(self, path: Path) -> list[dict[str, Any]]:
        """The JSON objects of a file with one in each line; lines that are none are left out."""
        found = []
        for line in (self._text(path) or "").splitlines():
            try:
                found.append(json.loads(line))
            except ValueError:
                # The last line of a run that was killed may be cut short.
                continue
        return [line for line in found if isinstance(line, dict)]

    def damaged(self, path: Path) -> None:
        """Remembers a file that cannot be used."""
        shown = path.relative_to(self.root) if path.is_relative_to(self.root) else Path(path.parent.name) / path.name
        # The settings of a run cannot be made again without its training.
        advice = "restore it from a backup" if path.suffix == ".yaml" else "make it again"
        self.problems.append(f"{shown} cannot be read; {advice}")

    def _once(self, path: Path, parse: Callable[[str], Any]) -> dict[str, Any] | None:
        if path not in self._read:
            self._read[path] = self._object(path, parse)
        return self._read[path]

    def _object(self, path: Path, parse: Callable[[str], Any]) -> dict[str, Any] | None:
        text = self._text(path)
        if text is None:
            return None
        try:
            values = parse(text)
        except (ValueError, RecursionError, ConfigError):
            values = None
        if isinstance(values, dict):
            return values
        self.damaged(path)
        return None

    def _text(self, path: Path) -> str | None:
        try:
            return path.read_text(encoding="utf-8")
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, UnicodeDecodeError):
            self.damaged(path)
            return None
