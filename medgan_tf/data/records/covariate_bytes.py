"""Sex, age and view of an image as three bytes of its record, and their counts for the manifest.

- Byte 0: the letter F, M or O; 0 where the sex is not known.
- Byte 1: the age in whole years, 90 for all above 89; 255 where it is not known.
- Byte 2: the number of the view in the manifest's list `views`; 255 where it is not known.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from medgan_tf.data.tables.combinations import FOLDS
from medgan_tf.data.tables.covariates import AGE, OLDEST, SEX, UNKNOWN_AGE, VIEW
from medgan_tf.errors import DataError

COVARIATE_BYTES = 3
UNKNOWN = "unknown"
MOST_VIEWS = 254
_NO_AGE = _NO_VIEW = 255
_LETTERS = {0: "", **{ord(letter): letter for letter in "FMO"}}
_BANDS = ((0, 17), (18, 39), (40, 64), (65, 89))


def views_of(covariates: pd.DataFrame) -> list[str]:
    """The different views, sorted, without the unknown one. Raises `DataError` for more than a byte can number."""
    views = sorted(set(covariates[VIEW]) - {""}) if VIEW in covariates else []
    if len(views) > MOST_VIEWS:
        raise DataError(
            f"the images have {len(views)} different views, at most {MOST_VIEWS} are kept; is it the column of views?"
        )
    return views


def pack_covariates(covariates: pd.DataFrame, views: Sequence[str]) -> np.ndarray:
    """Columns as of `tables.covariates.covariate_columns`, N rows, as uint8 [N, 3]."""
    packed = np.empty((len(covariates), COVARIATE_BYTES), np.uint8)
    packed[:] = 0, _NO_AGE, _NO_VIEW
    if SEX in covariates:
        packed[:, 0] = [ord(sex) if sex else 0 for sex in covariates[SEX]]
    if AGE in covariates:
        ages = covariates[AGE].to_numpy()
        packed[:, 1] = np.where(ages == UNKNOWN_AGE, _NO_AGE, ages)
    if VIEW in covariates:
        numbers = {"": _NO_VIEW, **{view: number for number, view in enumerate(views)}}
        packed[:, 2] = [numbers[view] for view in covariates[VIEW]]
    return packed


def unpack_covariates(packed: np.ndarray, views: Sequence[str]) -> pd.DataFrame:
    """The columns `sex`, `age` and `view` of uint8 [N, 3]. Raises `DataError` for values that no record of ours has."""
    sexes, ages, numbers = packed.T
    known_age, known_view = ages != _NO_AGE, numbers != _NO_VIEW
    if (
        not np.isin(sexes, list(_LETTERS)).all()
        or (ages[known_age] > OLDEST).any()
        or (numbers[known_view] >= len(views)).any()
    ):
        raise DataError("a record has a sex, an age or a view that its manifest does not know; is it damaged?")
    return pd.DataFrame(
        {
            SEX: np.array([_LETTERS[code] for code in sexes.tolist()], dtype=object),
            AGE: np.where(known_age, ages.astype(np.int16), np.int16(UNKNOWN_AGE)).astype(np.int16),
            VIEW: np.array([views[code] if code < len(views) else "" for code in numbers.tolist()], dtype=object),
        }
    )


def covariate_groups(covariates: pd.DataFrame) -> dict[str, np.ndarray]:
    """The group of every image by covariate, object [N]: sex, age band (0-17, 18-39, 40-64, 65-89, 90+) and view.

    An unknown value is the group `unknown`.
    """
    groups = {}
    for name in (SEX, VIEW):
        if name in covariates:
            values = covariates[name].to_numpy(dtype=object)
            groups[name] = np.where(values == "", UNKNOWN, values)
    if AGE in covariates:
        ages = covariates[AGE].to_numpy()
        bands = np.full(len(ages), UNKNOWN, dtype=object)
        for first, last in _BANDS:
            bands[(ages >= first) & (ages <= last)] = f"{first}-{last}"
        bands[ages == OLDEST] = f"{OLDEST}+"
        groups[AGE] = bands
    return {name: groups[name] for name in (SEX, AGE, VIEW) if name in groups}


def count_groups(groups: Mapping[str, np.ndarray], folds: np.ndarray) -> dict[str, dict[str, dict[str, int]]]:
    """Images by covariate, group (sorted, `unknown` last) and fold.

    Args:
        groups: As of `covariate_groups`, N images.
        folds: Fold of each image [N].
    """
    counts: dict[str, dict[str, dict[str, int]]] = {}
    for name, values in groups.items():
        order = sorted(set(values), key=lambda group: (group == UNKNOWN, group))
        counts[name] = {
            group: {fold: int(((values == group) & (folds == fold)).sum()) for fold in FOLDS} for group in order
        }
    return counts
