"""The history of one reader's answers: a file that only grows, with one line for each accepted version.

A line says how many lines of the version before were kept and which follow them. So a study of 100 images takes about
40 kB for each reader; a copy of the whole file for each answer would take 20 times as much.
"""

import contextlib
import hashlib
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from medgan_tf.errors import DataError
from medgan_tf.files.atomic import flush_to_disk
from medgan_tf.files.json_files import parse_json
from medgan_tf.files.regular_files import read_regular
from medgan_tf.files.result_files import json_text

logger = logging.getLogger(__name__)

LARGEST_JOURNAL = 64 * 2**20
"""Bytes. Thousands of readings of the paper's study; more is no reading, and would fill the disk."""


@dataclass(frozen=True)
class Version:
    """One version of a reader's answers: its number, 0 for none, and the CSV, empty for none."""

    number: int = 0
    text: str = ""

    @property
    def tag(self) -> str:
        """Names the version and its content, e.g. `v3-0123456789abcdef`; `v0` for none."""
        return f"v{self.number}-{self.sha256[:16]}" if self.number else "v0"

    @property
    def sha256(self) -> str:
        """SHA-256 of the CSV."""
        return hashlib.sha256(self.text.encode()).hexdigest()


class Journal:
    """The journal of one reader.

    Args:
        path: The file; made, as its folder, with the first version.
    """

    def __init__(self, path: Path):
        self.path = path

    def versions(self) -> Iterator[Version]:
        """All versions, the first one first. A last line that a killed process did not finish is cut off.

        Raises:
            DataError: The file cannot be read, or a line is damaged.
        """
        version = Version()
        for number, line in enumerate(self._lines(), start=1):
            try:
                version = _next(version, number, parse_json(line))
            except (ValueError, TypeError, KeyError) as error:
                raise DataError(
                    f"{self.path}, line {number}: is damaged; move the file away, and the answers in the CSV stay"
                ) from error
            yield version

    def append(self, before: Version, after: Version) -> int:
        """Adds a version; it is on the disk when this returns.

        Returns:
            The size before, for `cut`.

        Raises:
            OSError: The disk does not take it. The file is as before.
        """
        is_new = not self.path.exists()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with open(self.path, "ab", buffering=0) as file:
            size = file.seek(0, os.SEEK_END)
            try:
                data = _line(before, after)
                if size + len(data) > LARGEST_JOURNAL:
                    raise OSError(0, f"the history has {size >> 20} MB, more than any reading needs")
                while data:
                    # An unbuffered file takes less than it is given when the disk is nearly full.
                    data = data[file.write(data) :]
                os.fsync(file.fileno())
            except OSError:
                self.cut(size)
                raise
        if is_new:
            # Some network file systems refuse this for folders.
            with contextlib.suppress(OSError):
                flush_to_disk(self.path.parent)
        return size

    def cut(self, size: int) -> None:
        """Takes the file back to its size before a write that failed. This needs no space on the disk."""
        try:
            os.truncate(self.path, size)
        except OSError as error:
            logger.warning("%s cannot be cut to its last whole line: %s", self.path.name, error.strerror)

    def _lines(self) -> list[bytes]:
        if not self.path.exists():
            return []
        data = read_regular(self.path, LARGEST_JOURNAL)
        whole = data[: data.rfind(b"\n") + 1]
        if len(whole) != len(data):
            logger.warning("%s: the last line is incomplete and is left out", self.path.name)
            self.cut(len(whole))
        return whole.splitlines()


def _line(before: Version, after: Version) -> bytes:
    old, new = before.text.splitlines(keepends=True), after.text.splitlines(keepends=True)
    kept = next((place for place, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]), None)
    kept = min(len(old), len(new)) if kept is None else kept
    values = {
        "version": after.number,
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "kept": kept,
        "added": new[kept:],
        "sha256": after.sha256,
    }
    return (json_text(values) + "\n").encode()


def _next(before: Version, number: int, values: Any) -> Version:
    lines = before.text.splitlines(keepends=True)[: values["kept"]] + values["added"]
    after = Version(number, "".join(lines))
    if values["version"] != number or after.sha256 != values["sha256"]:
        raise ValueError("another version than it says")
    return after
