"""The tables that pass between reading raw files, splitting them into folds and writing them."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
import pandas as pd


class LabelState(IntEnum):
    """The state of one finding of one image in a raw file. Only a label policy turns it into 0 or 1."""

    NEGATIVE = 0
    POSITIVE = 1
    UNCERTAIN = -1
    BLANK = -2


@dataclass(frozen=True)
class SourceTable:
    """The table that a source read.

    Attributes:
        frame: One row per image: `image_id` (str, unique within the source), `path` (str), `patient_id` (str, the raw
            identifier; never leaves the private folder), then one int8 column of `LabelState` per finding.
        findings: Names of the finding columns, in order.
        counts: Numbers of rows read and set aside, by reason, in order: {"rows in train.csv": 223414, ...}.
        no_finding: The finding that states the absence of all others, if the source has one.
        covariates: What else is known of each image; rows as in `frame`, columns as `tables.covariates` makes them.
            None where the source has nothing.
        folds: The fold that the dataset's authors gave each image, object [N]: `train`, `valid`, `test`, or
            `train_valid` for an image that the patient split still has to put into train or valid. None leaves the
            split to us.
        patients_known: False where the source says nothing of patients; `patient_id` is then "" everywhere, every
            image is split by itself, and manifest and report say so.
    """

    frame: pd.DataFrame
    findings: tuple[str, ...]
    counts: dict[str, int] = field(default_factory=dict)
    no_finding: str | None = None
    covariates: pd.DataFrame | None = None
    folds: np.ndarray | None = None
    patients_known: bool = True

    @property
    def positive(self) -> np.ndarray:
        """bool [N, F]: which image is positive for which finding."""
        return (self.frame[list(self.findings)] == LabelState.POSITIVE).to_numpy()


class Source(ABC):
    """A kind of raw files. A folder of `data/sources/`, or of another package, for each kind:

    - `source.py` has the subclass, registered with `@SOURCES.register(name)`. It takes ``(root: str, options)``.
      Reader processes import it too, so it does not import TensorFlow; what instances hold is sent to them, see
      `data/reading/orders`.
    - `settings.py` has the class `Options`, a `config.section.Section`, for `data.options`. Loading a config imports
      this file alone, so it imports only `config.section` and other settings.

    A source whose images already belong to folds also has a method ``fixed_folds(table: SourceTable) -> FoldTable``,
    which then replaces the rules of `data/folds`, and its `settings.py` says ``FIXED_FOLDS = True``. Options that place
    files with raw identifiers are named by `PRIVATE_OPTIONS` in `settings.py`: they are refused inside the dataset
    folder.

    Attributes:
        reads_in_processes: Read images in reader processes, with limits on memory and time. False reads them in
            threads of this process: only for files that no decoder unpacks.
        counts_only: The table is read to count its rows (`prepare --counts`). `read_table` then does not ask whether
            the pictures are there, and writes nothing, no cache either. It still reads what the table itself needs,
            such as headers that name the patient. `open_source` sets it on the instance.
    """

    reads_in_processes: bool = True
    counts_only: bool = False

    @abstractmethod
    def read_table(self) -> SourceTable:
        """Lists images, patients and raw label states.

        Raises `DataError` for missing folders, columns or odd labels.
        """

    @abstractmethod
    def read_image(self, path: str) -> np.ndarray:
        """One image, uint8 grey [H, W] in 0..255, at its own size.

        Raises `DataError` naming the file when it cannot be read.
        """

    def file_of(self, path: str) -> str | None:
        """The file that an image is read from, whose size and time show later whether it was replaced.

        A source whose paths say more than the file's name, e.g. a frame, leaves that away here. None, or a name that is
        no file: the image comes from elsewhere, and nobody looks whether it changes.
        """
        return path


@dataclass(frozen=True)
class Rule:
    """The effect of one rule of the data preparation, for the manifest."""

    rule: str
    images_before: int
    images_after: int
    patients_before: int
    patients_after: int


@dataclass(frozen=True)
class FoldTable:
    """Images with binary labels and folds, ready to be written.

    Attributes:
        frame: One row per example to write: `image_id`, `path`, `patient_id`, `fold` (train, valid or test), `copy`
            (0, or 1, 2, ... for repeats made by over-sampling).
        labels: uint8 [N, L], rows as in `frame`.
        label_names: The L names; labels that are never positive in the subset are already removed.
        rules: The effect of each rule, in order.
        covariates: Rows as in `frame`, columns as `tables.covariates` makes them; None where nothing is known.
        pool: For each combination its images in train, valid and test before the subset was drawn; empty where folds
            are given.
    """

    frame: pd.DataFrame
    labels: np.ndarray
    label_names: tuple[str, ...]
    rules: tuple[Rule, ...]
    covariates: pd.DataFrame | None = None
    pool: dict[str, tuple[int, int, int]] = field(default_factory=dict)
