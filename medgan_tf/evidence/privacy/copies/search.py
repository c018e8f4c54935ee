"""The search for near copies: released images among all real ones, and how near real images and planted copies are."""

from dataclasses import dataclass

import numpy as np

from medgan_tf.evidence.privacy.copies.disguises import CHANGED, DISGUISES, disguised
from medgan_tf.evidence.privacy.inputs import PrivacyInputs
from medgan_tf.metrics.bootstrap import patient_numbers
from medgan_tf.metrics.privacy.authenticity import Places, RealPool
from medgan_tf.metrics.privacy.near_copies import Found, quantile_below, search_threshold
from medgan_tf.metrics.streams import stream

_FEWEST_PATIENTS = 2
_REAL = 2000


@dataclass(frozen=True)
class CopySearch:
    """Released images among all real ones, and the thresholds below which an image is suspected.

    Attributes:
        pool: Training images and held-out ones; rows of the training images first.
        strata: Label combination of each image of the pool.
        plain: Where the released images lie.
        places: The same; those of the mirrored images where they are nearer.
        threshold: Relative distance below which an image is suspected of being a copy.
        single_threshold: Ratio of distances below which an image points to one patient.
        false_alarms: Real images suspected among other patients' images, and all that were looked at.
        outcomes: By disguise, which of the planted training images are suspected, bool [P].
    """

    pool: RealPool
    strata: np.ndarray
    plain: Places
    places: Places
    threshold: float
    single_threshold: float
    false_alarms: tuple[int, int]
    outcomes: dict[str, np.ndarray]

    @property
    def near(self) -> np.ndarray:
        """Which released images are as near to a real one as a copy is, bool [M]."""
        return self.places.relative < self.threshold

    @property
    def suspected(self) -> np.ndarray:
        """Which of those are near to a training image, bool [M]."""
        return self.near & (self.places.trained >= 0.5)

    @property
    def found(self) -> dict[str, Found]:
        """Planted copies that are found, by disguise."""
        return {name: Found(int(which.sum()), len(which)) for name, which in self.outcomes.items()}


def search_copies(inputs: PrivacyInputs) -> CopySearch:
    """Places all released images, real images and planted copies among the real ones.

    Thresholds come from real images and planted copies that are not looked at again: training and held-out patients are
    divided at random, without asking which they are, so that the thresholds favour neither.

    Raises:
        ValueError: The training images, or the held-out ones, are of one patient.
    """
    inputs.steps("searching copies")
    patients = [patient_numbers(one.patients) for one in (inputs.train, inputs.held_out)]
    if min(len(np.unique(one)) for one in patients) < _FEWEST_PATIENTS:
        raise ValueError("expected training and held-out images of at least two patients each. Received: one")
    together = np.concatenate([patients[0], patients[1] + patients[0].max() + 1])
    features = np.concatenate([inputs.train_features, inputs.held_out_features])
    pool = RealPool(features, together, np.arange(len(features)) < len(inputs.train))
    plain = pool.place(inputs.synthetic_features)
    places = plain.or_mirrored(pool.place(inputs.mirrored_synthetic))
    real, tuning = _real_among_others(inputs, pool)
    rate = inputs.settings.false_positives
    threshold = search_threshold(_planted_for_threshold(inputs, pool), real.relative[tuning], rate)
    return CopySearch(
        pool=pool,
        strata=np.concatenate([inputs.train.combinations(), inputs.held_out.combinations()]),
        plain=plain,
        places=places,
        threshold=threshold,
        single_threshold=quantile_below(real.ratio[tuning], rate),
        false_alarms=(int((real.relative[~tuning] < threshold).sum()), int((~tuning).sum())),
        outcomes=_planted(inputs, pool, threshold),
    )


def _real_among_others(inputs: PrivacyInputs, pool: RealPool) -> tuple[Places, np.ndarray]:
    """Images of half of the patients among those of the other half, and which of them may choose a threshold."""
    random = stream(inputs.seed, "halves of the real patients")
    order = random.permutation(pool.patients.max() + 1)[pool.patients]
    rows = np.sort(random.permutation(np.flatnonzero(order % 2 == 0))[:_REAL])
    others = pool.take(np.flatnonzero(order % 2))
    mirrored = inputs.plain(_mirrored(_images(inputs, rows)), "mirrored real images")
    places = others.place(pool.features[rows])
    ratio = places.ratio
    places = places.or_mirrored(others.place(mirrored))
    return Places(**{**places.__dict__, "ratio": ratio}), order[rows] // 2 % 2 == 0


def _planted_for_threshold(inputs: PrivacyInputs, pool: RealPool) -> list[np.ndarray]:
    """Relative distances of disguised copies of real images, by disguise."""
    random = stream(inputs.seed, "planted copies that choose the threshold")
    images = _images(inputs, np.sort(random.permutation(len(pool))[: inputs.settings.planted]))
    changed = [disguised(images, name, random) for name in CHANGED if name != "flipped"]
    return [pool.place(features).relative for features in _features_of(inputs, changed, "planted images")]


def _planted(inputs: PrivacyInputs, pool: RealPool, threshold: float) -> dict[str, np.ndarray]:
    """Which disguised training images are suspected, by disguise."""
    random = stream(inputs.seed, "planted copies")
    images = inputs.train.images[np.sort(random.permutation(len(inputs.train))[: inputs.settings.planted])]
    planted = [disguised(images, name, random) for name in DISGUISES]
    features = _features_of(inputs, [*planted, *map(_mirrored, planted)], "planted images and their mirror images")
    found = {}
    for name, own, mirrored in zip(DISGUISES, features[: len(planted)], features[len(planted) :], strict=True):
        places = pool.place(own).or_mirrored(pool.place(mirrored))
        found[name] = (places.relative < threshold) & (places.trained >= 0.5)
    return found


def _features_of(inputs: PrivacyInputs, sets: list[np.ndarray], what: str) -> list[np.ndarray]:
    """Features of several sets of as many images each, computed in one pass, so that batches are full."""
    return np.split(inputs.plain(np.concatenate(sets), what), len(sets))


def _images(inputs: PrivacyInputs, rows: np.ndarray) -> np.ndarray:
    """Images of rows of the pool."""
    count = len(inputs.train)
    own, others = rows[rows < count], rows[rows >= count] - count
    return np.concatenate([inputs.train.images[own], inputs.held_out.images[others]])


def _mirrored(images: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(images[:, :, ::-1])
