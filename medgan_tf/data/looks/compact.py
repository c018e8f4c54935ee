"""The looks at very many images in little memory: 50 to 63 bytes an image, where objects take some 500."""

from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from medgan_tf.data.looks.look import Look
from medgan_tf.data.pseudonym_numbers import as_number, as_pseudonym, pseudonym_numbers

_FIELDS = [
    ("image", "<u8"),
    ("size", "<u8"),
    ("modified", "<i8"),
    ("digest", "V16"),
    ("shape", ">u8"),
    ("marks", "<u2"),
]
_FEWEST_ROWS = 1024


class CompactLooks(Mapping[str, Look]):
    """The looks by image pseudonym. It iterates over the pseudonyms in sorted order.

    Args:
        looks: The first looks.
    """

    def __init__(self, looks: Mapping[str, Look] | None = None):
        self._rows = np.zeros(_FEWEST_ROWS, _FIELDS)
        self._count = 0
        self._sorted = True
        self._marks: list[tuple[str, ...]] = []
        self._numbers: dict[tuple[str, ...], int] = {}
        if looks:
            self.update(looks)

    def update(self, looks: Mapping[str, Look]) -> None:
        """Adds looks; a later one takes the place of an earlier one of the same image."""
        if self._count + len(looks) > len(self._rows):
            # A quarter more, so that the array is not copied for every shard.
            self._rows = np.resize(self._rows, max(self._count + len(looks), len(self._rows) * 5 // 4))
        start = self._count
        for number, (image, look) in enumerate(looks.items(), start=start):
            self._rows[number] = (
                as_number(image), look.size, look.modified, bytes.fromhex(look.digest), int(look.shape_hash, 16),
                self._mark(look.marks),
            )  # fmt: skip
        self._count += len(looks)
        self._sorted = False

    def remove(self, images: Iterable[str]) -> None:
        """Forgets images; those that are not there do not matter."""
        gone = np.array([as_number(image) for image in images], np.uint64)
        if len(gone):
            rows = self.rows
            self._rows = rows[~np.isin(rows["image"], gone)]
            self._count = len(self._rows)

    @property
    def rows(self) -> np.ndarray:
        """All looks, sorted by image: `image` (number of its pseudonym), `size`, `modified`, `digest` (16 bytes),
        `shape` (the perceptual hash) and `marks` (see `marked`)."""
        if not self._sorted:
            rows = self._rows[: self._count]
            order = np.argsort(rows["image"], kind="stable")
            numbers = rows["image"][order]
            # Of several looks at an image the last one counts.
            self._rows = rows[order[np.append(numbers[1:] != numbers[:-1], True)]] if len(rows) else rows
            self._count, self._sorted = len(self._rows), True
        return self._rows[: self._count]

    def places(self, images: np.ndarray) -> np.ndarray:
        """Row of each image, int64 [N], -1 for those that are not there.

        Args:
            images: Pseudonyms, str [N].
        """
        numbers, known = pseudonym_numbers(images), self.rows["image"]
        if not len(known):
            return np.full(len(numbers), -1)
        places = np.minimum(np.searchsorted(known, numbers), len(known) - 1)
        return np.where(known[places] == numbers, places, -1)

    def marked(self, wanted: Iterable[str]) -> np.ndarray:
        """bool [N], which rows have at least one of these marks."""
        wanted = set(wanted)
        return np.array([bool(wanted & set(marks)) for marks in self._marks] + [False], bool)[self.rows["marks"]]

    def images(self, wanted: np.ndarray) -> list[str]:
        """The pseudonyms of the rows of a mask [N], sorted."""
        return [as_pseudonym(number) for number in self.rows["image"][wanted]]

    def mark_counts(self) -> dict[str, int]:
        """How many images have a mark, by mark."""
        counts = np.bincount(self.rows["marks"], minlength=len(self._marks)).tolist()
        found: dict[str, int] = {}
        for marks, count in zip(self._marks, counts, strict=False):
            for mark in marks if count else ():
                found[mark] = found.get(mark, 0) + count
        return found

    def digests(self, wanted: np.ndarray) -> Iterator[tuple[str, str]]:
        """Pseudonym and digest of the rows of a mask [N], in sorted order."""
        rows = self.rows
        return ((as_pseudonym(rows["image"][row]), bytes(rows["digest"][row]).hex()) for row in np.flatnonzero(wanted))

    def __getitem__(self, image: str) -> Look:
        rows, number = self.rows, as_number(image)
        place = int(np.searchsorted(rows["image"], np.uint64(number)))
        if place == len(rows) or int(rows["image"][place]) != number:
            raise KeyError(image)
        return self._look(rows[place])

    def __iter__(self) -> Iterator[str]:
        return map(as_pseudonym, self.rows["image"])

    def __len__(self) -> int:
        return len(self.rows)

    def items(self):
        """Pairs of pseudonym and look, sorted, made one by one."""
        return ((as_pseudonym(row["image"]), self._look(row)) for row in self.rows)

    def _look(self, row: np.void) -> Look:
        return Look(
            int(row["size"]), int(row["modified"]), bytes(row["digest"]).hex(), f"{int(row['shape']):016x}",
            self._marks[row["marks"]],
        )  # fmt: skip

    def _mark(self, marks: tuple[str, ...]) -> int:
        if marks not in self._numbers:
            self._numbers[marks] = len(self._marks)
            self._marks.append(marks)
        return self._numbers[marks]
