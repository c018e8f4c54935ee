"""Section `generate`: the synthetic dataset made from an exported generator."""

import re
from typing import Annotated, Literal, get_args

from pydantic import Field, field_validator

from medgan_tf.config.section import Changes, Count, Names, Section, Seed, Title, added, incidental

Search = Literal["copies", "reidentified"]
"""A search of the privacy audit whose finds can be kept out of a release."""
SEARCHES: tuple[str, ...] = get_args(Search)


class GenerateConfig(Section):
    """The synthetic dataset made from an exported generator."""

    folds: Names = ("train", "valid")
    """Real folds whose labels are taken, image for image, or whose numbers of images are, see `labels`."""
    labels: Literal["as_real", "drawn"] = added("as_real")
    """`as_real`: the labels of the real images, row by row, as the paper measures utility. They say how many patients
    had which findings, so they are not for a release. `drawn`: labels are drawn at random from rounded counts of the
    training images, or, of a private training, from its noisy numbers of patients."""
    minimum_patients: Count = added(10)
    """A label combination of fewer training patients is rare. With `labels: drawn` the dataset is refused while it has
    a rare one that `rare_combinations` does not name. Counts are rounded to multiples of this number, also those that
    an exported generator carries. A private training has noisy counts instead."""
    rare_combinations: Names = added(())
    """Rare label combinations that may be released, e.g. `[Cardiomegaly|Edema]`, as `prepare` writes them; `(none)`
    for no label."""
    reject: Annotated[tuple[Search, ...], Field(strict=False)] = added(())
    """Searches of the privacy audit whose finds are not released: `copies` (near to a training image) and
    `reidentified` (points to one patient). Such images are drawn again. No guarantee holds for what is left, so a
    private experiment refuses it."""
    batch: Count = incidental(256)
    """Images generated at a time."""
    seed: Seed | None = None
    """Seed of the noise; None means the experiment's seed."""
    generator_seed: Seed | None = added(None)
    """The seed whose trained GAN makes the images of every seed; None: each seed trains a GAN of its own. Seeds then
    differ in noise and drawn labels, and in classifiers. How trainings of the GAN differ is not measured, and gaps and
    reports say so."""
    encoding: Literal["png", "raw"] = "png"
    """Form of the images in the TFRecords."""
    licence: Title = added("", Changes.NOTHING)
    """Licence or terms of use that PNG and DICOM files and the README of the folder name, on one line."""
    corner_mark: bool = added(False, Changes.NOTHING)
    """Whether PNG and DICOM files have the letters SYN in their upper left corner. The images in the TFRecords, which
    are measured, never have them."""
    dicom_form: Literal["secondary_capture", "cr", "ct"] = added("secondary_capture", Changes.NOTHING)
    """Kind of the DICOM files: a secondary capture, as every made image is; or one that looks like a radiograph (`cr`)
    or a slice (`ct`) to programs that take nothing else. All are marked as synthetic."""
    uid_root: Annotated[str, Field(max_length=64)] = added("", Changes.NOTHING)
    """Your organisation's root of DICOM UIDs; empty makes UIDs under 2.25, which need no root."""

    @field_validator("uid_root")
    @classmethod
    def _root_of_uids(cls, value: str) -> str:
        if value and (len(value) > 24 or not re.fullmatch(r"[012](\.(0|[1-9][0-9]*))+", value)):
            raise ValueError(
                f"expected a root of UIDs such as 1.2.826.0.1, of at most 24 characters. Received: uid_root={value!a}"
            )
        return value

    @field_validator("folds")
    @classmethod
    def _known_folds(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value or set(value) - {"train", "valid", "test"}:
            raise ValueError(f"folds must be among train, valid, test. Received: folds={list(value)}")
        return value
