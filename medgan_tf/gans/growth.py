"""The state of progressive growing, and images in that state (Karras et al. 2018, section 3; paper S.2.1).

The level of detail is log2(full resolution / current resolution): 0 at full resolution, 2 at a quarter of it. Between
two whole numbers the higher resolution fades in: at 1.6 the layers of level 1 have the weight 0.4.
"""

import math
from typing import Any

import keras
import tensorflow as tf

from medgan_tf.gans.schedule import Phase
from medgan_tf.layers.resample import downsample_average, upsample_nearest


@keras.saving.register_keras_serializable(package="medgan_tf")
class Growth:
    """Level of detail shared by the networks of a GAN.

    `level` is a Python number, because it decides which layers a graph contains; a function traced before it changed
    must be traced again. `fade` is a variable and may change in every step.

    Args:
        resolution: Full resolution, pixels; a power of two.

    Attributes:
        level: Whole level of the highest resolution in use, 0 .. `last_level`.
        fading: Whether that resolution is still fading in, so that the next lower one takes part.
        fade: float32 variable, weight of the highest resolution, 0..1.
    """

    def __init__(self, resolution: int):
        self.resolution = resolution
        self.last_level = int(math.log2(resolution)) - 2
        self.level = 0
        self.fading = False
        self.fade = tf.Variable(
            1.0, trainable=False, dtype=tf.float32, aggregation=tf.VariableAggregation.ONLY_FIRST_REPLICA
        )

    @property
    def structure(self) -> tuple[int, bool]:
        """The state that a traced function depends on."""
        return self.level, self.fading

    def set_structure(self, level: int, fading: bool) -> None:
        """Chooses the layers in use. Raises `ValueError` for levels that do not exist; 4x4 cannot fade in."""
        if not 0 <= level <= self.last_level or (fading and level == self.last_level):
            raise ValueError(
                f"level of detail must be from 0 to {self.last_level} at resolution {self.resolution}, and the last "
                f"level does not fade. Received: level={level}, fading={fading}"
            )
        self.level, self.fading = level, fading
        self.fade.assign(1.0)

    def set_level_of_detail(self, level_of_detail: float) -> None:
        """Sets structure and fade from one number, 0 for full resolution."""
        level = math.floor(level_of_detail)
        fraction = level_of_detail - level
        self.set_structure(level, fraction > 0)
        self.fade.assign(1.0 - fraction)

    def enter_phase(self, phase: Phase) -> None:
        """Chooses the layers of a phase, with `fade` 1 until `fade_in` sets it."""
        self.set_structure(round(math.log2(self.resolution / phase.resolution)), phase.fading)

    def fade_in(self, images_seen: tf.Tensor, phase: Phase) -> None:
        """Sets `fade` for a position of the run; works in the graph too.

        In a phase that fades in it rises linearly from 0 at the start to 1 at the end. Other phases leave it alone.

        Args:
            images_seen: int64 scalar, real images seen in the whole run.
            phase: The phase that the position belongs to.
        """
        if phase.fading:
            seen = tf.cast(images_seen - phase.start, tf.float32)
            self.fade.assign(tf.minimum(seen / (phase.end - phase.start), 1.0))

    def get_config(self) -> dict[str, Any]:
        """The state as plain values, for Keras's files."""
        fade = float(self.fade.numpy())
        return {"resolution": self.resolution, "level": self.level, "fading": self.fading, "fade": fade}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Growth":
        """An equal state of its own, from `get_config`."""
        growth = cls(config["resolution"])
        growth.set_structure(config["level"], config["fading"])
        growth.fade.assign(config["fade"])
        return growth

    def level_of_detail(self) -> float:
        """The number that `set_level_of_detail` would need."""
        return self.level + (1.0 - float(self.fade.numpy()) if self.fading else 0.0)

    def blend(self, low: tf.Tensor, high: tf.Tensor) -> tf.Tensor:
        """``low + (high - low) * fade``, in the type of `high`."""
        return low + (high - low) * tf.cast(self.fade, high.dtype)

    def to_current(self, images: tf.Tensor) -> tf.Tensor:
        """Full-resolution images [N, R, R, C] averaged down to the current resolution."""
        for _ in range(self.level):
            images = downsample_average(images)
        return images

    def to_full(self, images: tf.Tensor) -> tf.Tensor:
        """Images of the current resolution repeated up to the full one, [N, R, R, C]."""
        for _ in range(self.level):
            images = upsample_nearest(images)
        return images

    def real_images(self, images: tf.Tensor) -> tf.Tensor:
        """Real images as the discriminator is shown them: at the current resolution, faded like the generated ones.

        Args:
            images: float32 [N, R, R, C].

        Returns:
            float32 [N, R, R, C]: averaged to the current resolution, blended with their 2x2-averaged selves while a
            resolution fades in, and repeated to the full resolution.
        """
        current = self.to_current(images)
        if self.fading:
            current = self.blend(upsample_nearest(downsample_average(current)), current)
        return self.to_full(current)
