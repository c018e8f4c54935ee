"""Answers of the readers of a served study: every accepted version, on disk before it is acknowledged.

`<reader>.csv` holds the present answers, as the page would export them. `versions/<reader>.jsonl` holds one line for
each version: what it kept of the version before and what it added. A version is in both files, or, if the process was
killed in between, in the journal, from which the CSV is then written again.
"""

import hashlib
import json
import logging
import os
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from medgan_tf.errors import DataError
from medgan_tf.evidence.readers.answers import parse_answers
from medgan_tf.files.atomic import atomic_path
from medgan_tf.files.json_files import parse_json

logger = logging.getLogger(__name__)

VERSIONS = "versions"


class StaleAnswersError(DataError):
    """The answers are based on another version than the present one."""


class ShorterAnswersError(DataError):
    """The answers take back stored ones, and do not say that they are a correction."""


class StorageError(DataError):
    """The disk does not take the answers. Those that it has are untouched."""


@dataclass(frozen=True)
class Version:
    """One version of a reader's answers: its number, 0 for none, and the CSV, empty for none."""

    number: int = 0
    text: str = ""


class AnswerStore:
    """The answers in one folder.

    Args:
        folder: Made with the first answers.
        key_sha256: Hash of the study's key, which every answer must carry.
    """

    def __init__(self, folder: Path, key_sha256: str):
        self.folder = folder
        self._key_sha256 = key_sha256
        self._versions: dict[str, Version] = {}
        self._lock = threading.Lock()

    def present(self, reader: str, order: list[str]) -> Version:
        """The present version. Raises `DataError` if the files of this reader are damaged."""
        with self._lock:
            return self._present(reader, order)

    def put(
        self,
        reader: str,
        order: list[str],
        text: str,
        based_on: int,
        correction: bool,
        conflicts: list[str] | None = None,
    ) -> Version:
        """Takes a new version, whole or not at all.

        Args:
            reader: Code of the reader.
            order: The images of the reader, in order.
            text: All answers so far, CSV.
            based_on: Number of the version that the reader's page knows.
            correction: Whether stored answers may be replaced or taken back.
            conflicts: Images for which two windows had different answers; noted in the journal.

        Returns:
            The version that is on disk now. An unchanged text is no new version.

        Raises:
            StaleAnswersError: `based_on` is not the present version.
            ShorterAnswersError: Stored answers are missing or different, without `correction`.
            StorageError: The disk does not take it.
            DataError: These are not the answers of this reader.
        """
        self._check(reader, order, text)
        with self._lock:
            before = self._present(reader, order)
            if text == before.text:
                return before
            if based_on != before.number:
                raise StaleAnswersError(
                    f"answers of {reader}: based on version {based_on}; {before.number} is stored and unchanged"
                )
            if not text.startswith(before.text) and not correction:
                raise ShorterAnswersError(
                    f"answers of {reader}: would take back stored ones without saying so; these are unchanged"
                )
            return self._write(reader, before, text, conflicts)

    def _check(self, reader: str, order: list[str], text: str) -> None:
        given = parse_answers(text, f"answers of {reader}", None, self._key_sha256)
        if any(answer.reader != reader for answer in given) or [a.image for a in given] != order[: len(given)]:
            raise DataError(f"answers of {reader}: not the images of this reader in their order")
        if any(not line.isprintable() for line in text.split("\n")) or not text.endswith("\n"):
            raise DataError(f"answers of {reader}: expected lines of printable characters, the last one ended")

    def _present(self, reader: str, order: list[str]) -> Version:
        if reader not in self._versions:
            self._versions[reader] = self._restored(reader, order)
        return self._versions[reader]

    def _restored(self, reader: str, order: list[str]) -> Version:
        """What the files say after a start: the journal, and the CSV where it came from elsewhere."""
        path, journal = self.folder / f"{reader}.csv", self._journal(reader)
        versions = list(_replayed(journal))
        last = versions[-1] if versions else Version()
        try:
            stored = path.read_bytes().decode("utf-8") if path.is_file() else None
        except (OSError, UnicodeDecodeError) as error:
            raise DataError(f"{path} cannot be read as answers; move it away") from error
        if stored == last.text or (stored is None and not versions):
            return last
        if stored is None or any(stored == version.text for version in versions):
            # Killed between the journal and the CSV.
            return self._write_csv_only(path, last)
        # The answers of an import, or of a server that kept no journal.
        self._check(reader, order, stored)
        return self._write(reader, last, stored, None)

    def _write_csv_only(self, path: Path, version: Version) -> Version:
        try:
            with atomic_path(path, shared=True) as partial:
                partial.write_bytes(version.text.encode())
        except OSError as error:
            raise StorageError(f"cannot write {path}: {error.strerror}") from error
        return version

    def _write(self, reader: str, before: Version, text: str, conflicts: list[str] | None) -> Version:
        after = Version(before.number + 1, text)
        journal, size = self._journal(reader), None
        try:
            journal.parent.mkdir(parents=True, exist_ok=True)
            with atomic_path(self.folder / f"{reader}.csv", shared=True) as partial:
                partial.write_bytes(text.encode())
                with open(journal, "ab", buffering=0) as file:
                    size = file.seek(0, os.SEEK_END)
                    _write_all(file, _line(before, after, conflicts))
                    os.fsync(file.fileno())
        except OSError as error:
            if size is not None:
                _cut(journal, size)
            raise StorageError(
                f"the answers of {reader} cannot be written: {error.strerror}; the {before.text.count(chr(10))} lines "
                "that are stored are untouched"
            ) from error
        self._versions[reader] = after
        return after

    def _journal(self, reader: str) -> Path:
        return self.folder / VERSIONS / f"{reader}.jsonl"


def stored_versions(folder: str | Path, reader: str) -> list[str]:
    """The CSV of every accepted version of a reader's answers, the first one first."""
    return [version.text for version in _replayed(Path(folder) / VERSIONS / f"{reader}.jsonl")]


def _write_all(file: Any, data: bytes) -> None:
    """Writes to an unbuffered file, which may take less than it is given when the disk is nearly full."""
    while data:
        data = data[file.write(data) :]


def _line(before: Version, after: Version, conflicts: list[str] | None) -> bytes:
    old, new = before.text.splitlines(keepends=True), after.text.splitlines(keepends=True)
    kept = next((place for place, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]), None)
    kept = min(len(old), len(new)) if kept is None else kept
    values: dict[str, Any] = {
        "version": after.number,
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "kept": kept,
        "added": new[kept:],
        "sha256": hashlib.sha256(after.text.encode()).hexdigest(),
    }
    if conflicts:
        values["conflicts"] = conflicts
    return (json.dumps(values) + "\n").encode()


def _replayed(journal: Path) -> list[Version]:
    """All versions of a journal. A last line that a killed process did not finish is cut off."""
    try:
        data = journal.read_bytes()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise DataError(f"{journal} cannot be read: {error.strerror}") from error
    whole = data[: data.rfind(b"\n") + 1]
    if len(whole) != len(data):
        logger.warning("%s: the last line is incomplete and is left out", journal.name)
        _cut(journal, len(whole))
    versions = [Version()]
    for number, line in enumerate(whole.splitlines(), start=1):
        try:
            values = parse_json(line)
            lines = versions[-1].text.splitlines(keepends=True)[: values["kept"]] + values["added"]
            text = "".join(lines)
            if values["version"] != number or hashlib.sha256(text.encode()).hexdigest() != values["sha256"]:
                raise ValueError("another version than it says")
        except (ValueError, TypeError, KeyError) as error:
            raise DataError(
                f"{journal}, line {number}: is damaged; move the file away, and the answers in the CSV stay"
            ) from error
        versions.append(Version(number, text))
    return versions[1:]


def _cut(journal: Path, size: int) -> None:
    """Takes a journal back to its size before a write that failed. This needs no space on the disk."""
    try:
        os.truncate(journal, size)
    except OSError as error:
        logger.warning("%s cannot be cut to its last whole line: %s", journal.name, error.strerror)
