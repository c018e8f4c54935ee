"""The searches of the audit, for one image at a time: is it a training image, near to one, or does it point to one
patient?"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from medgan_tf.evidence.image_sets import ImageSet
from medgan_tf.evidence.privacy.copies.disguises import CHANGED, disguised
from medgan_tf.evidence.privacy.settings import PrivacyConfig
from medgan_tf.metrics.bootstrap import patient_numbers
from medgan_tf.metrics.privacy.authenticity import Places, RealPool
from medgan_tf.metrics.privacy.near_copies import quantile_below, search_threshold
from medgan_tf.metrics.streams import chosen_rows, stream

COPIES, REIDENTIFIED = "copies", "reidentified"
_MOST_REAL = 2000

Features = Callable[[np.ndarray], np.ndarray]
"""Function from uint8 images [N, R, R, 1] to features float32 [N, D]."""


@dataclass(frozen=True)
class Detector:
    """Finds images that are too near to training images.

    Attributes:
        features: Computes features.
        pool: The training images.
        hashes: SHA-256 of every training image that has more than one grey level.
        threshold: Relative distance below which an image is suspected of being a copy.
        single_threshold: Ratio of distances below which an image points to one patient.
        searches: `copies`, `reidentified` or both.
    """

    features: Features
    pool: RealPool
    hashes: frozenset[bytes]
    threshold: float
    single_threshold: float
    searches: tuple[str, ...]

    @classmethod
    def of(
        cls,
        train: ImageSet,
        held_out: ImageSet,
        features: tuple[Features, np.ndarray],
        searches: Sequence[str],
        settings: PrivacyConfig,
        seed: int,
    ) -> "Detector":
        """A detector whose thresholds suspect at most `settings.false_positives` of the held-out images.

        Args:
            train: The training images, of several patients.
            held_out: Images of patients that the generator never saw.
            features: Computes features, and those of the training images.
            searches: `copies`, `reidentified` or both.
            settings: Section `evaluation.privacy`.
            seed: Seed of the planted copies, and of the held-out images where there are many.

        Raises:
            ValueError: The training images are of one patient.
        """
        compute, known = features
        pool = RealPool(known, patient_numbers(train.patients), np.ones(len(known), bool))
        random = stream(seed, "images that set the thresholds of rejection")
        real = held_out.images[chosen_rows(len(held_out), _MOST_REAL, random)]
        plain, places = _places(pool, compute, real)
        images = train.images[chosen_rows(len(train), settings.planted, random)]
        planted = [
            _places(pool, compute, disguised(images, name, random))[1].relative for name in CHANGED if name != "flipped"
        ]
        rate = settings.false_positives
        return cls(
            compute,
            pool,
            frozenset(_sha256(image) for image in train.images if image.min() < image.max()),
            search_threshold(planted, places.relative, rate),
            quantile_below(plain.ratio, rate),
            tuple(searches),
        )

    def flagged(self, images: np.ndarray) -> np.ndarray:
        """Which images must not be released, bool [N].

        An image that is a training image pixel for pixel, turned, mirrored or inverted, is always one of them.

        Args:
            images: uint8 [N, R, R, 1].
        """
        plain, places = _places(self.pool, self.features, images)
        found = np.array([any(_sha256(one) in self.hashes for one in _turned(image)) for image in images], bool)
        if COPIES in self.searches:
            found |= places.relative < self.threshold
        if REIDENTIFIED in self.searches:
            found |= plain.ratio < self.single_threshold
        return found


def _places(pool: RealPool, compute: Features, images: np.ndarray) -> tuple[Places, Places]:
    """Where images lie, and the same with the mirrored ones where they are nearer."""
    plain = pool.place(compute(images))
    return plain, plain.or_mirrored(pool.place(compute(np.ascontiguousarray(images[:, :, ::-1]))))


def _turned(image: np.ndarray) -> Iterator[np.ndarray]:
    for one in (image, 255 - image):
        for side in (one, one[:, ::-1]):
            yield from (np.rot90(side, turns) for turns in range(4))


def _sha256(image: np.ndarray) -> bytes:
    return hashlib.sha256(np.ascontiguousarray(image)).digest()
