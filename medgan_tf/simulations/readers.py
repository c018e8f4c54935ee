"""Reader studies of known truth: how often is there a finding where there is nothing to find?

The answers come from a latent variable with parts of the reader, the image, and the reader's view of the image, as in
Roe and Metz (Academic Radiology 4, 1997). A reader calls an image synthetic with the chance

    logistic(side (shift + skill[reader]) + looks[image] + bias[reader] + view[reader, image])

where side is 1 for synthetic and -1 for real images. Without a shift both kinds look alike, so the true score is 0.5,
whatever readers and images are drawn. Both are drawn anew for each study.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import optimize, special, stats

from medgan_tf.metrics import readers_and_cases
from medgan_tf.metrics.clustered_auc import clustered_aucs
from medgan_tf.metrics.readers_and_cases import ReadersAndCases, mean_over_readers, over_readers
from medgan_tf.simulations.row import COVERAGE, ERROR, Row

SKILL, BIAS, VIEW = 0.3, 0.5, 0.5
"""Standard deviations over readers, and over the views of each reader, in logits."""
MARGIN, LEVEL, AREA = 0.1, 0.05, 0.6


@dataclass(frozen=True)
class Setting:
    """A reader study.

    Attributes:
        readers: Readers.
        images: Images of each kind.
        looks: Standard deviation of the images' looks, in logits.
        ratings: Whether readers give ratings, of which the area under the ROC curve is taken, instead of answers.
    """

    readers: int
    images: int
    looks: float
    ratings: bool = False

    @property
    def words(self) -> str:
        """The setting in words."""
        study = f"{self.readers} readers, {self.images} + {self.images} images, image sd {self.looks:g}"
        return f"{study}, area of ratings" if self.ratings else study

    @property
    def sides(self) -> np.ndarray:
        """-1 for each real and 1 for each synthetic image."""
        return np.repeat([-1.0, 1.0], self.images)

    @property
    def warning(self) -> str:
        """Where nothing is shown."""
        few = self.readers < readers_and_cases.FEWEST_READERS
        return "neither interval nor finding is shown: too few readers" if few else ""


SETTINGS = (
    *(
        Setting(readers, images, looks)
        for readers in (3, 5, 9, 11)
        for images in (50, 100)
        for looks in (0.0, 1.0, 2.0)
    ),
    *(Setting(readers, images, 1.0, ratings=True) for readers in (5, 11) for images in (50, 100)),
)


def simulate(draws: int, seed: int, settings: Sequence[Setting] = SETTINGS) -> list[Row]:
    """Rates of `ReadersAndCases`, of scores and of areas.

    Of scores: without a difference, the coverage and the error rate of the finding in both directions together; with a
    true score at the margin, 0.60, the coverage and the error rate of equivalence. Of areas: the coverage.

    With too few readers the product shows nothing. Those rows show what the same formulas would give.
    """
    random = np.random.default_rng(seed)
    rows: list[Row] = []
    for setting in settings:
        if setting.ratings:
            rows.append(_area_row(setting, draws, random))
        else:
            rows += _score_rows(setting, 0.5, draws, random)
            rows += _score_rows(setting, 0.5 + MARGIN, draws, random)
    return rows


def _score_rows(setting: Setting, score: float, draws: int, random: np.random.Generator) -> list[Row]:
    shift, sides = shift_of(score, setting.looks), setting.sides

    def study() -> ReadersAndCases:
        return mean_over_readers((called_synthetic(setting, shift, random) == (sides > 0)) * 1.0, sides)

    counted = _counted(study, score, draws)
    error = "finding" if score == 0.5 else "equivalent"
    return [
        Row(setting.words, f"score {score:g}", COVERAGE, counted["covered"], draws, setting.warning),
        Row(f"{setting.words}: {error}", f"score {score:g}", ERROR, counted[error], draws, setting.warning),
    ]


def _area_row(setting: Setting, draws: int, random: np.random.Generator) -> Row:
    sides, shift = setting.sides, area_shift(setting.looks)
    truth = np.repeat(sides[:, None] > 0, setting.readers, axis=1)
    images = np.arange(len(sides)).astype(str)

    def study() -> ReadersAndCases:
        aucs = clustered_aucs(truth, rated(setting, shift, random).T, images)
        return over_readers(aucs.values, aucs.covariance)

    covered = _counted(study, AREA, draws)["covered"]
    return Row(setting.words, f"area {AREA:g}", COVERAGE, covered, draws, setting.warning)


def _counted(study: Callable[[], ReadersAndCases], truth: float, draws: int) -> Counter:
    """Of so many studies: intervals that hold the truth, findings against 0.5, findings of equivalence."""
    counted: Counter = Counter()
    for _ in range(draws):
        found = study()
        low, high = found.interval(1 - LEVEL)
        counted["covered"] += low <= truth <= high
        counted["finding"] += min(found.p_above(0.5), found.p_below(0.5)) < LEVEL / 2
        counted["equivalent"] += found.p_within(0.5 - MARGIN, 0.5 + MARGIN) < LEVEL
    return counted


def called_synthetic(setting: Setting, shift: float, random: np.random.Generator) -> np.ndarray:
    """Answers bool [readers, images] of readers and images that are drawn anew."""
    chance = special.expit(_latent(setting, shift, random))
    return random.random(chance.shape) < chance


def rated(setting: Setting, shift: float, random: np.random.Generator) -> np.ndarray:
    """Ratings [readers, images] of readers and images that are drawn anew."""
    latent = _latent(setting, shift, random)
    return latent + random.normal(size=latent.shape)


def _latent(setting: Setting, shift: float, random: np.random.Generator) -> np.ndarray:
    """How synthetic each image looks to each reader, [readers, images]."""
    skill, bias = (sd * random.normal(size=(setting.readers, 1)) for sd in (SKILL, BIAS))
    view = VIEW * random.normal(size=(setting.readers, 2 * setting.images))
    looks = setting.looks * random.normal(size=2 * setting.images)
    return setting.sides * (shift + skill) + looks + bias + view


def shift_of(score: float, looks: float) -> float:
    """The shift that gives a true score: over all readers and images, the chance of a right answer is the score."""
    sd = np.sqrt(looks**2 + SKILL**2 + BIAS**2 + VIEW**2)
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)

    def excess(shift: float) -> float:
        return float(weights @ special.expit(shift + sd * nodes) / weights.sum()) - score

    return 0.0 if score == 0.5 else float(optimize.brentq(excess, -10, 10))


def area_shift(looks: float) -> float:
    """The shift that gives the true area: images of two kinds differ by twice the shift, twice the skill, and noise."""
    return float(stats.norm.ppf(AREA) * np.sqrt((2 * SKILL) ** 2 + 2 * (looks**2 + VIEW**2 + 1)) / 2)
