"""A classifier's probabilities under every mask of an image (paper S.7), in batches or, for DenseNet, incrementally."""

import itertools
from collections.abc import Callable
from functools import cached_property

import cv2
import numpy as np
import tensorflow as tf

from medgan_tf.errors import ConfigError
from medgan_tf.evidence.importance.classifier import LoadedClassifier, SavedClassifier
from medgan_tf.evidence.importance.densenet import DenseNetParts, Unmasked, masked_features, pad_pixels, unmasked
from medgan_tf.evidence.importance.windows import Span, Work, count_work, plan_stages, window_origins

_BLUR = 2


def fill_values(values: np.ndarray, fill: str, patch: int) -> np.ndarray:
    """The values that masked pixels take: float32 [1, S, S, 1], for an image of the same form.

    Args:
        values: The image, 0..1.
        fill: zero, mean or blur.
        patch: Side of the patch; the blur has twice this standard deviation.
    """
    if fill == "zero":
        return np.zeros_like(values)
    if fill == "mean":
        return np.full_like(values, values.mean())
    blurred = cv2.GaussianBlur(values[0, :, :, 0], (0, 0), _BLUR * patch, borderType=cv2.BORDER_REFLECT)
    return blurred[None, :, :, None]


class Occluder:
    """Masks images and asks a classifier.

    Args:
        classifier: The classifier.
        patch: Side of the hidden square, pixels of the classifier's input.
        stride: Distance between two squares.
        batch: Masks at a time.
        incremental: False computes the whole network for every mask, whatever the network.
        fill: Value of a masked pixel: zero, mean or blur, see `OcclusionConfig.fill`.

    Attributes:
        positions: Patches along each side, n.

    Raises:
        ConfigError: The patch is larger than the image.

    Example:
        >>> occluder = Occluder(classifier, patch=2, stride=2, batch=32)
        >>> before, after = occluder.probabilities(image)  # [L] and [112, 112, L] for a network at 224
    """

    def __init__(
        self,
        classifier: LoadedClassifier | SavedClassifier,
        patch: int,
        stride: int,
        batch: int = 32,
        incremental: bool = True,
        fill: str = "zero",
    ):
        side = classifier.image_size
        if patch > side:
            raise ConfigError(
                f"evaluation.occlusion.patch must be at most the classifier's {side} pixels. Received: {patch}"
            )
        self.classifier, self.patch, self.stride, self.side = classifier, patch, stride, side
        self.fill = fill
        self.positions = (side - patch) // stride + 1
        height = min(self.positions, 2 ** int(np.log2(max(batch, 1)) / 2))
        self.group = height, max(1, min(self.positions, batch // height))
        classifier.ready()
        self.parts = self._parts() if incremental else None
        self._whole = classifier.traced()

    def _parts(self) -> DenseNetParts | None:
        if self.side % 4 or self.classifier.backbone is None:
            return None
        try:
            return DenseNetParts(self.classifier.backbone)
        except ValueError:
            return None

    @property
    def method(self) -> str:
        """The way in which masks are computed, in words."""
        return "incremental" if self.parts else "whole network for every mask"

    @cached_property
    def _starts(self) -> tuple[list[int], list[int]]:
        """First position of each group along each axis; the last group may repeat some of the one before."""
        return tuple(
            sorted({min(start, self.positions - length) for start in range(0, self.positions, length)})
            for length in self.group
        )

    def _spans(self, axis: int) -> list[Span]:
        length = self.group[axis]
        return [
            Span(start * self.stride, (start + length - 1) * self.stride + self.patch - 1)
            for start in self._starts[axis]
        ]

    @cached_property
    def _stages(self):
        return plan_stages((self._spans(0), self._spans(1)), self.side, self.parts.blocks)

    def work(self) -> Work | None:
        """Work of each mask as shares of that of a whole pass; None where each mask costs a whole pass."""
        if self.parts is None:
            return None
        first = [one * self.stride for one in range(self.positions)]
        patches = [Span(pixel, pixel + self.patch - 1) for pixel in first]
        return count_work(self._stages, (patches, patches), self.side, self.parts.blocks)

    def probabilities(
        self, image: np.ndarray, progress: Callable[[int], None] = lambda masks: None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Probabilities without and with masks.

        Args:
            image: uint8 [R, R, 1].
            progress: Called with the masks finished since the last call.

        Returns:
            float32 [L], and float32 [n, n, L]: row and column of the patch.
        """
        self.classifier.ready()
        values = self.classifier.resized(tf.constant(image[None]))
        before = self._whole(values).numpy()[0]
        filled = tf.constant(fill_values(values.numpy(), self.fill, self.patch))
        ask = self._incremental(values, filled) if self.parts else self._batched(values, filled)
        after = np.full((self.positions, self.positions, len(before)), np.nan, np.float32)
        height, width = self.group
        for row, column in itertools.product(range(len(self._starts[0])), range(len(self._starts[1]))):
            top, left = self._starts[0][row], self._starts[1][column]
            place = after[top : top + height, left : left + width]
            fresh = int(np.isnan(place[..., 0]).sum())
            rows, columns = np.mgrid[top : top + height, left : left + width] * self.stride
            masks = np.stack([rows.ravel(), columns.ravel()], axis=1).astype(np.int32)
            place[:] = ask(masks, row, column).reshape(place.shape)
            progress(fresh)
        return before, after

    def changes(self, image: np.ndarray) -> np.ndarray:
        """Mean absolute change of the grey values (0..1) under each mask, [n, n]; with zeros the patch's brightness."""
        values = self.classifier.resized(tf.constant(image[None])).numpy()
        change = np.abs(values - fill_values(values, self.fill, self.patch))[0, :, :, 0].astype(np.float64)
        patches = np.lib.stride_tricks.sliding_window_view(change, (self.patch, self.patch))
        return patches[:: self.stride, :: self.stride].mean(axis=(2, 3))

    def _batched(self, values: tf.Tensor, filled: tf.Tensor):
        pixels = np.arange(self.side)

        def ask(masks: np.ndarray, row: int, column: int) -> np.ndarray:
            rows, columns = (
                (pixels >= masks[:, axis, None]) & (pixels < masks[:, axis, None] + self.patch) for axis in (0, 1)
            )
            inside = rows[:, :, None, None] & columns[:, None, :, None]
            return self._whole(tf.where(inside, filled, values)).numpy()

        return ask

    @cached_property
    def _functions(self):
        parts, classifier, stages = self.parts, self.classifier, self._stages

        def begin(values, filled):
            padded = pad_pixels(classifier.pixels(values))
            known = unmasked(parts, padded)
            return padded, pad_pixels(classifier.pixels(filled)), known.features, known.bottlenecks

        def ask(padded, filled, features, bottlenecks, masks, origins):
            known = Unmasked(features, bottlenecks)
            found = masked_features(parts, stages, known, padded, filled, masks, self.patch, origins)
            return classifier.head(found)

        return tf.function(begin, autograph=False), tf.function(ask, autograph=False)

    def _incremental(self, values: tf.Tensor, filled: tf.Tensor):
        begin, ask_network = self._functions
        known = begin(values, filled)
        spans = self._spans(0), self._spans(1)

        def ask(masks: np.ndarray, row: int, column: int) -> np.ndarray:
            origins = window_origins(self._stages, spans[0][row], spans[1][column], self.side, self.parts.blocks)
            return ask_network(*known, tf.constant(masks), tf.constant(origins, tf.int32)).numpy()

        return ask
