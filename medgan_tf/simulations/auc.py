"""Coverage of `metrics.clustered_auc.auc_interval`: patients with a normal score, several images of one alike."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from medgan_tf.metrics import clustered_auc
from medgan_tf.simulations.row import COVERAGE, Row

ALIKE = 0.5
"""Correlation of the scores of two images of one patient."""


@dataclass(frozen=True)
class Setting:
    """A test set.

    Attributes:
        auc: True AUC of images of different patients.
        positive: Patients with the finding.
        negative: Patients without.
        images: Images of each patient. Of several images of a patient with the finding, half show it.
    """

    auc: float
    positive: int
    negative: int
    images: int

    @property
    def shown(self) -> int:
        """Images of a patient with the finding that show it."""
        return (self.images + 1) // 2

    @property
    def truth(self) -> float:
        """The expected share of pairs ranked rightly. Two images of one patient are more often ranked rightly."""
        one_patient = self.shown * (self.images - self.shown) / (self.shown * self._images_without)
        alike = stats.norm.cdf(stats.norm.ppf(self.auc) / np.sqrt(1 - ALIKE))
        return float(self.auc + one_patient * (alike - self.auc))

    @property
    def _images_without(self) -> int:
        return self.negative * self.images + self.positive * (self.images - self.shown)


SETTINGS = (
    *(
        Setting(auc, positive, 200, images)
        for positive in (2, 3, 4, 5, 8, 10, 20, 50)
        for images in (1, 4)
        for auc in (0.6, 0.8, 0.92, 0.95, 0.99)
    ),
    *(Setting(auc, count, count, 2) for count in (5, 10, 20) for auc in (0.6, 0.8, 0.95)),
)


def simulate(draws: int, seed: int, settings: Sequence[Setting] = SETTINGS) -> list[Row]:
    """The share of intervals that hold the true AUC.

    Below `FEWEST_PATIENTS` the product gives no interval. Those rows show what the same formula would cover.
    """
    random = np.random.default_rng(seed)
    return [_row(setting, draws, random) for setting in settings]


def _row(setting: Setting, draws: int, random: np.random.Generator) -> Row:
    covered = given = 0
    for _ in range(draws):
        found = clustered_auc.clustered_aucs(*drawn(setting, random))
        interval = clustered_auc.auc_interval(found, 0, fewest=2)
        given += interval.how != "too few"
        covered += interval.low <= setting.truth <= interval.high
    few = min(setting.positive, setting.negative) < clustered_auc.FEWEST_PATIENTS
    words = f"{setting.positive} positive, {setting.negative} negative patients, {setting.images} images each"
    warning = "no interval is shown: too few patients" if few else ""
    return Row(words, f"AUC {setting.auc:g}", COVERAGE, covered, given, warning)


def drawn(setting: Setting, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Truth [N, 1], scores [N, 1] and patients [N] of one study."""
    patients = setting.positive + setting.negative
    owner = np.repeat(np.arange(patients), setting.images)
    number = np.tile(np.arange(setting.images), patients)
    truth = (owner < setting.positive) & (number < setting.shown)
    own = np.sqrt(ALIKE) * random.normal(size=patients)
    scores = own[owner] + np.sqrt(1 - ALIKE) * random.normal(size=len(owner))
    scores[truth] += np.sqrt(2) * stats.norm.ppf(setting.auc)
    return truth[:, None], scores[:, None], owner.astype(str)
