"""Which label combination a simple classifier of real images sees in generated images.

A generator may draw good chests and ignore the labels that it is given. So a classifier learns the combinations from
the real training images, and is asked about generated ones: the share of those whose combination it names is that of
right combinations. It looks at the area means of 16 x 16 pixels only, so it says whether the labels have an effect that
is easy to see, not how good the images are. What it reaches on real test images is the ceiling.
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import cv2
import numpy as np
from sklearn.linear_model import LogisticRegression

from medgan_tf.config.run_folders import run_folder
from medgan_tf.config.schema import Experiment
from medgan_tf.data.records.reader import DatasetFolder, FoldArrays
from medgan_tf.data.tables.combinations import find_combinations
from medgan_tf.errors import DataError
from medgan_tf.metrics.resampling import student_interval
from medgan_tf.presentation.text_table import text_table

SIDE = 16
_PENALTY, _LONGEST = 0.01, 1000
SHOWN, REFUTED, UNDECIDED = "shown", "refuted", "undecided"


@dataclass(frozen=True)
class RightCombinations:
    """Shares of images whose combination is named, each the mean over combinations.

    Attributes:
        combinations: Names of the label combinations, of the real training images.
        chance: The share that guessing reaches, 1 / number of combinations.
        real: The share of real test images, which were not trained on.
        runs: The share of generated images of each run, by its seed.
        mean: Mean over runs.
        interval: 95 % interval of that mean over runs (Student's t); None with one run.
    """

    combinations: tuple[str, ...]
    chance: float
    real: float
    runs: dict[int, float]
    mean: float
    interval: tuple[float, float] | None

    def as_json(self) -> dict[str, Any]:
        """The same as JSON values."""
        return {**asdict(self), "runs": {str(seed): share for seed, share in self.runs.items()}}

    def as_text(self) -> str:
        """The same for people."""
        rows = [("images", "right combination"), ("real, test fold", f"{self.real:.3f}")]
        rows += [(f"generated, seed {seed}", f"{share:.3f}") for seed, share in self.runs.items()]
        rows += [("chance", f"{self.chance:.3f}")]
        if self.interval is None:
            return "\n".join(text_table(rows))
        low, high = self.interval
        words = f"mean of {len(self.runs)} runs: {self.mean:.3f}, 95 % interval {low:.3f} to {high:.3f}"
        found = answer(self.interval, self.chance)
        return "\n".join([*text_table(rows), "", f"{words}; at least twice chance: {found}"])


def mean_over_runs(shares: Sequence[float]) -> tuple[float, tuple[float, float] | None]:
    """The mean of the runs' shares, and its 95 % interval over runs (Student's t); None for one run."""
    values, mean = np.array(shares), float(np.mean(shares))
    if len(values) == 1:
        return mean, None
    return mean, student_interval(mean, values.std(ddof=1) / math.sqrt(len(values)), len(values) - 1)


def answer(interval: tuple[float, float], chance: float) -> str:
    """Whether the mean share is at least twice chance: `SHOWN`, `REFUTED` or `UNDECIDED`, by its interval."""
    low, high = interval
    return SHOWN if low >= 2 * chance else REFUTED if high < 2 * chance else UNDECIDED


def right_combinations(experiment: Experiment, seeds: Sequence[int]) -> RightCombinations:
    """Asks the classifier about the generated training images of each run.

    Args:
        experiment: Names the real dataset and the runs.
        seeds: Seeds of the runs.

    Raises:
        DataError: A dataset or a generated set is missing, their labels differ, or there is one combination only.
    """
    real = DatasetFolder(experiment.dataset_dir)
    train = real.read_fold("train")
    known = find_combinations(train.labels, real.label_names)
    if len(known.names) < 2:
        raise DataError(f"{real.path} has one label combination only, so every image has the right one")
    classifier = _Classifier(_means(train), known.index)

    def share(fold: FoldArrays) -> float:
        asked = _places(fold.labels, known.labels)
        right = classifier.named(_means(fold)) == asked
        there = np.unique(asked[asked >= 0])
        return float(np.mean([right[asked == place].mean() for place in there])) if len(there) else math.nan

    runs = {}
    for seed in seeds:
        synthetic = DatasetFolder(run_folder(experiment.model_copy(update={"seed": seed})).synthetic)
        if synthetic.label_names != real.label_names:
            raise DataError(f"{synthetic.path} has other labels than {real.path}; generate it again")
        runs[seed] = share(synthetic.read_fold("train"))
    return RightCombinations(
        known.names, 1 / len(known.names), share(real.read_fold("test")), runs, *mean_over_runs(list(runs.values()))
    )


class _Classifier:
    """Multinomial logistic regression on standardised features; each class weighs the same."""

    def __init__(self, features: np.ndarray, classes: np.ndarray):
        self.mean, scale = features.mean(axis=0), features.std(axis=0)
        self.scale = np.where(scale > 0, scale, 1.0)
        self.model = LogisticRegression(C=_PENALTY, max_iter=_LONGEST, class_weight="balanced")
        self.model.fit((features - self.mean) / self.scale, classes)

    def named(self, features: np.ndarray) -> np.ndarray:
        """The class of each row."""
        return self.model.predict((features - self.mean) / self.scale)


def _means(fold: FoldArrays) -> np.ndarray:
    """Means over areas of the images of a fold, float64 [N, 256]."""
    parts = [cv2.resize(np.float32(image[..., 0]), (SIDE, SIDE), interpolation=cv2.INTER_AREA) for image in fold.images]
    return np.array(parts, np.float64).reshape(len(fold.images), SIDE * SIDE)


def _places(labels: np.ndarray, known: np.ndarray) -> np.ndarray:
    """The place of each label vector [N, L] among the known ones [C, L]; -1 for one that is not known."""
    found = (labels[:, None, :] == known[None]).all(axis=2)
    return np.where(found.any(axis=1), found.argmax(axis=1), -1)
