"""Exchanges patients between folds until each combination has what is asked of it: a deterministic local search.

All numbers are whole, so that equal tables give equal folds on every machine.
"""

from collections.abc import Iterator

import numpy as np

from medgan_tf.data.folds.demands import LEAST_TOLERANCE, Demands
from medgan_tf.data.folds.profiles import Profiles

_GOAL = 0.025
"""The search goes on until no combination differs from its share of a fold by more than this, or three images."""
_MISSING = 10**10  # cost of an image that is asked and missing: more than any difference from a share
_OUTSIDE = 10**7  # cost of a difference as large as the tolerance, squared
_PAIRS = ((0, 1), (1, 0), (0, 2), (2, 0), (1, 2), (2, 1))
_WIDTHS = (1, 16, 256)
_MOST_WIDE = 30  # searches of the largest width, which are slow
_NEVER = np.iinfo(np.int64).max // 4


class Limits:
    """The images that each combination should have in each fold, int64 [C, 3] each.

    Attributes:
        target: Its share of the fold, or what is asked if that is more; the other folds then have less.
        low, high: The limits of what counts as near the share; what is asked always lies within.
    """

    def __init__(self, counts: np.ndarray, fractions: tuple[float, float, float], demands: Demands):
        images = counts.sum(axis=1, keepdims=True)
        share = images * np.asarray(fractions)
        tolerance = np.maximum(LEAST_TOLERANCE, _GOAL * share)
        asked = np.maximum(demands.images, _spread(share, demands))
        low = np.maximum(np.ceil(np.round(share - tolerance, 6)).astype(np.int64), demands.images)
        self.high = np.maximum(np.floor(np.round(share + tolerance, 6)).astype(np.int64), asked)
        others = low.sum(axis=1, keepdims=True) - low
        self.low = np.maximum(np.minimum(low, images - others), demands.images)
        self.target = np.maximum(np.rint(share).astype(np.int64), asked)
        surplus = self.target.sum(axis=1) - images[:, 0]
        # What one fold is given more, the others have less: first where most is left.
        for row in np.flatnonzero(surplus > 0):
            for fold in np.argsort(asked[row] - self.target[row], kind="stable"):
                less = min(surplus[row], self.target[row, fold] - asked[row, fold])
                self.target[row, fold] -= less
                surplus[row] -= less
        self.weight = np.maximum(np.rint(_OUTSIDE / tolerance**2), 1).astype(np.int64)

    def kept_by(self, counts: np.ndarray) -> bool:
        """Whether images of each combination and fold [C, 3] are within the limits."""
        return bool(((counts >= self.low) & (counts <= self.high)).all())


def _spread(share: np.ndarray, demands: Demands) -> np.ndarray:
    """What a fold is asked in all, as so many images of each combination, int64 [C, 3]."""
    used = share[: demands.used].sum(axis=0)
    spread = np.zeros(share.shape, np.int64)
    more = demands.totals > used
    spread[: demands.used, more] = np.ceil(share[: demands.used] * (demands.totals / used))[:, more]
    return spread


class Exchange:
    """A split that is improved by exchanging two patients at a time, so that folds keep their number of patients.

    Args:
        profiles: The patients.
        patients: The split to start from, int64 [K, 3].
        limits: What each combination should have.
        demands: What each combination must have.
    """

    def __init__(self, profiles: Profiles, patients: np.ndarray, limits: Limits, demands: Demands):
        self.patients = patients.copy()
        self.counts = profiles.count_images(patients)
        self._limits, self._demands = limits, demands
        self._rows, self._columns, self._images = profiles.rows, profiles.columns, profiles.images
        ends = np.searchsorted(self._rows, np.arange(len(patients) + 1))
        self._entries = [slice(*pair) for pair in zip(ends, ends[1:], strict=False)]
        by_column = np.argsort(self._columns, kind="stable")
        places = np.searchsorted(self._columns[by_column], np.arange(profiles.combinations + 1))
        self._holders = [by_column[slice(*pair)] for pair in zip(places, places[1:], strict=False)]
        used = np.where(self._columns < demands.used, self._images, 0)
        self._used = np.bincount(self._rows, weights=used, minlength=len(patients)).astype(np.int64)
        # The change of the cost when a patient of a group joins [0] or leaves [1] a fold: of each entry, and in all.
        self._parts = np.zeros((2, 3, len(self._rows)), np.int64)
        self._sums = np.zeros((2, 3, len(patients)), np.int64)
        for column in range(profiles.combinations):
            self._update(column, range(3))

    @property
    def done(self) -> bool:
        """Whether all that is asked is there, and every combination near its share."""
        return self._demands.served_by(self.counts) and self._limits.kept_by(self.counts)

    def run(self) -> None:
        """Exchanges patients until `done`, or until no exchange makes the split better."""
        wide = 0
        while not self.done:
            hurry = wide == _MOST_WIDE or self._demands.served_by(self.counts)
            for width in _WIDTHS[:2] if hurry else _WIDTHS:
                change, one, other, here, there = self._best(width)
                wide += width == _WIDTHS[-1]
                if change < 0:
                    break
            else:
                return
            self._move(one, here, there)
            self._move(other, there, here)

    def _best(self, width: int) -> tuple[int, int, int, int, int]:
        """The best exchange among the `width` most promising patients of each pair of folds."""
        return min(self._exchanges(width))

    def _exchanges(self, width: int) -> Iterator[tuple[int, int, int, int, int]]:
        """Change of the cost, the two groups, and the folds of the first before and after."""
        for here, there in _PAIRS:
            cost = self._cost_of_moving(here, there)
            first = [int(cost.argmin())] if width == 1 else np.argsort(cost, kind="stable")[:width].tolist()
            for one in first:
                if cost[one] >= _NEVER:
                    break
                self._move(one, here, there)
                back = self._cost_of_moving(there, here)
                other = int(back.argmin())
                self._move(one, there, here)
                yield int(cost[one] + back[other]), one, other, here, there
        yield 0, -1, -1, -1, -1

    def _cost_of_moving(self, here: int, there: int) -> np.ndarray:
        cost = self._sums[0, there] + self._sums[1, here]
        if self._demands.totals.any():
            have, asked = self.counts[: self._demands.used].sum(axis=0), self._demands.totals
            for fold, step in ((there, self._used), (here, -self._used)):
                after = np.maximum(asked[fold] - have[fold] - step, 0)
                cost = cost + _MISSING * (after - max(asked[fold] - have[fold], 0))
        return np.where(self.patients[:, here] > 0, cost, _NEVER)

    def _move(self, group: int, here: int, there: int) -> None:
        self.patients[group, here] -= 1
        self.patients[group, there] += 1
        part = self._entries[group]
        self.counts[self._columns[part], here] -= self._images[part]
        self.counts[self._columns[part], there] += self._images[part]
        for column in self._columns[part].tolist():
            self._update(column, (here, there))

    def _update(self, column: int, folds: range | tuple[int, ...]) -> None:
        """Brings the costs of all patients up to date who have a combination whose number of images has changed."""
        held = self._holders[column]
        rows, images = self._rows[held], self._images[held]
        for fold in folds:
            now = self._cost(column, fold, self.counts[column, fold])
            for kind, sign in ((0, 1), (1, -1)):
                change = self._cost(column, fold, self.counts[column, fold] + sign * images) - now
                self._sums[kind, fold, rows] += change - self._parts[kind, fold, held]
                self._parts[kind, fold, held] = change

    def _cost(self, column: int, fold: int, images: np.ndarray) -> np.ndarray:
        limits, asked = self._limits, self._demands.images[column, fold]
        difference = images - limits.target[column, fold]
        return limits.weight[column, fold] * difference**2 + _MISSING * np.maximum(asked - images, 0)
