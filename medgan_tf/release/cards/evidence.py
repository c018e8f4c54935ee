"""The result files of a released folder, by name, with what the card tells of each file."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from medgan_tf.files.json_files import read_json
from medgan_tf.files.regular_files import open_regular
from medgan_tf.release.card_check import EVIDENCE, ends_of, is_finite, pointed
from medgan_tf.release.verifier import found_files

Fact = dict[str, Any]
_LARGEST = 2**32
NOT_MEASURED = "not measured: "
UNDEFINED = f"{NOT_MEASURED}the result file has no number for it"


@dataclass(frozen=True)
class ResultFile:
    """A result file.

    Attributes:
        name: Its name in the release, such as ``evidence/gap.json``.
        values: Its content.
    """

    name: str
    values: dict[str, Any]

    def at(self, where: str) -> Any:
        """The value at a JSON pointer; None where there is none."""
        try:
            return pointed(self.values, where)
        except ValueError:
            return None

    def number(
        self, title: str, where: str, unit: str, intervals: Iterable[str] = (), answer: str = "", words: bool = False
    ) -> Fact:
        """The fact of a number.

        Args:
            title: What it is.
            where: JSON pointer of the number.
            unit: Its unit or range.
            intervals: JSON pointers of intervals; the first that has two ends is taken.
            answer: JSON pointer of what the number was judged to be.
            words: Whether there may be a word in its place, such as `inf`.
        """
        value = self.at(where)
        known = is_finite(value) or (words and isinstance(value, str) and bool(value))
        fact: Fact = {"name": title, "value": value if known else None, "unit": unit, "interval": None}
        if not known:
            return fact | {"why": UNDEFINED}
        fact |= {"file": self.name, "where": where}
        for pointer in intervals:
            if ends := ends_of(self.at(pointer)):
                fact |= {"interval": ends, "interval_where": pointer}
                break
        return fact | self.answer(answer)

    def answer(self, where: str) -> Fact:
        """The part of a fact that says how it was judged; empty where it was not."""
        found = self.at(where) if where else None
        return {"file": self.name, "answer": found, "answer_where": where} if isinstance(found, str) and found else {}


@dataclass(frozen=True)
class Evidence:
    """The evidence of a release.

    Attributes:
        files: Its JSON files by name, such as ``gap.json``.
        entries: Path, size and SHA-256 of each file, also of those that are no JSON.
    """

    files: dict[str, ResultFile]
    entries: list[dict[str, Any]]

    def named(self, start: str) -> list[ResultFile]:
        """The result files whose name begins so, by name."""
        return [self.files[name] for name in sorted(self.files) if name.startswith(start)]


def read_evidence(folder: Path) -> Evidence:
    """Reads the folder `evidence` of a release; links are left out.

    Raises:
        DataError: A file cannot be read, or is no JSON object.
    """
    names = sorted(name for name in found_files(folder)[0] if name.startswith(f"{EVIDENCE}/"))
    inner = [name for name in names if name.endswith(".json") and name.count("/") == 1]
    files = {Path(name).name: ResultFile(name, read_json(folder / name)) for name in inner}
    return Evidence(files, [described(folder, name) for name in names])


def described(folder: Path, name: str) -> dict[str, Any]:
    """Path, size and SHA-256 of a file of a release. Raises `DataError` where it cannot be read."""
    with open_regular(folder / name, _LARGEST) as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return {"path": name, "bytes": file.tell(), "sha256": digest}


def missing(title: str, why: str, unit: str = "") -> Fact:
    """The fact that something was not measured."""
    return {"name": title, "value": None, "unit": unit, "interval": None, "why": f"{NOT_MEASURED}{why}"}
