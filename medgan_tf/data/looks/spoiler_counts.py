"""Counts of what spoils evidence in a dataset, as the manifest has them: numbers only, they identify nobody."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Count = Annotated[int, Field(ge=0)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class DuplicateCounts(_Part):
    """Pictures that occur under several patients.

    Attributes:
        pictures: How many there are.
        images: Images that show them.
        exact: Of the pictures, those whose images have equal pixels; the others are nearly equal.
        in_several_folds: Of the pictures, those whose images are in more than one fold.
        fold_pairs: Of the pictures, those in both folds of a pair, e.g. ``{"train, test": 3}``.
        repeats: Pictures that occur several times under one patient only, which spoils nothing.
        near_compared: Whether nearly equal pictures were looked for, all of them.
    """

    pictures: Count = 0
    images: Count = 0
    exact: Count = 0
    in_several_folds: Count = 0
    fold_pairs: dict[Annotated[str, Field(pattern=r"^(train|valid), (valid|test)$")], Count] = {}
    repeats: Count = 0
    near_compared: bool = True


class Spoilers(_Part):
    """What was found.

    Attributes:
        duplicates: The same picture under several patients.
        marks: Images by mark, see `looks.text` and `looks.dicom_marks`.
        text_looked_for: Whether burned-in text was looked for.
    """

    duplicates: DuplicateCounts = DuplicateCounts()
    marks: dict[Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")], Count] = {}
    text_looked_for: bool = True
