"""TFRecord folders of the paper's published code (see `data/records/published.py`), in their own folds."""

import mmap
import re
from pathlib import Path

import numpy as np
import pandas as pd

from medgan_tf.data.records.published import (
    PublishedFold,
    find_published_folds,
    published_resolution,
    read_published_fold,
    read_published_image,
)
from medgan_tf.data.sources.published.settings import Options
from medgan_tf.data.tables.table import FoldTable, Rule, Source, SourceTable
from medgan_tf.errors import ConfigError, DataError
from medgan_tf.registry import SOURCES

_PATIENT = re.compile(r"patient\d+")


@SOURCES.register("published")
class PublishedSource(Source):
    """Folders written by the published code.

    Args:
        root: The folder that holds its train, valid and test folders.
        options: `data.options` of the experiment.
    """

    # The pixels lie in the records as they are. Parsing those takes TensorFlow, which a reader process does not have.
    reads_in_processes = False

    def __init__(self, root: str, options: Options):
        self.root = root
        self.options = options
        self._files: dict[str, mmap.mmap] = {}

    def read_table(self) -> SourceTable:
        """All images with their labels and, in a column `fold`, the fold they were published in.

        The patient is the ``patientNNNNN`` in Path; without it, `patient_id` is "". See `Source.read_table`.
        """
        folds = {fold: read_published_fold(folder) for fold, folder in find_published_folds(self.root).items()}
        names = self._label_names(folds)
        frames = [_fold_frame(name, fold, names) for name, fold in folds.items()]
        frame = pd.concat(frames, ignore_index=True)
        repeated = frame["image_id"].duplicated()
        if repeated.any():
            raise DataError(f"{self.root}: image {frame['image_id'][int(repeated.argmax())]} is there twice")
        counts = {f"records in the {name} folder": len(fold.labels) for name, fold in folds.items()}
        return SourceTable(frame, names, counts)

    def _label_names(self, folds: dict[str, PublishedFold]) -> tuple[str, ...]:
        train = folds["train"]
        for fold in folds.values():
            if fold.labels.shape[1] != train.labels.shape[1] or fold.label_names != train.label_names:
                raise DataError(f"{fold.records.parent} has other labels than {train.records.parent}")
        count = train.labels.shape[1]
        names = train.label_names or self.options.label_names or tuple(f"label_{number}" for number in range(count))
        if len(names) != count:
            raise ConfigError(f"data.options.label_names: expected {count} names. Received: {len(names)}")
        return names

    def fixed_folds(self, table: SourceTable) -> FoldTable:
        """The published folds, unchanged: no label policy, minimum count, split or subset is applied."""
        patients = table.frame["patient_id"].nunique()
        frame = table.frame[["image_id", "path", "patient_id", "fold"]].assign(copy=0)
        labels = table.frame[list(table.findings)].to_numpy(np.uint8)
        rule = Rule("folds as published", len(frame), len(frame), patients, patients)
        return FoldTable(frame, labels, table.findings, (rule,))

    def read_image(self, path: str) -> np.ndarray:
        """One image; `path` is ``<file>#<first byte>+<length>``. See `Source.read_image`."""
        file, _, place = path.rpartition("#")
        position, _, length = place.partition("+")
        if file not in self._files:
            with open(file, "rb") as stream:
                self._files[file] = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        resolution = published_resolution(Path(file))
        try:
            return read_published_image(self._files[file], int(position), int(length), resolution)
        except DataError as error:
            raise DataError(f"{path}: {error}") from error

    def file_of(self, path: str) -> str | None:
        """The TFRecord file; see `Source.file_of`."""
        return path.rpartition("#")[0]


def _fold_frame(name: str, fold: PublishedFold, label_names: tuple[str, ...]) -> pd.DataFrame:
    listed = fold.paths or [f"{name}/{number}" for number in range(len(fold.labels))]
    patients = [_PATIENT.search(path) for path in listed]
    frame = pd.DataFrame(
        {
            "image_id": list(listed),
            "path": [f"{fold.records}#{start}+{length}" for start, length in fold.positions],
            "patient_id": [match[0] if match else "" for match in patients],
            "fold": name,
        }
    )
    return pd.concat([frame, pd.DataFrame(fold.labels.astype(np.int8), columns=list(label_names))], axis=1)
