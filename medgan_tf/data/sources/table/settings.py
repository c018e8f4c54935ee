"""Options of the source `table`: any CSV file with a path, a patient and labels."""

import codecs
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from medgan_tf.config.section import Names, Section, incidental
from medgan_tf.data.dicom.settings import Window

StateName = Literal["positive", "negative", "uncertain", "blank"]


class Options(Section):
    """`data.options` of the source `table`."""

    csv: str = "labels.csv"
    """Label table inside data.root."""
    separator: Annotated[str, Field(min_length=1, max_length=1)] = incidental(",")
    """Character between two columns of the table, e.g. ";" or "\\t"."""
    encoding: str = incidental("utf-8")
    """Text encoding of the table, e.g. latin-1 or utf-16."""
    images: str = "."
    """Folder that the paths in the table are relative to, itself relative to data.root."""
    path_column: str = "path"
    """Column with the image files."""
    patient_column: str = "patient"
    """Column with whatever identifies the patient: all images of a patient stay in one fold."""
    image_id_column: str | None = None
    """Column that identifies the image; None takes the path."""
    label_columns: Names | None = None
    """One column per finding. Give either this or `label_column`."""
    label_column: str | None = None
    """One column with the names of all findings of the image; blank for none."""
    label_separator: Annotated[str, Field(min_length=1)] = "|"
    """Text between two names in `label_column`."""
    label_names: Names | None = None
    """Findings that may occur in `label_column`, in order; None takes those that occur, sorted."""
    states: dict[str, StateName] | None = None
    """Meaning of the cells of `label_columns`, e.g. {"yes": positive, "no": negative}. None means 1, 0, -1
    (uncertain) and blank. A blank cell is blank unless "" is listed."""
    no_finding: str | None = None
    """The finding, if any, that states the absence of all others."""
    window: Window | None = None
    """Window for DICOM images; None takes each file's own."""
    frame: Annotated[int, Field(ge=0)] | None = None
    """Frame to take from multi-frame DICOM files, from 0; None refuses them."""
    outside_root: bool = incidental(False)
    """Read images outside data.root, too, where the table leads there by "..", absolute paths or links."""

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str) -> str:
        try:
            if not codecs.lookup(value)._is_text_encoding:
                raise LookupError(value)
        except LookupError as error:
            raise ValueError(f"unknown text encoding {value!r}; utf-8, latin-1, cp1252 and utf-16 are some") from error
        return value

    @field_validator("states", mode="before")
    @classmethod
    def _text_keys(cls, value: object) -> object:
        if not isinstance(value, dict):
            return value
        if any(isinstance(key, bool) for key in value):
            raise ValueError("put yes, no, true and false in quotes: YAML takes them for truth values")
        return {str(key) if isinstance(key, (int, float)) else key: state for key, state in value.items()}

    @model_validator(mode="after")
    def _one_kind_of_labels(self) -> "Options":
        if self.label_columns == ():
            raise ValueError(
                "label_columns is empty, and a conditional GAN needs at least one label; name the columns of the "
                "findings, or give a column that is 1 for every image"
            )
        if (self.label_columns is None) == (self.label_column is None):
            raise ValueError("give either label_columns (one column per finding) or label_column (names in one)")
        if self.label_column is None and self.label_names is not None:
            raise ValueError("label_names goes with label_column; with label_columns the columns are the names")
        if self.label_column is not None and self.states is not None:
            raise ValueError("states goes with label_columns; a name in label_column is positive")
        return self
