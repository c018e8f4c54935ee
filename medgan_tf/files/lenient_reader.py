"""Reads result files for a report: a missing file is None, a damaged one is None and remembered by name.

A report of half of the work should say what is missing instead of failing.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from medgan_tf.errors import ConfigError, DataError
from medgan_tf.files.json_files import LARGEST, file_bytes, json_lines, parse_json
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
        return self._once(path, parse_json)

    def yaml(self, path: Path) -> dict[str, Any] | None:
        """A YAML mapping; None for a file that is missing or holds anything else."""
        return self._once(path, lambda text: yaml_record(text, path.name))

    def lines(self, path: Path) -> list[dict[str, Any]]:
        """The JSON objects of a file with one in each line; lines that are none are left out.

        The last line of a run that was killed may be cut short. Any other bad line is damage.
        """
        if self._is_missing(path):
            return []
        bad: list[int] = []
        try:
            content = list(json_lines(path, bad=bad))
        except DataError:
            self.damaged(path)
            return []
        if bad and bad != [len(content) + 1]:
            shown = ", ".join(map(str, bad[:3])) + (f" and {len(bad) - 3} more" if len(bad) > 3 else "")
            self.problems.append(f"{self._shown(path)}: line {shown} cannot be read and is left out")
        return content

    def damaged(self, path: Path) -> None:
        """Remembers a file that cannot be used."""
        # The settings of a run cannot be made again without its training.
        advice = "restore it from a backup" if path.suffix == ".yaml" else "make it again"
        self.problems.append(f"{self._shown(path)} cannot be read; {advice}")

    def _shown(self, path: Path) -> Path:
        return path.relative_to(self.root) if path.is_relative_to(self.root) else Path(path.parent.name) / path.name

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
        except (ValueError, TypeError, RecursionError, OverflowError, ConfigError):
            values = None
        if isinstance(values, dict):
            return values
        self.damaged(path)
        return None

    def _text(self, path: Path) -> str | None:
        if self._is_missing(path):
            return None
        try:
            return file_bytes(path, LARGEST).decode("utf-8")
        except (DataError, UnicodeDecodeError):
            self.damaged(path)
            return None

    @staticmethod
    def _is_missing(path: Path) -> bool:
        try:
            return not (path.exists() or path.is_symlink())
        except OSError:
            return False
