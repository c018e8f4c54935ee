"""Section `data`: from raw files to a dataset folder (paper S.1, Table S1)."""

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from medgan_tf.config.section import LARGEST_SEED, Changes, Count, Names, Section, added, incidental, resumable
from medgan_tf.registry import SOURCES

FEWEST_CANARIES = 20
"""With fewer, no attack can be told from guessing."""


class LabelPolicy(Section):
    """The rules by which raw label states (positive, negative, uncertain, blank) become 0 or 1 (paper S.1)."""

    uncertain: Literal["positive", "negative", "drop"] = "positive"
    """The value of an uncertain finding; `drop` removes the image."""
    blank: Literal["negative", "drop"] = "negative"
    """The value of a finding that the report does not mention; `drop` removes the image."""
    without_positive: Literal["drop", "keep"] = "drop"
    """Whether an image without any positive label is kept or dropped."""
    constant: Literal["keep", "drop"] = added("keep")
    """Whether an image with one grey level only, e.g. all black, is kept or left out; it is counted and listed either
    way."""
    duplicates: Literal["refuse", "warn", "one_patient"] = added("warn")
    """What is done about the same picture under several patients. `warn`: it is counted and listed. `refuse`: the
    dataset is not made. `one_patient`: patients who share a picture count as one, so they are in one fold; all images
    are read once more for that, before the split."""


class Subset(Section):
    """The images of each fold that are used (paper Table S1)."""

    kind: Literal["all", "classes", "samples"] = "all"
    """`all`: every combination that is frequent enough (the resolution benchmark). `classes`: the N most frequent
    combinations. `samples`: nested subsets of the same combinations, smaller ones contained in larger ones."""
    combinations: Count | None = None
    """Number of most frequent label combinations; None keeps all that pass `data.min_count`."""
    train_per_combination: Count | None = None
    """Training images of each combination; None keeps all."""
    valid_per_combination: Count | None = None
    """Validation images of each combination; None keeps all."""
    test_per_combination: Count | None = None
    """Test images of each combination; None keeps all."""
    valid_images: Count | None = None
    """Validation images in all, drawn at random within combinations (resolution benchmark: about 4,000)."""
    test_images: Count | None = None
    """Test images in all, drawn at random within combinations (resolution benchmark: about 4,000)."""
    oversample: bool = False
    """Repeat training images of a combination that has fewer than `train_per_combination`, instead of stopping."""

    @model_validator(mode="after")
    def _complete(self) -> "Subset":
        if self.kind == "classes" and self.combinations is None:
            raise ValueError("subset kind 'classes' needs `combinations`, the number of label combinations to keep")
        if self.kind == "samples" and self.train_per_combination is None:
            raise ValueError("subset kind 'samples' needs `train_per_combination`")
        if self.oversample and self.train_per_combination is None:
            raise ValueError("`oversample` needs `train_per_combination`, the number to fill up to")
        return self


class DataConfig(Section):
    """From raw files to a dataset folder."""

    source: str = Field("chexpert", description=f"Registered data source: {', '.join(SOURCES.names())}.")
    root: str = incidental("data/CheXpert-v1.0-small")
    """Folder with the raw files, as the source's own layout has them."""
    options: dict[str, Any] = {}
    """Options of the chosen source, e.g. the CT window of `rsna` or the column names of `table`."""
    dataset_dir: str | None = incidental(None)
    """Folder of the TFRecords; None means `datasets/<experiment name>`."""
    private_dir: str | None = incidental(None)
    """Folder of the pseudonym secret and of the table from pseudonyms back to source files, outside the dataset
    folder; None means `~/.config/medgan-tf`."""
    resolution: int = 32
    """Side of the square images, pixels; a power of two from 16 to 512."""
    encoding: Literal["png", "raw"] = resumable("png")
    """Form of the images in the TFRecords."""
    findings: Names | None = None
    """The findings to use, in this order; None takes all that the source has."""
    policy: LabelPolicy = LabelPolicy()
    """The rules by which raw label states become 0 and 1."""
    min_count: Annotated[int, Field(ge=0)] = 256
    """Label combinations with this many images or fewer are left out (paper: 256 for CheXpert, 100 for RSNA)."""
    no_finding_images: Count | None = None
    """Undersample images without a finding to this many before splitting (RSNA: 107,365); None keeps all."""
    fold_fractions: Annotated[tuple[float, float, float], Field(strict=False)] = (0.8, 0.1, 0.1)
    """Shares of the patients in the train, valid and test folds."""
    subset: Subset = Subset()
    """The images of each fold that are used."""
    split_seed: Annotated[int, Field(ge=0, le=LARGEST_SEED - 1)] = 0
    """Seed of the patient split and of the subsets: the same for every run that is to be compared, so not `seed`."""
    canaries: Annotated[int, Field(ge=0)] = added(0)
    """Patients of the training fold who get a coin, so that the privacy audit knows who was trained on and who was not:
    about half of them are left out of the training set. 0: nobody is set apart."""
    reference_patients: Count | None = added(None)
    """Further patients of the training fold, set apart for the generator that the audit compares with, where there are
    `canaries`; None: half as many as canaries."""
    max_unreadable: Annotated[float, Field(ge=0, le=1)] = incidental(0.01)
    """The build stops when more than this share of the images cannot be read."""
    workers: Annotated[int, Field(ge=0)] = incidental(0)
    """Processes that read and decode images; 0 means one per CPU core."""
    seconds_per_file: Annotated[float, Field(gt=0)] = added(60.0, Changes.NOTHING)
    """A file that takes longer to read counts as unreadable."""
    reader_memory: Annotated[float, Field(gt=0)] = added(1.25, Changes.NOTHING)
    """Memory that a process may take for reading images, GiB; a file that needs more counts as unreadable."""
    look_for_text: bool = added(True, Changes.NOTHING)
    """Look for text that is burned into images. It takes about half as long as reading an image of 390x320 pixels."""

    def source_options(self) -> Section:
        """The options of the source, completed by its defaults. Raises `pydantic.ValidationError`."""
        return SOURCES.settings(self.source).Options.model_validate(self.options)

    @field_validator("source")
    @classmethod
    def _known_source(cls, value: str) -> str:
        if value not in SOURCES.names():
            raise ValueError(f"unknown data source {value!r}; known: {', '.join(SOURCES.names())}")
        return value

    @field_validator("resolution")
    @classmethod
    def _power_of_two(cls, value: int) -> int:
        if value not in (16, 32, 64, 128, 256, 512):
            raise ValueError(f"resolution must be a power of two from 16 to 512. Received: resolution={value}")
        return value

    @field_validator("canaries")
    @classmethod
    def _enough_canaries(cls, value: int) -> int:
        if 0 < value < FEWEST_CANARIES:
            raise ValueError(f"expected 0 or at least {FEWEST_CANARIES} patients. Received: canaries={value}")
        return value

    @field_validator("fold_fractions")
    @classmethod
    def _whole(cls, value: tuple[float, float, float]) -> tuple[float, float, float]:
        if min(value) <= 0 or abs(sum(value) - 1) > 1e-6:
            raise ValueError(f"fold fractions must be positive and add up to 1. Received: fold_fractions={list(value)}")
        return value
