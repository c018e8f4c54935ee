"""Sex, age and view of an image, from the many ways in which tables and DICOM headers write them.

A covariate is no label: it is kept beside the labels, so that results can be looked at by group.
"""

import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from medgan_tf.errors import DataError

SEX, AGE, VIEW = "sex", "age", "view"
UNKNOWN_AGE = -1
OLDEST = 90
"""Ages above 89 are written as 90: few people are so old, so age could identify them (45 CFR 164.514 (b)(2)(i)(C))."""
MOST_YEARS = 150
_SEXES = {
    "F": ("f", "female", "w", "weiblich", "femme", "mujer", "woman"),
    "M": ("m", "male", "männlich", "maennlich", "homme", "hombre", "man"),
    "O": ("o", "other", "d", "divers"),
}
_BY_WORD = {word: sex for sex, words in _SEXES.items() for word in words}
_VIEWS = {
    "PA": ("pa", "posteroanterior", "postero-anterior"),
    "AP": ("ap", "anteroposterior", "antero-posterior", "ap_horizontal", "ap-horizontal", "ap horizontal"),
    "lateral": ("l", "ll", "rl", "lateral", "lat", "left lateral", "right lateral"),
    "frontal": ("frontal",),
}
_BY_VIEW = {word: view for view, words in _VIEWS.items() for word in words}
_AGE = re.compile(r"0*(\d{1,3})(?:[.,]\d*)?\s*([YMWD]?)(?:ears?|\.)?", re.IGNORECASE)
_PER_YEAR = {"M": 12, "W": 52, "D": 365}


def sex_of(text: str) -> str:
    """F, M, O (other), or "" for anything else, from the words of published tables and of DICOM (0010,0040)."""
    return _BY_WORD.get(text.strip().lower(), "")


def age_of(text: str) -> int:
    """Whole years from "57", "57.0", "057Y", "18M" (months) or "3D": 0 to 90, 90 for all above 89, -1 where unknown.

    DICOM writes ages as in the third form (PS3.5 6.2, AS). Ages above 150 years are errors, so unknown.
    """
    found = _AGE.fullmatch(text.strip())
    if not found:
        return UNKNOWN_AGE
    years = int(found[1]) // _PER_YEAR.get(found[2].upper(), 1)
    return UNKNOWN_AGE if years > MOST_YEARS else min(years, OLDEST)


def view_of(text: str) -> str:
    """PA, AP, lateral or frontal; another word, at most 16 characters, as it is; "" for none."""
    word = " ".join(text.split())
    return _BY_VIEW.get(word.lower(), word if len(word) <= 16 else "")


def covariate_columns(
    sex: Iterable[str] | None = None, age: Iterable[str] | None = None, view: Iterable[str] | None = None
) -> pd.DataFrame | None:
    """The columns of `SourceTable.covariates`, from N texts each.

    Returns:
        Columns `sex` (str: F, M, O or ""), `age` (int16: whole years, 90 for above 89, -1 unknown), `view` (str), of
        those that were given; None without any.
    """
    columns = {}
    for name, texts, meaning in ((SEX, sex, sex_of), (AGE, age, age_of), (VIEW, view, view_of)):
        if texts is not None:
            codes, different = pd.factorize(np.array([str(text) for text in texts], dtype=object))
            values = [meaning(text) for text in different]
            columns[name] = np.array(values, dtype=np.int16 if name == AGE else object)[codes]
    return pd.DataFrame(columns) if columns else None


def check_covariates(covariates: pd.DataFrame | None, rows: int, source: str | Path) -> None:
    """Raises `DataError` for a table of other columns, values or length than `covariate_columns` makes."""
    if covariates is None:
        return
    odd = set(covariates) - {SEX, AGE, VIEW}
    if odd or len(covariates) != rows:
        raise DataError(
            f"{source}: expected sex, age and view of {rows} images. "
            f"Received: {sorted(covariates)} of {len(covariates)}"
        )
    if SEX in covariates and not covariates[SEX].isin(["F", "M", "O", ""]).all():
        raise DataError(f"{source}: expected F, M, O or nothing as sex. Received: {sorted(set(covariates[SEX]))[:5]}")
    if AGE in covariates and not covariates[AGE].between(UNKNOWN_AGE, OLDEST).all():
        raise DataError(f"{source}: expected ages from {UNKNOWN_AGE} to {OLDEST}. Received: {covariates[AGE].max()}")
