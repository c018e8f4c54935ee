"""Readers' answers: the CSV that the page exports, and the checks without which nothing is scored."""

import collections
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from medgan_tf.errors import DataError
from medgan_tf.evidence.readers.answer_tables import Row, parse_rows, read_rows
from medgan_tf.evidence.readers.counts import ReaderCounts
from medgan_tf.evidence.readers.study.key import TRUTHS, Key, KeyFile
from medgan_tf.files.csv_files import csv_lines

COLUMNS = (
    "study",
    "key_sha256",
    "reader",
    "position",
    "image",
    "answer",
    "confidence",
    "seconds",
    "answered",
    "changes",
)
NEEDED = ("reader", "image", "answer")
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}")
MOST_CONFIDENT = 5


@dataclass(frozen=True)
class Answer:
    """One answer.

    Attributes:
        reader: Code of the reader.
        image: Name of the image in the page.
        answer: real or synthetic.
        place: File and line, for messages.
        confidence: 1 (guessing) to 5 (certain), or None.
        seconds: Time the image was looked at, or None.
        position: Place in the reader's order from 1, or None.
    """

    reader: str
    image: str
    answer: str
    place: str
    confidence: int | None = None
    seconds: float | None = None
    position: int | None = None


def read_answers(path: str | Path, key: KeyFile) -> list[Answer]:
    """The answers of one CSV file, each checked on its own.

    Columns reader, image and answer are needed; confidence, seconds and position are used where they are there.

    Raises:
        DataError: Naming file and line: another study, an unknown image, an answer that is missing or unknown.
    """
    return _checked(*read_rows(path), str(path), key.key, key.sha256)


def parse_answers(text: str, name: str, key: Key | None, key_sha256: str) -> list[Answer]:
    """As `read_answers`, from text; without a key, images are not looked up."""
    return _checked(*parse_rows(text, name), name, key, key_sha256)


def _checked(columns: list[str], rows: list[Row], name: str, key: Key | None, key_sha256: str) -> list[Answer]:
    missing = [column for column in NEEDED if column not in columns]
    if missing:
        raise DataError(
            f"{name}: lacks the column {missing[0]}; expected {', '.join(NEEDED)} and, if known, confidence, seconds, "
            f"position. Received: {', '.join(columns)}"
        )
    known = key.truth if key else None
    return [_answer(row, known, key_sha256) for row in rows]


def _answer(row: Row, known: dict[str, str] | None, key_sha256: str) -> Answer:
    values, place = row.values, row.place
    made_for = values.get("key_sha256")
    if made_for is not None and made_for != key_sha256:
        raise DataError(
            f"{place}: was answered for the study with the key {made_for[:12] or '(none)'}..., but the key is "
            f"{key_sha256[:12]}...; find the key that was made with the readers' folder"
        )
    if not CODE.fullmatch(values["reader"]):
        raise DataError(f"{place}: expected a reader code of letters, digits, - _ .; received {values['reader']!r:.40}")
    if known is not None and values["image"] not in known:
        raise DataError(f"{place}: the image {values['image']!r:.40} is not in the key")
    if values["answer"] not in TRUTHS:
        expected = "expected real or synthetic"
        if not values["answer"]:
            raise DataError(f"{place}: reader {values['reader']} gave no answer to {values['image']}; {expected}")
        raise DataError(
            f"{place}: {expected}; received {values['answer']!r:.40} (`reader-study import` reads other tables)"
        )
    return Answer(
        reader=values["reader"],
        image=values["image"],
        answer=values["answer"],
        place=place,
        confidence=_whole(row, "confidence", MOST_CONFIDENT),
        seconds=_seconds(row),
        position=_whole(row, "position", 10**6),
    )


def _whole(row: Row, name: str, largest: int) -> int | None:
    text = row.values.get(name, "")
    if not text:
        return None
    if not re.fullmatch(r"\d{1,7}", text) or not 1 <= int(text) <= largest:
        raise DataError(f"{row.place}: {name}: expected a whole number from 1 to {largest}; received {text!r:.40}")
    return int(text)


def _seconds(row: Row) -> float | None:
    text = row.values.get("seconds", "")
    if not text:
        return None
    if not re.fullmatch(r"\d{1,9}(\.\d+)?", text):
        raise DataError(f"{row.place}: seconds: expected a number from 0; received {text!r:.40}")
    return float(text)


def collect_answers(paths: Sequence[str | Path], key: KeyFile, leave_out: Iterable[str] = ()) -> list[Answer]:
    """The answers of all readers, complete: every reader has answered every image once.

    Args:
        paths: CSV files, or folders of them.
        key: The key.
        leave_out: Codes of readers whose answers are not used, complete or not.

    Raises:
        DataError: No answers; two files of one reader; a label that is missing or there twice; and what
            `read_answers` says.
    """
    answers: list[Answer] = []
    file_of: dict[str, Path] = {}
    left_out = set(leave_out)
    for file in answer_files(paths):
        fresh = read_answers(file, key)
        if not fresh:
            raise DataError(f"{file}: holds no answers; remove it or export it again")
        for reader in dict.fromkeys(answer.reader for answer in fresh):
            if reader in file_of:
                raise DataError(
                    f"{file}: holds answers of reader {reader}, as does {file_of[reader]}; keep one of the two files"
                )
            file_of[reader] = file
        answers += [answer for answer in fresh if answer.reader not in left_out]
    unknown = left_out - set(file_of)
    if unknown:
        raise DataError(f"no answers of reader {min(unknown)}, who is to be left out; readers: {', '.join(file_of)}")
    if not answers:
        raise DataError("every reader is left out; nothing to score")
    check_complete(answers, key.key, {reader: str(file) for reader, file in file_of.items()})
    return answers


def check_complete(answers: Iterable[Answer], key: Key, file_of: dict[str, str]) -> None:
    """Raises `DataError` unless every reader has answered every image exactly once.

    Args:
        answers: Answers of all readers.
        key: The key.
        file_of: Reader to file, for messages.
    """
    seen: dict[str, dict[str, Answer]] = collections.defaultdict(dict)
    for answer in answers:
        first = seen[answer.reader].setdefault(answer.image, answer)
        if first is not answer:
            raise DataError(
                f"{answer.place}: reader {answer.reader} has a second answer to {answer.image}; the first is in "
                f"{first.place}"
            )
    images = [image.image for image in key.images]
    for reader, given in seen.items():
        missing = [image for image in images if image not in given]
        if missing:
            raise DataError(
                f"{file_of[reader]}: reader {reader} has no answer to {len(missing)} of {len(images)} images "
                f"({', '.join(missing[:3])}{', ...' if len(missing) > 3 else ''}); let the reader finish, or leave the "
                f"reader out with --leave-out {reader}"
            )


def answer_files(paths: Sequence[str | Path]) -> list[Path]:
    """The CSV files among paths, which may be folders. Raises `DataError` for a folder without any."""
    files: list[Path] = []
    for path in map(Path, paths):
        if not path.exists():
            raise DataError(f"no answers in {path}; put the readers' CSV files there, or name them with --answers")
        # What a killed process left half written has a name that begins with a point.
        found = sorted(one for one in path.glob("*.csv") if one.name[0] != ".") if path.is_dir() else [path]
        if not found:
            raise DataError(f"{path}: holds no CSV files; put the readers' exported files there")
        files += found
    return files


def count_answers(answers: Iterable[Answer], key: Key) -> list[ReaderCounts]:
    """TR, FR, TS and FS of each reader, in the order of their codes; second showings do not count."""
    truth, repeats = key.truth, key.repeats
    cells: dict[str, collections.Counter] = collections.defaultdict(collections.Counter)
    for answer in answers:
        if answer.image not in repeats:
            cells[answer.reader][truth[answer.image], answer.answer] += 1
    return [
        ReaderCounts.of_four(
            reader,
            TR=cell["real", "real"],
            FR=cell["synthetic", "real"],
            TS=cell["synthetic", "synthetic"],
            FS=cell["real", "synthetic"],
        )
        for reader, cell in sorted(cells.items())
    ]


def to_csv(answers: Iterable[Answer], study: str, key_sha256: str) -> str:
    """Answers as the page exports them."""
    rows: list[tuple[Any, ...]] = [COLUMNS]
    for item in answers:
        seconds = None if item.seconds is None else f"{item.seconds:.2f}"
        place = (study, key_sha256, item.reader, item.position, item.image)
        rows.append((*place, item.answer, item.confidence, seconds, "", ""))
    return "".join(csv_lines(rows))
