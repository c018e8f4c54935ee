"""A reader's answers as counts, and a table of such counts as published studies give them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from medgan_tf.errors import DataError
from medgan_tf.evidence.readers.answer_tables import Row, read_rows

_FOUR = ("TR", "FR", "TS", "FS")
_FORMS = "reader,TR,FR,TS,FS or reader,correct,total"


@dataclass(frozen=True)
class ReaderCounts:
    """Counts of one reader's answers (paper S.8).

    Attributes:
        reader: The reader's code.
        correct: Right answers.
        total: All answers.
        true_real: TR, real images called real; None where only `correct` is known, as are the following.
        false_real: FR, synthetic images called real.
        true_synthetic: TS, synthetic images called synthetic.
        false_synthetic: FS, real images called synthetic.
    """

    reader: str
    correct: int
    total: int
    true_real: int | None = None
    false_real: int | None = None
    true_synthetic: int | None = None
    false_synthetic: int | None = None

    @classmethod
    def of_four(cls, reader: str, TR: int, FR: int, TS: int, FS: int) -> "ReaderCounts":  # noqa: N803
        """The counts of a reader whose four counts are known."""
        return cls(reader, TR + TS, TR + FR + TS + FS, TR, FR, TS, FS)

    @property
    def real_images(self) -> int | None:
        """Real images that were answered, TR + FS."""
        return None if self.true_real is None else self.true_real + self.false_synthetic

    @property
    def synthetic_images(self) -> int | None:
        """Synthetic images that were answered, TS + FR."""
        return None if self.true_synthetic is None else self.true_synthetic + self.false_real

    @property
    def accuracy(self) -> Fraction:
        """correct / total, exact."""
        return Fraction(self.correct, self.total)

    @property
    def sensitivity(self) -> Fraction | None:
        """TS / (TS + FR), the share of synthetic images that were found; None where it is unknown or 0 / 0."""
        return _share(self.true_synthetic, self.synthetic_images)

    @property
    def specificity(self) -> Fraction | None:
        """TR / (TR + FS), the share of real images that were called real; None where it is unknown or 0 / 0."""
        return _share(self.true_real, self.real_images)

    @property
    def score(self) -> Fraction:
        """The value that is tested against 0.5: the mean of sensitivity and specificity if known, else the accuracy.

        With as many real as synthetic images both are the same. Otherwise only the mean has 0.5 as its value for
        everyone who guesses: with 70 % real images, always saying real has an accuracy of 0.7.
        """
        if self.sensitivity is None or self.specificity is None:
            return self.accuracy
        return (self.sensitivity + self.specificity) / 2


def _share(part: int | None, whole: int | None) -> Fraction | None:
    return Fraction(part, whole) if whole else None


def read_counts(path: str | Path) -> list[ReaderCounts]:
    """Reads a CSV with the columns reader,TR,FR,TS,FS or reader,correct,total. If all are there, they must add up.

    Raises:
        DataError: Naming file and line: a column or number is missing, counts do not add up, or a reader is there
            twice.
    """
    columns, rows = read_rows(path)
    columns = {_column(name): name for name in columns}
    four = all(name in columns for name in _FOUR)
    if "reader" not in columns or not (four or {"correct", "total"} <= set(columns)):
        raise DataError(f"{path}: expected the columns {_FORMS}. Received: {','.join(columns.values())}")
    readers: list[ReaderCounts] = []
    places: dict[str, Row] = {}
    for row in rows:
        values = {name: row.values[column] for name, column in columns.items()}
        counts = _four_counts(row, values) if four else _correct_and_total(row, values)
        if not counts.reader:
            raise DataError(f"{row.place}: the reader has no name")
        if counts.reader in places:
            raise DataError(f"{row.place}: reader {counts.reader} is already in {places[counts.reader].place}")
        places[counts.reader] = row
        readers.append(counts)
    if not readers:
        raise DataError(f"{path}: expected a line for each reader; there is none")
    _check_same_images(readers, places)
    return readers


def _column(name: str) -> str:
    """Column names as people write them: "tr", "TR ", "Reader"."""
    return name.upper() if name.upper() in _FOUR else name.lower()


def _four_counts(row: Row, values: dict[str, str]) -> ReaderCounts:
    counts = ReaderCounts.of_four(values["reader"], **{name: _count(row, name, values[name]) for name in _FOUR})
    for name, sum_of, expected in (
        ("correct", "TR + TS", counts.correct),
        ("total", "TR + FR + TS + FS", counts.total),
    ):
        if name in values and _count(row, name, values[name]) != expected:
            raise DataError(
                f"{row.place}: the counts of reader {counts.reader} do not add up: {name} is {values[name]}, but "
                f"{sum_of} is {expected}"
            )
    return _not_empty(row, counts)


def _correct_and_total(row: Row, values: dict[str, str]) -> ReaderCounts:
    correct, total = (_count(row, name, values[name]) for name in ("correct", "total"))
    if correct > total:
        raise DataError(
            f"{row.place}: the counts of reader {values['reader']} do not add up: correct is {correct}, more than the "
            f"total of {total}"
        )
    return _not_empty(row, ReaderCounts(values["reader"], correct, total))


def _not_empty(row: Row, counts: ReaderCounts) -> ReaderCounts:
    if not counts.total:
        raise DataError(f"{row.place}: reader {counts.reader} has no answers")
    return counts


def _count(row: Row, name: str, text: str) -> int:
    if not re.fullmatch(r"\d{1,9}", text):
        raise DataError(f"{row.place}: {name}: expected a whole number of images; received {text!r:.40}")
    return int(text)


def _check_same_images(readers: Iterable[ReaderCounts], places: dict[str, Row]) -> None:
    """All readers of a study see the same set, so TR + FS and TS + FR are the same for all."""
    first, *others = readers
    for other in others:
        for name, sum_of in (("real_images", "TR + FS"), ("synthetic_images", "TS + FR")):
            expected, received = getattr(first, name), getattr(other, name)
            if expected != received:
                raise DataError(
                    f"{places[other.reader].place}: the counts do not add up: {sum_of} is {received} for reader "
                    f"{other.reader}, but {expected} for {first.reader}; where readers saw different sets, give "
                    "reader,correct,total"
                )
