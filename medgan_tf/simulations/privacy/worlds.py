"""Made-up worlds of patients for the whole privacy audit: the truth about the leak is known.

A patient is a point of a mixture of Gaussians, and an image is a point near its patient. It is drawn as a small smooth
picture, so that everything that the audit does with images (hashes, mirroring, noise, recompression) is done here too.
The features are the point again, read from the picture.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from medgan_tf.evidence.image_sets import ImageSet
from medgan_tf.evidence.privacy.copies.disguises import disguised
from medgan_tf.evidence.release_sets import ReleaseSets
from medgan_tf.features.extractor import Extractor, ExtractorDescription

SIDE = 16
_WAVES = ((0, 1), (1, 0), (1, 1), (0, 2), (2, 0), (1, 2), (2, 1), (2, 2), (0, 3), (3, 0), (1, 3), (3, 1))
"""Half waves down and across the picture, one pair for each dimension of a point."""
DIMENSIONS = len(_WAVES)
_CONTRAST = 12.0
_KINDS = 8
_BETWEEN_KINDS, _BETWEEN_PATIENTS, _WITHIN = 0.5, 0.8, 0.33
_IMAGES = (0.7, 0.15, 0.1, 0.05)
"""Shares of patients with 1, 2, 3 and 4 images."""
# Distance of a memorised image from its training image in each dimension, in standard deviations of a single image.
_BLUR = 0.1


@dataclass(frozen=True)
class World:
    """A world.

    Attributes:
        patients: Training patients, and as many held-out ones, each with 1 to 4 images.
        leak: `none`; `noisy copies` (released images that are training images with noise); `memorised` (training
            patients of whom one image is released slightly changed); `verbatim` (released images that are training
            images, some mirrored).
        share: Of the released images, or for `memorised` of the training patients. For `verbatim` a number of images.
        swapped: Whether the audit is given held-out images as training images, and the other way round.
        shift: Distance between the means of training and held-out images, in standard deviations. Nobody leaks.
        released: Number of released images; None: as many as training images, which `medgan-tf generate` makes.
    """

    patients: int
    leak: str = "none"
    share: float = 0.0
    swapped: bool = False
    shift: float = 0.0
    released: int | None = None

    @property
    def truth(self) -> str:
        """What is true, in words."""
        words = {
            "none": "no leak",
            "noisy copies": f"{self.share:.0%} noisy copies",
            "memorised": f"{self.share:.0%} of the patients memorised",
            "verbatim": f"{self.share:.0f} released image{'s' if self.share > 1 else ''} verbatim",
        }[self.leak]
        if self.shift:
            words += f", held-out images {self.shift:g} standard deviations apart"
        return f"{words}, training and held-out images swapped" if self.swapped else words


def waves() -> np.ndarray:
    """The pictures of the dimensions, float64 [D, R, R], each with a mean square of 1."""
    place = (np.arange(SIDE) + 0.5) * np.pi / SIDE
    found = np.stack([np.outer(np.cos(down * place), np.cos(across * place)) for down, across in _WAVES])
    return found / np.sqrt((found**2).mean(axis=(1, 2), keepdims=True))


class PointExtractor(Extractor):
    """Reads points from pictures."""

    def __init__(self) -> None:
        description = ExtractorDescription("simulated", DIMENSIONS, "grey 0..255", "none", "", comparable=True)
        super().__init__(description, lambda images: images, SIDE)
        self._waves = waves().reshape(DIMENSIONS, -1).T / (_CONTRAST * SIDE**2)

    def features(
        self, images: np.ndarray, batch: int = 64, progress: Callable[[int, int], None] = lambda done, total: None
    ) -> np.ndarray:
        """float32 [N, D] of uint8 [N, R, R, 1]."""
        return ((images.reshape(len(images), -1) - 128.0) @ self._waves).astype(np.float32)


def pictures(points: np.ndarray) -> np.ndarray:
    """uint8 images [N, R, R, 1] of points [N, D]."""
    grey = 128 + _CONTRAST * points @ waves().reshape(DIMENSIONS, -1)
    return np.clip(np.rint(grey), 0, 255).astype(np.uint8).reshape(-1, SIDE, SIDE, 1)


def drawn(world: World, random: np.random.Generator) -> ReleaseSets:
    """The sets of one world."""
    kinds = _BETWEEN_KINDS * random.standard_normal((_KINDS, DIMENSIONS))
    train, held_out = (_patients(world.patients, kinds, random) for _ in range(2))
    released = _patients(world.released or len(train[0]), kinds, random, images=(1.0,))[0]
    for points in (train[0], released):
        points[:, 0] += world.shift
    sets = [_set(name, *part) for name, part in (("training", train), ("held-out", held_out))]
    made = _leak(world, sets[0].images, *train, released, random)
    if world.swapped:
        sets = [replace(two, name=one.name) for one, two in zip(sets, reversed(sets), strict=True)]
    return ReleaseSets(*sets, ImageSet("synthetic", "simulated", made, None, (), ""))


def _leak(
    world: World,
    images: np.ndarray,
    points: np.ndarray,
    owner: np.ndarray,
    released: np.ndarray,
    random: np.random.Generator,
) -> np.ndarray:
    """The released images, some of them made from training images."""
    if world.leak == "memorised":
        chosen = random.permutation(world.patients)[: round(world.share * world.patients)]
        rows = random.permutation(len(released))[: len(chosen)]
        first = np.searchsorted(owner, chosen)
        released[rows] = points[first] + _BLUR * random.standard_normal((len(rows), DIMENSIONS))
    made = pictures(released)
    if world.leak in ("noisy copies", "verbatim"):
        count = round(world.share * len(made)) if world.leak == "noisy copies" else int(world.share)
        rows, sources = (random.permutation(number)[:count] for number in (len(made), len(images)))
        way = "noised" if world.leak == "noisy copies" else "flipped" if random.random() < 0.5 else "exact"
        made[rows] = disguised(images[sources], way, random)
    return made


def _patients(
    count: int, kinds: np.ndarray, random: np.random.Generator, images: tuple[float, ...] = _IMAGES
) -> tuple[np.ndarray, np.ndarray]:
    """Points of the images of patients [N, D], and the patients' numbers [N] in rising order."""
    owner = np.repeat(np.arange(count), 1 + random.choice(len(images), count, p=images))
    own = kinds[random.integers(len(kinds), size=count)]
    own = own + _BETWEEN_PATIENTS * random.standard_normal((count, DIMENSIONS))
    return own[owner] + _WITHIN * random.standard_normal((len(owner), DIMENSIONS)), owner


def _set(name: str, points: np.ndarray, owner: np.ndarray) -> ImageSet:
    patients = np.char.add(name, owner.astype(str))
    return ImageSet(name, "simulated", pictures(points), None, (), "", patients=patients)
