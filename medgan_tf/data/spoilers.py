"""Looks for what spoils evidence in a dataset that was just written: duplicates across patients, text, headers."""

from collections import Counter
from collections.abc import Mapping, Set
from itertools import combinations

import numpy as np

from medgan_tf.data.build_plan import BuildPlan
from medgan_tf.data.looks.compact import CompactLooks
from medgan_tf.data.looks.duplicates import Duplicates, find_duplicates
from medgan_tf.data.looks.look import CONSTANT, Look
from medgan_tf.data.looks.marks import EXPECTED, MARKER, SENTENCES, TEXT
from medgan_tf.data.looks.perceptual import SIDE, small_picture
from medgan_tf.data.looks.spoiler_counts import DuplicateCounts, Spoilers
from medgan_tf.data.pseudonym_numbers import NONE, pseudonym_numbers
from medgan_tf.data.records.image_coding import decode_image
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.data.tables.combinations import FOLDS
from medgan_tf.data.tables.table import Source
from medgan_tf.errors import DataError
from medgan_tf.presentation.progress import Progress

REFUSE = "refuse"
NO_SEARCH = "text burned into images was not looked for (data.look_for_text)"
_MOST_NAMED = 5


class SpoilerSearch:
    """The search in the images of a dataset.

    Args:
        plan: The dataset.
        looks: The looks at its images, by pseudonym.
    """

    def __init__(self, plan: BuildPlan, looks: Mapping[str, Look]):
        self._plan = plan
        self._looks = looks if isinstance(looks, CompactLooks) else CompactLooks(looks)
        first = np.unique(pseudonym_numbers(plan.image_ids), return_index=True)[1]
        places = self._looks.places(plan.image_ids[first])
        # Row of each image in the plan, and among the looks; sorted by image.
        self._rows, self._places = first[places >= 0], places[places >= 0]
        self._folds = plan.folds.frame["fold"].to_numpy(dtype=object)[self._rows]

    def duplicates(self, dataset: DatasetFolder) -> Duplicates:
        """The pictures under several patients.

        Args:
            dataset: Has the stored pictures. Nearly equal ones are looked for from 32 pixels on.
        """
        patients = pseudonym_numbers(self._plan.patients[self._rows])
        known = self._looks.rows[self._places]
        return find_duplicates(
            known["digest"],
            known["shape"].astype(np.uint64),
            np.where(patients == NONE, -1, patients.astype(np.int64)),
            self._looks.marked({CONSTANT})[self._places],
            (lambda rows: self._small(dataset, rows)) if self._plan.resolution >= SIDE else None,
        )

    def counts(self, found: Duplicates) -> Spoilers:
        """The numbers for the manifest."""
        folds = [set(self._folds[rows]) for rows in found.pictures]
        pairs = Counter(pair for one in folds for pair in combinations([f for f in FOLDS if f in one], 2))
        marks = {mark: count for mark, count in self._looks.mark_counts().items() if mark in SENTENCES}
        return Spoilers(
            duplicates=DuplicateCounts(
                pictures=len(found.pictures),
                images=sum(map(len, found.pictures)),
                exact=int(found.exact.sum()),
                in_several_folds=sum(len(one) > 1 for one in folds),
                fold_pairs={", ".join(pair): count for pair, count in sorted(pairs.items())},
                repeats=found.same_patient,
                near_compared=found.complete and self._plan.resolution >= SIDE,
            ),
            marks=dict(sorted(marks.items())),
            text_looked_for=self._plan.look_for_text,
        )

    def marked(self, marks: Set[str]) -> list[tuple[str, str, str]]:
        """Images with one of these marks: pseudonym, path and all marks."""
        found = np.flatnonzero(self._looks.marked(marks)[self._places])
        return [(image, self._path(row), " ".join(self._looks[image].marks)) for row in found
                for image in [self._image(row)]]  # fmt: skip

    def duplicate_rows(self, found: Duplicates) -> list[tuple[int, str, str, str, str, str]]:
        """Number of the picture, equal or near, image, patient, fold and path, for each image of each picture."""
        return [
            (number, how, self._image(row), self._patient(row), self._folds[row], self._path(row))
            for number, (rows, exact) in enumerate(zip(found.pictures, found.exact, strict=True), start=1)
            for how in ["equal" if exact else "near"]
            for row in rows
        ]

    def _image(self, row: int) -> str:
        return str(self._plan.image_ids[self._rows[row]])

    def _patient(self, row: int) -> str:
        return str(self._plan.patients[self._rows[row]])

    def _path(self, row: int) -> str:
        return self._plan.folds.frame["path"].iloc[self._rows[row]]

    def _small(self, dataset: DatasetFolder, rows: np.ndarray) -> np.ndarray:
        place = {self._image(row): number for number, row in enumerate(rows.tolist())}
        shape = tuple(dataset.manifest.image_shape)
        small = np.zeros((len(rows), SIDE, SIDE), np.uint8)
        for shard in dataset.manifest.shards:
            for image, payload in dataset.payloads(shard.file).items():
                if image in place:
                    pixels = decode_image(payload, shape, dataset.manifest.encoding)[:, :, 0]
                    small[place[image]] = small_picture(pixels)
        return small


def find_spoilers(
    source: Source, plan: BuildPlan, looks: Mapping[str, Look], dataset: DatasetFolder, progress: Progress
) -> Spoilers:
    """Finds, lists in private files, says, and counts what spoils evidence.

    Args:
        source: Reads images with text again, for the contact sheet.
        plan: The dataset.
        looks: The looks at its images, by pseudonym.
        dataset: The dataset as it was written.
        progress: Gets notes.

    Raises:
        DataError: There are duplicates, and the plan refuses them.
    """
    progress.note("looking for pictures that occur under several patients")
    search = SpoilerSearch(plan, looks)
    found = search.duplicates(dataset)
    counts = search.counts(found)
    _tell_marks(source, plan, search, counts, progress)
    duplicates = search.duplicate_rows(found)
    listed = plan.record.write_duplicates(duplicates) if plan.record else None
    sentence = duplicates_sentence(counts)
    if not sentence:
        return counts
    for number in range(1, min(len(found.pictures), _MOST_NAMED) + 1):
        progress.note(
            f"the same picture: {', '.join([row[-1] for row in duplicates if row[0] == number][:_MOST_NAMED])}"
        )
    where = f"; {listed} lists them" if listed else ""
    if plan.duplicates == REFUSE:
        raise DataError(
            f"{sentence}{where}; remove all but one of each, or set data.policy.duplicates to one_patient or warn"
        )
    progress.note(sentence + where)
    return counts


def _tell_marks(source: Source, plan: BuildPlan, search: SpoilerSearch, counts: Spoilers, progress: Progress) -> None:
    listed = plan.record.write_marks(search.marked(frozenset(SENTENCES) - EXPECTED)) if plan.record else None
    sheet = None
    if plan.record is not None and counts.marks.get(TEXT):
        # Here, because matplotlib takes its time to load.
        from medgan_tf.data.looks.sheet import MOST_PICTURES, read_tiles, sheet_png

        shown = (search.marked({TEXT}) + search.marked({MARKER}))[:MOST_PICTURES]
        tiles = read_tiles(source, [(f"{image}: {marks}", path) for image, path, marks in shown], plan.limits)
        title = f"{counts.marks[TEXT]:,} images with text, then some with side markers: private, not to be given away"
        sheet = plan.record.write_sheet(sheet_png(tiles, title) if tiles else None)
    elif plan.record is not None:
        plan.record.write_sheet(None)
    for line in marks_lines(counts):
        progress.note(line)
    if listed:
        progress.note(f"{listed} lists them" + (f", {sheet} shows some" if sheet else "") + "; look at them")


def refuse_counted(dataset: DatasetFolder, policy: str) -> None:
    """Raises `DataError` if a finished dataset has duplicates by its manifest, and the policy is to refuse them."""
    spoilers = dataset.manifest.spoilers
    if policy == REFUSE and spoilers is not None and (sentence := duplicates_sentence(spoilers)):
        raise DataError(f"{dataset.path}: {sentence}, and data.policy.duplicates is {REFUSE}")


def duplicates_sentence(spoilers: Spoilers) -> str:
    """What to say about duplicates; empty if there are none."""
    found = spoilers.duplicates
    if not found.pictures:
        return ""
    occur = "1 picture occurs" if found.pictures == 1 else f"{found.pictures:,} pictures occur"
    return (
        f"{occur} under several patients ({found.exact:,} with equal pixels, the others nearly equal), "
        f"{found.in_several_folds:,} of them in different folds"
    )


def marks_lines(found: Spoilers) -> list[str]:
    """What to say about text and headers."""
    lines = [f"{found.marks[mark]:,} {sentence}" for mark, sentence in SENTENCES.items() if found.marks.get(mark)]
    return lines if found.text_looked_for else [*lines, NO_SEARCH]
