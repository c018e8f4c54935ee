"""Answers as the page sends them: what every cell must be, and what may change from one version to the next."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from medgan_tf.errors import DataError
from medgan_tf.evidence.readers.answer_tables import parse_rows
from medgan_tf.evidence.readers.answers import COLUMNS, parse_answers

NOT_KEPT = "not_kept"
"""Column after the others, only where an image has it: what another window said about the image and is not counted."""
_SAID = r"(?:(?:real|synthetic)(?: [1-5])?|taken back)"
_CELLS = {
    "seconds": re.compile(r"(?:[0-9]{1,9}(?:\.[0-9]{1,3})?)?"),
    "answered": re.compile(r"(?:[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?Z)?"),
    "changes": re.compile(r"[0-9]{0,6}"),
    NOT_KEPT: re.compile(rf"(?:{_SAID}(?:; {_SAID}){{0,19}})?"),
}


@dataclass(frozen=True)
class GivenStudy:
    """What every answer of a study carries: the study's name and the SHA-256 of its key."""

    name: str
    key_sha256: str


def check_stored(text: str, reader: str, order: list[str], study: GivenStudy) -> None:
    """Raises `DataError` unless the CSV, from wherever, holds answers of this reader to the first images of `order`."""
    given = parse_answers(text, f"answers of {reader}", None, study.key_sha256)
    if any(answer.reader != reader for answer in given) or [one.image for one in given] != order[: len(given)]:
        raise DataError(f"answers of {reader}: not the images of this reader in their order")


def check_given(text: str, reader: str, order: list[str], study: GivenStudy) -> None:
    """As `check_stored`, and nothing but the cells that the page writes: no other column, no free text, no formula.

    Raises:
        DataError: Names the line and what was expected.
    """
    check_stored(text, reader, order, study)
    head, *lines = text.removesuffix("\n").split("\n")
    columns = tuple(head.split(","))
    if columns not in (COLUMNS, (*COLUMNS, NOT_KEPT)) or not text.endswith("\n"):
        raise DataError(f"answers of {reader}: expected the columns {','.join(COLUMNS)} and a last line that ends")
    for number, line in enumerate(lines, start=1):
        cells = line.split(",")
        values = dict(zip(columns, cells, strict=False))
        plain = len(cells) == len(columns) and values["study"] == study.name and values["position"] == str(number)
        wrong = [name for name, pattern in _CELLS.items() if not pattern.fullmatch(values.get(name, ""))]
        # Spaces or quotes around a cell were taken away before it was looked at.
        known = (values.get("image"), values.get("key_sha256"), values.get("reader"))
        if not plain or wrong or known != (order[number - 1], study.key_sha256, reader):
            place = f"answers of {reader}, line {number + 1}"
            raise DataError(f"{place}: expected {wrong[0] if wrong else 'cells'} as the page writes them")
        if values["answer"] not in ("real", "synthetic") or not re.fullmatch("[1-5]?", values["confidence"]):
            raise DataError(f"answers of {reader}, line {number + 1}: expected an answer as the page writes it")


def unnamed_changes(stored: str, given: str, corrected: Collection[str]) -> list[str]:
    """The images whose stored answer would be lost: it is missing or another one, and the page does not say so.

    Args:
        stored: CSV of the present version; empty for none.
        given: CSV that would take its place, after `check_given`.
        corrected: Images whose answer the reader has taken back or corrected. A correction counts one change more.
    """
    if not stored:
        return []
    new = {row.values["image"]: row.values for row in parse_rows(given, "")[1]}
    return [
        image
        for image, old in ((row.values["image"], row.values) for row in parse_rows(stored, "")[1])
        if not _kept(old, new.get(image)) and not (image in corrected and _corrected(old, new.get(image)))
    ]


def _kept(old: Mapping[str, str], new: Mapping[str, str] | None) -> bool:
    if new is None or any(old.get(name, "") != new[name] for name in ("answer", "confidence")):
        return False
    # Tables from elsewhere leave out some of these.
    same_time = old.get("answered", "") in ("", new["answered"])
    same_seconds = abs(float(old.get("seconds") or new["seconds"] or 0) - float(new["seconds"] or 0)) < 0.01
    lost = set(_said(old)) - set(_said(new))
    return same_time and same_seconds and _changes(old) == _changes(new) and not lost


def _corrected(old: Mapping[str, str], new: Mapping[str, str] | None) -> bool:
    return new is None or _changes(new) > _changes(old)


def _changes(values: Mapping[str, str]) -> int:
    text = values.get("changes", "")
    return int(text) if re.fullmatch("[0-9]{1,6}", text) else 0


def _said(values: Mapping[str, str]) -> list[str]:
    return [one for one in values.get(NOT_KEPT, "").split("; ") if one]
