"""The images of a dataset in the making: read, made into records, and counted where they cannot be read."""

from collections.abc import Collection, Iterable, Iterator

import numpy as np

from medgan_tf.data.build_plan import BuildPlan
from medgan_tf.data.earlier import Earlier, stored
from medgan_tf.data.looks.comparison import Comparison, compare
from medgan_tf.data.looks.look import CONSTANT, Look
from medgan_tf.data.pseudonym_numbers import as_number, pseudonym_numbers
from medgan_tf.data.reading.pool import UnreadableFile
from medgan_tf.data.records.covariate_bytes import pack_covariates, views_of
from medgan_tf.data.records.encoding import ImageEncoder
from medgan_tf.data.records.example import Record, encode_record
from medgan_tf.data.records.journal import FinishedShard
from medgan_tf.data.tables.table import FoldTable, Source
from medgan_tf.errors import DataError
from medgan_tf.presentation.progress import Progress

MOST_NAMED_FILES = 10

Answer = tuple[Look, bytes] | UnreadableFile


class ImageRecords:
    """Reads the images of a plan, makes records of them, and stops when too many are unreadable.

    Args:
        source: Reads the images.
        plan: The dataset.
        progress: Shows how many images are done, and names the first unreadable ones.

    Attributes:
        distinct: Number of images, repeats left out.
        unreadable: Why an image cannot be read, by its pseudonym.
        done, total: Images that are finished, and all of them; repeats count.
    """

    def __init__(self, source: Source, plan: BuildPlan, progress: Progress):
        self.source, self.plan, self.progress = source, plan, progress
        self.encoder = ImageEncoder(
            source, plan.resolution, plan.encoding, plan.workers, plan.limits, plan.look_for_text
        )
        self.distinct = len(np.unique(pseudonym_numbers(plan.image_ids)))
        self.unreadable: dict[str, str] = {}
        self.done, self.total = 0, len(plan.folds.frame)
        self._copies = plan.folds.frame["copy"].to_numpy()
        self._covariates = covariate_column(plan.folds)

    def compare_finished(self, entries: Iterable[FinishedShard]) -> Comparison:
        """Compares the files of finished shards with what they were when they were read."""
        entries = list(entries)
        looks = {image: look for entry in entries for image, look in entry.looks.items()}
        missing = {image for entry in entries for image in entry.unreadable} - looks.keys()
        paths = self.paths(looks.keys() | missing)
        return compare(self.source, self.encoder, paths, looks, missing, self.progress)

    def paths(self, images: Collection[str]) -> dict[str, str]:
        """The paths of some images by pseudonym, in the order of the plan."""
        if not images:
            return {}
        numbers = np.array([as_number(image) for image in images], np.uint64)
        rows = np.flatnonzero(np.isin(pseudonym_numbers(self.plan.image_ids), numbers))
        paths = self.plan.folds.frame["path"].to_numpy(dtype=object)[rows]
        return dict(zip(self.plan.image_ids[rows].tolist(), paths, strict=True))

    def read(self, shards: list[tuple[str, str, np.ndarray]], earlier: Earlier | None) -> Iterator[Answer]:
        """The images of shards (file, fold, rows), in order; from an earlier dataset where it has them."""
        images, paths = self.plan.image_ids, self.plan.folds.frame["path"].to_numpy(dtype=object)
        there = set()
        if earlier:
            there = {(file, row) for file, _, rows in shards for row in rows if earlier.has(file, str(images[row]))}
        encoded = self.encoder.stream(
            paths[row] for file, _, rows in shards for row in rows if (file, row) not in there
        )
        try:
            for file, _, rows in shards:
                payloads = earlier.payloads(file) if earlier else {}
                for row in rows:
                    if (file, row) not in there:
                        yield next(encoded)
                        continue
                    image = str(images[row])
                    look = earlier.comparison.looks[image]
                    yield look, b"" if self._is_left_out(look) else stored(payloads, file, image)
        finally:
            encoded.close()

    def records(
        self, rows: np.ndarray, answers: Iterator[Answer], looks: dict[str, Look]
    ) -> Iterator[tuple[str, bytes | None]]:
        """Pseudonym and serialised record of every row; None for an image that is left out. Fills `looks`."""
        plan = self.plan
        columns = (plan.image_ids, plan.patients, self._copies, self._covariates)
        values = zip(*(column[rows].tolist() for column in columns), plan.folds.labels[rows], strict=True)
        for image_id, patient, copy, covariates, labels in values:
            answer = next(answers)
            if isinstance(answer, UnreadableFile):
                self._note(image_id, answer)
                yield image_id, None
            else:
                looks[image_id], payload = answer
                record = Record(payload, labels, image_id, patient or None, copy, covariates)
                yield image_id, None if self._is_left_out(looks[image_id]) else encode_record(record)
            self.done += 1
            self.progress(self.done, self.total)

    def list_unreadable(self) -> None:
        """Writes the private list of all unreadable images, if there is a private record."""
        if self.plan.record is not None:
            paths = self.paths(self.unreadable.keys())
            rows = ((image, paths[image], reason) for image, reason in self.unreadable.items())
            self.plan.record.write_unreadable(rows)

    def _is_left_out(self, look: Look) -> bool:
        return self.plan.drop_constant and CONSTANT in look.marks

    def _note(self, image_id: str, image: UnreadableFile) -> None:
        if image_id in self.unreadable:
            return
        self.unreadable[image_id] = image.reason
        count, distinct = len(self.unreadable), self.distinct
        if count <= MOST_NAMED_FILES:
            self.progress.note(f"unreadable image left out: {image.reason}")
        if count > self.plan.max_unreadable * distinct:
            listed = f"; {self.plan.record.unreadable_list} lists all" if self.plan.record else ""
            raise DataError(
                f"too many unreadable images: {count} of {distinct} so far, at most {self.plan.max_unreadable:.2%} are "
                f"allowed (data.max_unreadable); the last one: {image.reason}{listed}"
            )


def covariate_column(folds: FoldTable) -> np.ndarray:
    """The bytes that records keep of sex, age and view, object [N]; empty where nothing is known."""
    if folds.covariates is None:
        return np.full(len(folds.frame), b"", dtype=object)
    packed = pack_covariates(folds.covariates, views_of(folds.covariates))
    return np.array([*map(bytes, packed), None], dtype=object)[:-1]
