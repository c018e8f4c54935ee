"""Options of the source `table`: any CSV file with a path, a patient and labels."""

import codecs
import re
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from medgan_tf.config.section import Changes, Names, Section, added, incidental
from medgan_tf.data.dicom.settings import Window

StateName = Literal["positive", "negative", "uncertain", "blank"]
FoldName = Literal["train", "valid", "test", "train_valid"]
PRIVATE_OPTIONS = ("header_cache",)
"""Options that place a file with raw patient ids; refused inside the dataset folder."""
_CONDITIONS = ("in", "not", "min", "max")
_LONGEST_PATTERN = 200
FIELD = re.compile(r"\{([^{}]+?)(?::\.(\d{1,4}))?\}")
"""A column in `path_template`, and how many of its characters to take."""


class Join(Section):
    """A second table, whose columns come beside those of the first."""

    csv: str
    """Table inside data.root, with the separator and encoding of the first one."""
    key: dict[str, str]
    """Key: a column that both tables have, a list of such columns, or a mapping from columns of the first table to
    columns of this one, e.g. {subject_id: subject}."""
    columns: Names | None = None
    """Columns to take from this table; None takes all that other options name and this table has."""
    unmatched: Literal["leave_out", "keep"] = "leave_out"
    """What becomes of rows without a row here: `keep` gives them blank cells."""

    @field_validator("key", mode="before")
    @classmethod
    def _pairs(cls, value: object) -> object:
        names = [value] if isinstance(value, str) else value
        if isinstance(names, (list, tuple)) and names:
            return {name: name for name in names}
        if not names:
            raise ValueError("key is empty; name the column by which the rows of the two tables belong together")
        return value


class Options(Section):
    """`data.options` of the source `table`."""

    csv: str = "labels.csv"
    """Label table inside data.root."""
    separator: Annotated[str, Field(min_length=1, max_length=1)] = incidental(",")
    """Character between two columns of the table, e.g. ";" or "\\t". A first line "sep=;" goes before it."""
    encoding: str = incidental("utf-8")
    """Text encoding of the table, e.g. latin-1 or utf-16."""
    join: Annotated[tuple[Join, ...], Field(strict=False)] = added(())
    """Further tables, joined by key in this order. MIMIC-CXR has splits, views and labels in three files; RSNA
    pneumonia has classes beside boxes."""
    where: dict[str, Any] = added({})
    """Rows to keep, by column: {ViewPosition: [PA, AP]}, {Age: {min: 18, max: 89}}, {Projection: {not: [L]}}. Numbers
    may be ages as DICOM writes them, 057Y. A row must meet all conditions. PadChest has lateral views, ChestX-ray14 has
    children."""
    images: str = "."
    """Folder that the paths in the table are relative to, itself relative to data.root."""
    path_column: str = "path"
    """Column with the image files."""
    path_template: str | None = added(None)
    """Path put together from columns, instead of `path_column`: "{ImageDir}/{ImageID}" (PadChest);
    "files/p{subject_id:.2}/p{subject_id}/s{study_id}/{dicom_id}.jpg" (MIMIC-CXR), where :.2 takes the first 2
    characters."""
    path_suffix: str = added("")
    """Text behind every path, for tables that leave the ending out: ".dicom" (VinDr-CXR), ".dcm" (SIIM, RSNA)."""
    search: bool = added(False)
    """Look for each file name in all folders below `images`, for tables without folders: ChestX-ray14 has its images in
    images_001 to images_012."""
    frame_column: str | None = added(None)
    """Column with the frame of a multi-frame DICOM file, or the page of a TIFF with several, from 0. A blank cell
    takes `frame`."""
    image_id_column: str | None = None
    """Column that identifies the image; None takes the path."""
    patient_column: str = "patient"
    """Column with whatever identifies the patient: all images of a patient stay in one fold."""
    patient_pattern: str | None = added(None)
    """Regular expression with one group: the patient in the path, instead of `patient_column`, e.g. "(patient\\d+)/"
    (CheXpert)."""
    patient_from: Literal["dicom"] | None = added(None)
    """`dicom`: the patient is the PatientID in the header of each file (SIIM), instead of `patient_column`. Images
    without it are left out."""
    patients: Literal["known", "none"] = added("known")
    """`none`: nothing tells which images are of one patient (VinDr-CXR). Each image is then split by itself, and
    manifest and reports say so."""
    header_cache: str | None = added(None, Changes.NOTHING)
    """A CSV file that keeps the patients that `patient_from` read, so that the next run need not read them again. It
    holds raw patient ids: put it where the private files are, never into the dataset folder."""
    header_workers: Annotated[int, Field(ge=0)] = added(0, Changes.NOTHING)
    """Processes that read headers; 0 means one per CPU core."""
    label_columns: Names | None = None
    """One column per finding. Give either this or `label_column`."""
    label_column: str | None = None
    """One column with the names of all findings of the image. A finding that is not named is negative; in a blank cell
    all findings are blank."""
    label_separator: Annotated[str, Field(min_length=1)] = "|"
    """Text between two names in `label_column`."""
    label_list: bool = added(False)
    """The cells of `label_column` hold Python or JSON lists: "['cardiomegaly', 'pleural effusion']" (PadChest)."""
    label_names: Names | None = None
    """Findings that may occur in `label_column`, in order; None takes those that occur, sorted. A name in a cell may
    differ from these in upper and lower case."""
    rename: dict[str, str] = added({})
    """Other names for findings, e.g. {EncodedPixels: Pneumothorax} (SIIM). In `label_column`, several names may become
    one."""
    uncertain_marks: Names = added(())
    """Texts at the start or the end of a name in `label_column` that make the finding uncertain: ["?", "poss."] for
    "?effusion" and "poss. effusion"."""
    blank_words: Names = added(())
    """Words that mean a blank cell in `label_column`, e.g. ["nan"] (PadChest)."""
    states: dict[str, StateName] | None = None
    """Meaning of the cells of `label_columns`, e.g. {"yes": positive, "no": negative}. None means 1, 0, -1
    (uncertain) and blank. A blank cell is blank unless "" is listed."""
    states_default: StateName | None = added(None)
    """Meaning of all cells that `states` does not list and that are not blank: SIIM has -1 for none and, for a
    pneumothorax, its outline. None refuses them."""
    no_finding: str | None = None
    """The finding, if any, that states the absence of all others."""
    merge: Literal["any", "majority", "all"] | None = added(None)
    """How several rows of an image become one. `any`: positive if a row is (boxes: RSNA pneumonia). `majority`: as more
    than half of the rows, else uncertain. `all`: positive if all rows are. Blank states do not count. None refuses rows
    of an image that differ."""
    reader_column: str | None = added(None)
    """Column with who wrote a row: `merge` is then between readers, not between rows (VinDr-CXR: rad_id)."""
    fold_column: str | None = added(None)
    """Column with the fold that the dataset's authors gave the image (MIMIC-CXR: split)."""
    fold_values: dict[str, FoldName] | None = added(None)
    """Folds by the words in `fold_column`, e.g. {"validate": valid}. None knows train, valid, test and usual words for
    them."""
    fold_lists: dict[FoldName, str] | None = added(None)
    """Text files inside data.root with an image on each line, by fold: {train_valid: train_val_list.txt, test:
    test_list.txt} (ChestX-ray14). Images in no list are left out."""
    sex_column: str | None = added(None)
    """Column with the sex, kept beside the labels."""
    age_column: str | None = added(None)
    """Column with the age, kept beside the labels in whole years."""
    view_column: str | None = added(None)
    """Column with the view, such as PA or AP, kept beside the labels."""
    window: Window | None = None
    """Values from black to white, in the unit of the values: HU for CT. None takes each DICOM file's own, and for other
    files `scale_to`."""
    slope: float = added(1.0)
    """Values of PNG and TIFF files are stored values times this, plus `intercept`. DICOM files have their own."""
    intercept: float = added(0.0)
    """Value of a stored 0 in PNG and TIFF files, e.g. -32768 for HU + 32768 (DeepLesion)."""
    scale_to: Literal["maximum", "percentile", "bits"] = added("maximum")
    """The value that becomes white in PNG and TIFF files of 16 bits without a window: the largest one, but for single
    marker pixels; the one below which 99.9 % of the pixels are; or the largest of the declared bits."""
    frame: Annotated[int, Field(ge=0)] | None = None
    """Frame to take from multi-frame DICOM files, or page from TIFF files with several, from 0; None refuses them."""
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

    @field_validator("states", "fold_values", mode="before")
    @classmethod
    def _text_keys(cls, value: object) -> object:
        if not isinstance(value, dict):
            return value
        if any(isinstance(key, bool) for key in value):
            raise ValueError("put yes, no, true and false in quotes: YAML takes them for truth values")
        return {str(key) if isinstance(key, (int, float)) else key: state for key, state in value.items()}

    @field_validator("where", mode="before")
    @classmethod
    def _conditions(cls, value: object) -> object:
        if not isinstance(value, dict):
            return value
        return {column: _condition(column, wanted) for column, wanted in value.items()}

    @field_validator("path_template")
    @classmethod
    def _columns_in_braces(cls, value: str | None) -> str | None:
        if value is not None and (not FIELD.search(value) or set("{}") & set(FIELD.sub("", value))):
            raise ValueError(
                "expected columns in braces, e.g. {ImageDir}/{ImageID}, or {subject_id:.2} for the first 2 characters "
                f"of one. Received: {value[:100]!r}"
            )
        return value

    @field_validator("patient_pattern")
    @classmethod
    def _one_group(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            groups = re.compile(value).groups if len(value) <= _LONGEST_PATTERN else 0
        except re.error as error:
            raise ValueError(f"is no regular expression: {error}") from error
        if groups != 1:
            raise ValueError(
                f"expected a regular expression of at most {_LONGEST_PATTERN} characters with one group, e.g. "
                f"'(patient\\d+)/'. Received: {value[:60]!r} with {groups} groups"
            )
        return value

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
        if self.label_column is None and (self.label_list or self.uncertain_marks or self.blank_words):
            raise ValueError("label_list, uncertain_marks and blank_words go with label_column")
        if self.label_column is not None and self.states is not None:
            raise ValueError("states goes with label_columns; a name in label_column is positive")
        if self.states_default is not None and self.states is None:
            raise ValueError("states_default is the meaning of cells that states does not list; give states, too")
        if self.reader_column is not None and self.merge is None:
            raise ValueError("reader_column goes with merge: any, majority or all readers")
        if not self.slope:
            raise ValueError("slope must not be 0: all pixels would be equal")
        return self

    @model_validator(mode="after")
    def _one_way_each(self) -> "Options":
        ways = {
            "patient_column": self.patient_column != "patient",
            "patient_pattern": self.patient_pattern is not None,
            "patient_from": self.patient_from is not None,
            "patients: none": self.patients == "none",
        }
        given = [name for name, is_given in ways.items() if is_given]
        if len(given) > 1:
            raise ValueError(f"{' and '.join(given)} are different ways to the patient; give one")
        if self.patients == "none" and self.frame_column is not None:
            raise ValueError(
                "the frames of a file are of one patient, so some patients are known; to keep those of each file "
                "together, set patient_pattern: '(.+)' instead of patients: none"
            )
        if self.path_template is not None and self.path_column != "path":
            raise ValueError("give either path_column or path_template")
        if self.fold_lists is not None and self.fold_column is not None:
            raise ValueError("give either fold_column or fold_lists")
        if self.fold_values is not None and self.fold_column is None:
            raise ValueError("fold_values is the meaning of the cells of fold_column; give fold_column, too")
        return self


def _condition(column: object, wanted: object) -> dict[str, Any]:
    """The form in which a condition is kept: a mapping with in, not, min and max."""
    parts = wanted if isinstance(wanted, dict) else {"in": wanted}
    if not parts or set(parts) - set(_CONDITIONS):
        raise ValueError(
            f"{column}: expected a cell, a list of cells, or a mapping with {', '.join(_CONDITIONS)}. "
            f"Received: {str(wanted)[:60]!r}"
        )
    kept: dict[str, Any] = {}
    for name, value in parts.items():
        cells = list(value) if isinstance(value, (list, tuple)) else [value]
        if any(isinstance(cell, bool) for cell in cells):
            raise ValueError(f"{column}: put yes, no, true and false in quotes: YAML takes them for truth values")
        if not cells or not all(isinstance(cell, (str, int, float)) for cell in cells):
            raise ValueError(f"{column}: expected texts or numbers. Received: {str(value)[:60]!r}")
        if name in ("min", "max"):
            if not isinstance(value, (int, float)):
                raise ValueError(f"{column}: expected a number as {name}. Received: {str(value)[:60]!r}")
            kept[name] = value
        else:
            kept[name] = [str(cell) for cell in cells]
    return kept
