"""The columns that follow the findings in the label vectors of a GAN with `gan.conditions`: one for each group.

This module owns the mapping. Sex, age band and view of an image make one column of each covariate 1 and the others 0:
``sex=F``, ``age=40-64``, ``view=AP``. Classifiers and evidence never see these columns.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from medgan_tf.data.records.covariate_bytes import UNKNOWN, covariate_groups
from medgan_tf.data.tables.covariates import AGE, OLDEST, SEX, UNKNOWN_AGE, VIEW
from medgan_tf.errors import DataError

_COVARIATES = (SEX, AGE, VIEW)


@dataclass(frozen=True)
class Group:
    """One column.

    Attributes:
        covariate: `sex`, `age` or `view`.
        groups: The groups of `covariate_groups` that it stands for; several where small ones were joined.
        usual: That of them which a drawn image gets, the one of most training patients.
    """

    covariate: str
    groups: tuple[str, ...]
    usual: str

    @property
    def name(self) -> str:
        """``sex=F``, ``age=65-89/90+``."""
        return f"{self.covariate}={'/'.join(self.groups)}"


@dataclass(frozen=True)
class Conditions:
    """All columns of a GAN beside its findings, in order; none for a GAN without `gan.conditions`."""

    columns: tuple[Group, ...] = ()

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the C columns."""
        return tuple(column.name for column in self.columns)

    @cached_property
    def covariates(self) -> tuple[str, ...]:
        """Those of sex, age and view that there are columns of."""
        return tuple(dict.fromkeys(column.covariate for column in self.columns))

    @property
    def words(self) -> str:
        """What a sentence on labels says of the columns; "" without any."""
        return f" and {', '.join(self.names)}" if self.columns else ""

    def beside(self, labels: np.ndarray, covariates: pd.DataFrame | None, where: str) -> np.ndarray:
        """Label vectors of findings with the columns of the same images.

        Args:
            labels: [N, L], of any type.
            covariates: Columns `sex`, `age` and `view` as of `DatasetFolder.read_covariates`, N rows.
            where: The images, for messages.

        Returns:
            [N, L + C] of the type of `labels`; `labels` itself without columns.

        Raises:
            DataError: The images have no such covariates, or a group that there is no column of.
        """
        if not self.columns:
            return labels
        return np.concatenate([labels, self._columns(covariates, where).astype(labels.dtype)], axis=1)

    def _columns(self, covariates: pd.DataFrame | None, where: str) -> np.ndarray:
        found = {} if covariates is None else covariate_groups(covariates)
        if missing := [name for name in self.covariates if name not in found]:
            raise DataError(
                f"{where}: no {' and no '.join(missing)} of the images is known; the generator was trained with "
                f"{', '.join(self.names)}"
            )
        values = np.zeros((len(covariates), len(self.columns)), np.uint8)
        for number, column in enumerate(self.columns):
            values[:, number] = np.isin(found[column.covariate].astype(str), column.groups)
        for name in self.covariates:
            own = [column.covariate == name for column in self.columns]
            strange = found[name][~values[:, own].any(axis=1)]
            if len(strange):
                known = ", ".join(column.name for column in self.columns if column.covariate == name)
                raise DataError(f"{where}: the generator knows no {name}={strange[0]}, but {known}")
        return values

    def of_groups(self, columns: np.ndarray, random: np.random.Generator) -> pd.DataFrame:
        """Covariates for columns [N, C] that were drawn; an age is drawn evenly from its band."""
        frame = {}
        for name in self.covariates:
            own = [number for number, column in enumerate(self.columns) if column.covariate == name]
            usual = np.array([self.columns[number].usual for number in own], object)
            groups = usual[columns[:, own].argmax(axis=1)]
            if name == AGE:
                frame[name] = np.array([_year(group, random.random()) for group in groups], np.int16)
            else:
                frame[name] = np.where(groups == UNKNOWN, "", groups)
        return pd.DataFrame(frame)

    def named(self, names: Iterable[str]) -> np.ndarray:
        """float32 [C] for names of columns, or of single groups of joined ones (``sex=O`` for ``sex=F/O``).

        Raises:
            ValueError: An unknown name, or not exactly one of each covariate.
        """
        vector = np.zeros(len(self.columns), np.float32)
        for name in names:
            vector[self._number(name)] = 1
        for covariate in self.covariates:
            own = [number for number, column in enumerate(self.columns) if column.covariate == covariate]
            if vector[own].sum() != 1:
                known = ", ".join(self.names[number] for number in own)
                raise ValueError(f"name one of {known}. Received: {int(vector[own].sum())} of them")
        return vector

    def knows(self, name: str) -> bool:
        """Whether a name is that of a column, or of one of the groups that it joins."""
        return self._find(name) is not None

    def _number(self, name: str) -> int:
        number = self._find(name)
        if number is None:
            raise ValueError(f"unknown name. Received: {name!r}; known: {', '.join(self.names)}")
        return number

    def _find(self, name: str) -> int | None:
        covariate, _, group = name.partition("=")
        for number, column in enumerate(self.columns):
            if name == column.name or (covariate == column.covariate and group in column.groups):
                return number
        return None

    def check_names(self, label_names: Sequence[str], where: str) -> None:
        """Raises `DataError` if a finding has the name of a column."""
        if both := [name for name in label_names if self.knows(name)]:
            raise DataError(
                f"{where}: the label {both[0]} has the name of a column of gan.conditions; rename the label"
            )

    def as_json(self) -> list[dict[str, Any]]:
        """The columns as JSON values."""
        return [{"covariate": one.covariate, "groups": list(one.groups), "usual": one.usual} for one in self.columns]

    @classmethod
    def from_json(cls, values: Sequence[Mapping[str, Any]]) -> "Conditions":
        """The columns from `as_json`. Raises `ValueError` for values that it never gives."""
        columns = []
        for value in values:
            column = Group(str(value["covariate"]), tuple(map(str, value["groups"])), str(value["usual"]))
            if column.covariate not in _COVARIATES or column.usual not in column.groups:
                raise ValueError(f"conditions: unknown covariate or group {column.name!r:.60}")
            if column.covariate == AGE:
                _year(column.usual, 0.0)
            columns.append(column)
        return cls(tuple(columns))


def _year(band: str, share: float) -> int:
    """A whole year of an age band, `share` (0..1) of the way through it; -1 for `unknown`."""
    if band == UNKNOWN:
        return UNKNOWN_AGE
    if band == f"{OLDEST}+":
        return OLDEST
    first, last = map(int, band.split("-"))
    return first + int(share * (last - first + 1))
