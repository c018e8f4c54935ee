"""What columns are called in several languages, and what their names say about them."""

import re
import unicodedata
from collections.abc import Iterable

import pandas as pd

from medgan_tf.files.plain_text import visible

BLANK_CELLS = ("", "nan", "none", "null", "n/a", "na", "-", "--")
"""Cells that say nothing, in small letters."""

_PATIENT = (
    "patient",
    "patientid",
    "patid",
    "patnr",
    "patnum",
    "patno",
    "patientnumber",
    "patientno",
    "patientnr",
    "patientennummer",
    "patientennr",
    "patientenid",
    "patientin",
    "pid",
    "mrn",
    "subject",
    "subjectid",
    "subjectnumber",
    "subj",
    "participant",
    "participantid",
    "proband",
    "probandid",
    "probandennummer",
    "paciente",
    "pacienteid",
    "idpaciente",
    "patientpseudonym",
    "pseudonym",
    "person",
    "personid",
    "deidpatientid",
)
_PATH = (
    "path", "paths", "file", "files", "filename", "filepath", "image", "images", "imagename", "imagepath", "imagefile",
    "imageid", "imageindex", "img", "imgpath", "imgname", "bild", "bilddatei", "bildname", "bildpfad", "datei",
    "dateiname", "dateipfad", "pfad", "aufnahme", "imagen", "archivo", "fichier", "dicom", "dicomid", "dicomfile",
    "pathtoimage", "pathtodcm",
)  # fmt: skip
_LABEL = (
    "label", "labels", "finding", "findings", "findinglabels", "findinglabel", "class", "classes", "classname",
    "diagnosis", "diagnoses", "disease", "diseases", "pathology", "target", "befund", "befunde", "diagnose",
    "diagnosen", "krankheit", "klasse", "etiqueta", "etiquetas", "diagnostico", "hallazgos", "category",
)  # fmt: skip
_SEX = ("sex", "gender", "geschlecht", "sexe", "sexo", "patientsex", "patientgender", "patientsexdicom")
_AGE = ("age", "alter", "patientage", "ageyears", "alterinjahren", "patientenalter", "edad", "anchorage")
_VIEW = (
    "view", "viewposition", "viewpositiondicom", "projection", "projektion", "appa", "frontallateral", "aufnahmeart",
    "strahlengang", "position",
)  # fmt: skip
_FOLD = ("split", "fold", "set", "setid", "subset", "partition", "datensatz", "traintest", "phase")
# Numbers and words that are no findings, whatever their cells look like.
_OTHER = (
    "followup", "index", "id", "row", "number", "nr", "nummer", "no", "count", "anzahl", "pediatric", "paediatric",
    "frame", "page", "slice", "series", "study", "visit", "instancenumber", "seriesnumber", "studyid", "width",
    "height", "rows", "columns", "site", "hospital", "station", "klinik", "center", "centre", "ward", "modality",
    "manufacturer", "device", "scanner", "date", "datum", "year", "jahr", "laterality", "seite", "side", "weight",
    "gewicht", "quality", "reader", "rater", "radid", "annotator",
)  # fmt: skip
_SPLIT_WORDS = {"train", "training", "valid", "validation", "val", "dev", "test", "testing", "trainval", "train_val"}


def plain(name: str) -> str:
    """The letters and digits of a name in small letters, without accents: "Patienten-Nr." is "patientennr"."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    return re.sub(r"[^a-z0-9]", "", letters)


def quoted(name: str) -> str:
    """A column's name in a sentence, with hidden characters written out."""
    return f"'{visible(name)}'"


def is_called(name: str, kind: str) -> bool:
    """Whether a column's name is one of those used for a kind of column.

    Args:
        name: The column's name.
        kind: `patient`, `path`, `label`, `sex`, `age`, `view`, `fold` or `other` (counts, dates, devices and so on).
    """
    return plain(name) in _WORDS[kind]


_WORDS = {
    "patient": frozenset(_PATIENT),
    "path": frozenset(_PATH),
    "label": frozenset(_LABEL),
    "sex": frozenset(_SEX),
    "age": frozenset(_AGE),
    "view": frozenset(_VIEW),
    "fold": frozenset(_FOLD),
    "other": frozenset(_OTHER),
}


def first_called(names: Iterable[str], kind: str) -> str | None:
    """The first column whose name is one of those used for a kind; see `is_called`."""
    return next((name for name in names if is_called(name, kind)), None)


def filled(cells: pd.Series) -> pd.Series:
    """The cells that say something."""
    return cells[~cells.str.lower().isin(BLANK_CELLS)]


def is_fold_word(word: str) -> bool:
    """Whether a word means training, validation or test."""
    return word.lower() in _SPLIT_WORDS


def holds_folds(cells: pd.Series) -> bool:
    """Whether the cells are words for training, validation and test."""
    words = set(filled(cells).str.lower().unique()[:10])
    return 1 < len(words) <= 4 and words <= _SPLIT_WORDS
