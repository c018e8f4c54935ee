"""Differentiable augmentation of the discriminator's images (Zhao et al. 2020), with fixed or adapted strength (Karras
et al. 2020). It is for few images, each of which a discriminator soon knows. Not in the paper; off by default.

Real and generated images pass through the same random operations, so the generator is not taught to imitate them as
long as the strength leaves some images untouched.
"""

from collections.abc import Callable

import tensorflow as tf

from medgan_tf.config.schema import AugmentationConfig

# Random numbers per image: for each operation one that decides whether it is done, and up to two amounts.
_DRAWS = 3
BRIGHTNESS, CONTRAST, SHIFT, HOLE = 0.5, 0.5, 0.125, 0.5
BLACK = -1.0


class Augmentation:
    """Random operations on images, and their strength.

    Args:
        config: Operations and strength.

    Attributes:
        strength: float32 scalar variable, the probability of each operation.
    """

    def __init__(self, config: AugmentationConfig):
        self.config = config
        self.strength = tf.Variable(
            config.strength,
            dtype=tf.float32,
            trainable=False,
            name="augmentation_strength",
            aggregation=tf.VariableAggregation.ONLY_FIRST_REPLICA,
        )

    @property
    def draw_shape(self) -> list[int]:
        """Shape of the uniform numbers that one image needs."""
        return [len(self.config.operations), _DRAWS]

    def __call__(self, images: tf.Tensor, numbers: tf.Tensor) -> tf.Tensor:
        """Augmented images.

        Args:
            images: float32 [N, R, R, C], -1..1.
            numbers: Uniform 0..1, [N, *draw_shape].
        """
        strength = tf.convert_to_tensor(self.strength)
        for number, name in enumerate(self.config.operations):
            chance, first, second = tf.unstack(numbers[:, number], axis=1)
            changed = OPERATIONS[name](images, first, second)
            images = tf.where((chance < strength)[:, None, None, None], changed, images)
        return images

    def adapt(self, r_t: tf.Tensor, images: tf.Tensor) -> None:
        """Moves the strength up where `r_t` is above the target, else down, by ``images / adaptation_images``.

        Args:
            r_t: Mean sign of the discriminator's logits on real images, -1..1, the same on all replicas (Karras et al.
                2020, equation 1).
            images: Number of real images that it was computed from.
        """
        if self.config.target is None:
            return
        step = tf.cast(images, tf.float32) / self.config.adaptation_images
        moved = tf.convert_to_tensor(self.strength) + tf.sign(r_t - self.config.target) * step
        self.strength.assign(tf.clip_by_value(moved, 0.0, 1.0))


def brightness(images: tf.Tensor, amount: tf.Tensor, _: tf.Tensor) -> tf.Tensor:
    """Adds up to +-0.5, a quarter of the value range."""
    return images + ((2.0 * amount - 1.0) * BRIGHTNESS)[:, None, None, None]


def contrast(images: tf.Tensor, amount: tf.Tensor, _: tf.Tensor) -> tf.Tensor:
    """Stretches the values around the image's mean by 0.5 to 1.5."""
    mean = tf.reduce_mean(images, axis=[1, 2, 3], keepdims=True)
    return mean + (images - mean) * (1.0 + (2.0 * amount - 1.0) * CONTRAST)[:, None, None, None]


def translation(images: tf.Tensor, down: tf.Tensor, right: tf.Tensor) -> tf.Tensor:
    """Shifts by whole pixels, up to an eighth of the side in each direction; what comes in is black."""
    side = images.shape[1]
    most = int(side * SHIFT)
    # Products with 0/1 matrices: cheap, and differentiable as often as is wanted.
    rows, columns = (_shift_matrix(tf.floor(part * (2 * most + 1)) - most, side) for part in (down, right))
    return BLACK + tf.einsum("nij,njkc,nlk->nilc", rows, images - BLACK, columns)


def _shift_matrix(shift: tf.Tensor, side: int) -> tf.Tensor:
    """[N, side, side] with a one at (i, i - shift)."""
    sources = tf.range(side)[None, :] - tf.cast(shift, tf.int32)[:, None]
    return tf.one_hot(sources, side)


def cutout(images: tf.Tensor, down: tf.Tensor, right: tf.Tensor) -> tf.Tensor:
    """A square of half the side, centred anywhere, becomes mid-grey (0)."""
    side = images.shape[1]
    half = side * HOLE / 2
    position = tf.range(side, dtype=tf.float32)[None, :] + 0.5
    inside_rows = tf.abs(position - (down * side)[:, None]) < half
    inside_columns = tf.abs(position - (right * side)[:, None]) < half
    hole = tf.logical_and(inside_rows[:, :, None], inside_columns[:, None, :])[..., None]
    return tf.where(hole, tf.zeros_like(images), images)


def mirror(images: tf.Tensor, side: tf.Tensor, _: tf.Tensor) -> tf.Tensor:
    """Left and right change places for half of the images."""
    return tf.where((side < 0.5)[:, None, None, None], tf.reverse(images, [2]), images)


OPERATIONS: dict[str, Callable[[tf.Tensor, tf.Tensor, tf.Tensor], tf.Tensor]] = {
    "brightness": brightness,
    "contrast": contrast,
    "translation": translation,
    "cutout": cutout,
    "mirror": mirror,
}
"""Name to ``(images [N, R, R, C], amount [N], amount [N]) -> images``, amounts uniform 0..1."""
