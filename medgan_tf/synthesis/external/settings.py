"""Section `external`: a generator from elsewhere, known by the images that it made."""

from typing import Annotated

from pydantic import Field, field_validator

from medgan_tf.config.section import Count, Section, Title, afterwards, incidental
from medgan_tf.registry import FORMATS, GANS

UNKNOWN, OTHER = "unknown", "other"
SEED = "{seed}"
"""Stands for the seed in paths."""


class ExternalConfig(Section):
    """A generator from elsewhere, known by the images that it made. Takes the place of `gan` and `training`."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.]*$")]
    """Names the generator in run folders, tables and figures, e.g. `stylegan3`."""
    folder: str = incidental(...)
    """Its images: a folder of PNG, JPEG, DICOM, .npy or .npz files, a dataset folder of this project, or what `format`
    says. `{seed}` in it is replaced by the seed; without it all seeds use the same images."""
    format: str = incidental("images")
    """Form of the folder: `images` with a CSV of labels; a `stylegan` data set (zip or folder with dataset.json); an
    `imagefolder` of Hugging Face with metadata.csv; a `monai` data list."""
    csv: str = incidental("labels.csv")
    """CSV of labels, in the folder or anywhere: a column of paths, and one column of 0 and 1 for each label. It may
    have the columns fold, sex, age, view, index (row of a stack of images) and row (place of the image in its fold)."""
    path_column: str = incidental("path")
    """Column of the images' paths, relative to the folder."""
    trained_on: str = UNKNOWN
    """What it was trained on: the hash that `medgan-tf export-folds` printed; `unknown`, or `other` for patients who
    are not in this dataset at all. Attacks on membership are answered only with a hash or with `trained_on_ids`."""
    trained_on_ids: str | None = None
    """CSV with a column of the image ids, as in the table of the real images, that it was trained on; the private key
    of the dataset maps them."""
    owner: Title = afterwards(UNKNOWN)
    """Whose generator it is."""
    version: Title = afterwards(UNKNOWN)
    """Its version or date."""
    gpu_hours: Annotated[float, Field(ge=0)] | None = afterwards(None)
    """GPU hours of its training, for the comparison of costs."""
    parameters: Count | None = afterwards(None)
    """Parameters of its generator."""

    @field_validator("name")
    @classmethod
    def _own_name(cls, value: str) -> str:
        if value in (*GANS.names(), "real"):
            raise ValueError(f"{value} names a part of this project; choose another name. Received: name={value!r}")
        return value

    @field_validator("format")
    @classmethod
    def _known_format(cls, value: str) -> str:
        if value not in FORMATS.names():
            raise ValueError(f"unknown format {value!r:.60}; known: {', '.join(FORMATS.names())}")
        return value
