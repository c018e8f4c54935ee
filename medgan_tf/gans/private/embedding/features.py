"""Random Fourier features of images, whose inner product is about a kernel (Rahimi and Recht 2007).

The kernel of two images is 1 where they are equal, and falls with their distance. It is a mean of Gaussian kernels: of
several widths, so that images that are far apart are drawn together too, and of several bands of detail, each half as
large as the one before (Burt and Adelson 1983). A band is what scaling down by 2 takes away; the last one is the image
itself, small. With scaled images in place of bands, generators drew grey as black and white pixels in turn. Nothing
here depends on a real image.
"""

from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from medgan_tf.layers.resample import downsample_average, upsample_nearest
from medgan_tf.metrics.streams import stream

CONSTANT = 0.1
"""Share of the squared norm that is in the first feature, which is the same for every image: its sum counts them."""
SMALLEST_SIDE, SIDES = 4, 4
"""Side of the smallest band at least, and number of bands at most."""
NARROWEST, WIDEST = 0.1, 0.8
"""Widths of the Gaussian kernels: the root mean square of the difference of two pixels of a band, in units of half the
grey scale. They are spread evenly on a logarithmic scale."""


@dataclass(frozen=True)
class ImageFeatures:
    """The features of images of one size. Those of one image have the norm 1.

    Attributes:
        resolution: Side R of the images, pixels.
        frequencies: float64 [S * S, F] for each band, whose side is S.
    """

    resolution: int
    frequencies: tuple[np.ndarray, ...]

    @classmethod
    def drawn(cls, resolution: int, count: int, seed: int) -> "ImageFeatures":
        """Features with frequencies drawn from a public seed.

        Args:
            resolution: Side of the images, pixels; a power of two from 16.
            count: Features in all, at most: the constant one, and a cosine and a sine for each frequency.
            seed: Seed of the run.
        """
        sides = [resolution >> number for number in range(SIDES) if resolution >> number >= SMALLEST_SIDE]
        random, each = stream(seed, "frequencies of the mean embedding"), max(1, (count - 1) // (2 * len(sides)))
        return cls(resolution, tuple(_frequencies(random, side, each) for side in sides))

    @property
    def count(self) -> int:
        """Number of features D."""
        return 1 + 2 * sum(one.shape[1] for one in self.frequencies)

    @property
    def constant(self) -> float:
        """The first feature of every image."""
        return CONSTANT**0.5

    @property
    def _amplitude(self) -> float:
        return (2 * (1 - CONSTANT) / (self.count - 1)) ** 0.5

    def of_real(self, images: np.ndarray) -> np.ndarray:
        """Features of images uint8 [N, R, R, 1], float64 [N, D]. Computed without TensorFlow, the same on every CPU but
        for rounding."""
        pixels = images[..., 0] / 127.5 - 1.0
        parts = [np.full((len(pixels), 1), self.constant)]
        for number, one in enumerate(self.frequencies, start=1):
            band = pixels
            if number < len(self.frequencies):
                side = pixels.shape[1] // 2
                pixels = pixels.reshape(-1, side, 2, side, 2).mean(axis=(2, 4))
                band = band - pixels.repeat(2, axis=1).repeat(2, axis=2)
            phases = band.reshape(len(images), -1) @ one
            parts += [self._amplitude * np.cos(phases), self._amplitude * np.sin(phases)]
        return np.concatenate(parts, axis=1)

    def of_generated(self, images: tf.Tensor) -> tf.Tensor:
        """Features of images float32 [N, R, R, 1] in -1..1, float32 [N, D]."""
        parts = [tf.fill([tf.shape(images)[0], 1], tf.constant(self.constant, tf.float32))]
        for number, one in enumerate(self.frequencies, start=1):
            band = images
            if number < len(self.frequencies):
                images = downsample_average(images)
                band = band - upsample_nearest(images)
            phases = tf.reshape(band, [-1, one.shape[0]]) @ tf.constant(one, tf.float32)
            parts += [self._amplitude * tf.cos(phases), self._amplitude * tf.sin(phases)]
        return tf.concat(parts, axis=1)


def _frequencies(random: np.random.Generator, side: int, count: int) -> np.ndarray:
    widths = NARROWEST * (WIDEST / NARROWEST) ** random.random(count)
    return random.standard_normal((side * side, count)) / (side * widths)
