"""DenseNet on many masked copies of one image, computing again only what the masks change.

Everything is exact up to rounding in float32: outside the windows values are those of the unmasked image, and what a
3x3 convolution sees of them from inside is a term that all masks of a group share. Batch norms before a rectifier
become thresholds, those after a convolution part of it, and the transitions pool before their convolution of 1x1.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from medgan_tf.evidence.importance.windows import Stage


@dataclass(frozen=True)
class Rectified:
    """relu(scale * x + shift) as clip(x, low, high), which leaves a factor and a term to the layer that follows.

    Attributes:
        low, high: float32 [C]; `high` is None where no factor is negative.
        factor, term: float64 [C]: relu(scale * x + shift) = factor * clip(x, low, high) + term.
    """

    low: tf.Tensor
    high: tf.Tensor | None
    factor: np.ndarray
    term: np.ndarray

    def __call__(self, x: tf.Tensor) -> tf.Tensor:
        x = tf.maximum(x, self.low)
        return x if self.high is None else tf.minimum(x, self.high)


@dataclass(frozen=True)
class DenseLayer:
    """One layer of a dense block: threshold, 1x1 convolution with bias, rectifier, 3x3 convolution."""

    enter: Rectified
    narrow: tf.Tensor
    bias: tf.Tensor
    widen: tf.Tensor

    def bottleneck(self, x: tf.Tensor) -> tf.Tensor:
        """[B, h, w, C] to [B, h, w, 128]."""
        return tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(self.enter(x), self.narrow, 1, "VALID"), self.bias))


@dataclass(frozen=True)
class Transition:
    """The layers between two dense blocks: threshold, mean over 2x2, 1x1 convolution with bias."""

    enter: Rectified
    kernel: tf.Tensor
    bias: tf.Tensor

    def __call__(self, x: tf.Tensor) -> tf.Tensor:
        pooled = tf.nn.avg_pool2d(self.enter(x), 2, 2, "VALID")
        return tf.nn.bias_add(tf.nn.conv2d(pooled, self.kernel, 1, "VALID"), self.bias)


class DenseNetParts:
    """The layers of a `keras.applications` DenseNet without top, with average pooling.

    Args:
        backbone: The network.

    Raises:
        ValueError: It is another network.
    """

    def __init__(self, backbone: keras.Model):
        names = {layer.name for layer in backbone.layers}
        self.blocks = tuple(
            sum(f"conv{block}_block{number}_concat" in names for number in range(1, 200)) for block in (2, 3, 4, 5)
        )
        if not all(self.blocks) or not {"conv1_conv", "pool1", "pool4_pool", "bn", "avg_pool"} <= names:
            raise ValueError("expected a DenseNet of keras.applications")
        layer = backbone.get_layer
        scale, shift = _norm(layer("conv1_bn"))
        self.stem_kernel = _constant(layer("conv1_conv").get_weights()[0] * scale)
        self.stem_bias = _constant(shift)
        self.layers = [
            [_dense_layer(layer, f"conv{block}_block{number}") for number in range(1, count + 1)]
            for block, count in zip((2, 3, 4, 5), self.blocks, strict=True)
        ]
        self.transitions = [_transition(layer, f"pool{block}") for block in (2, 3, 4)]
        self.leave = _rectified(layer("bn"))

    def stem(self, pixels: tf.Tensor, rows: tf.Tensor, columns: tf.Tensor) -> tf.Tensor:
        """Padded pixels [B, 4h + 7, 4w + 7, 3] to [B, h, w, 64].

        Args:
            pixels: Pixels in the range of ImageNet, padded with zeros.
            rows, columns: float32 [2h + 1] and [2w + 1], 0 where the convolution's output lies outside its map.
        """
        x = tf.nn.conv2d(pixels, self.stem_kernel, 2, "VALID")
        x = tf.nn.relu(tf.nn.bias_add(x, self.stem_bias)) * rows[:, None, None] * columns[:, None]
        return tf.nn.max_pool2d(x, 3, 2, "VALID")

    def pooled(self, x: tf.Tensor) -> tf.Tensor:
        """The last block's output [B, h, w, C] to features [B, C]."""
        mean = tf.reduce_mean(self.leave(x), axis=[1, 2])
        return mean * tf.constant(self.leave.factor, tf.float32) + tf.constant(self.leave.term, tf.float32)


def _norm(layer: keras.layers.Layer) -> tuple[np.ndarray, np.ndarray]:
    gamma, beta, mean, variance = (np.asarray(weight, np.float64) for weight in layer.get_weights())
    scale = gamma / np.sqrt(variance + layer.epsilon)
    return scale, beta - mean * scale


def _constant(values: np.ndarray) -> tf.Tensor:
    return tf.constant(values, tf.float32)


def _rectified(layer: keras.layers.Layer) -> Rectified:
    scale, shift = _norm(layer)
    some = scale != 0
    turn = np.divide(-shift, scale, out=np.zeros_like(scale), where=some)
    low = np.where(scale > 0, turn, np.where(some, -np.inf, 0.0))
    high = np.where(scale < 0, turn, np.where(some, np.inf, 0.0))
    term = np.where(some, shift, np.maximum(shift, 0.0))
    return Rectified(_constant(low), None if (scale > 0).all() else _constant(high), scale, term)


def _folded(enter: Rectified, kernel: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A 1x1 kernel [1, 1, C, K] that takes what the threshold leaves, and its bias."""
    kernel = np.asarray(kernel, np.float64)
    return kernel * enter.factor[:, None], enter.term @ kernel[0, 0]


def _dense_layer(layer, name: str) -> DenseLayer:
    enter = _rectified(layer(f"{name}_0_bn"))
    kernel, bias = _folded(enter, layer(f"{name}_1_conv").get_weights()[0])
    scale, shift = _norm(layer(f"{name}_1_bn"))
    widen = layer(f"{name}_2_conv").get_weights()[0]
    return DenseLayer(enter, _constant(kernel * scale), _constant(bias * scale + shift), _constant(widen))


def _transition(layer, name: str) -> Transition:
    enter = _rectified(layer(f"{name}_bn"))
    kernel, bias = _folded(enter, layer(f"{name}_conv").get_weights()[0])
    return Transition(enter, _constant(kernel), _constant(bias))


@dataclass(frozen=True)
class Unmasked:
    """The values of the unmasked image in every layer.

    Attributes:
        features: All channels of each block, [1, size, size, C].
        bottlenecks: Bottleneck of each block and layer, [1, size + 2, size + 2, 128], padded with zeros.
    """

    features: list[tf.Tensor]
    bottlenecks: list[list[tf.Tensor]]


def unmasked(parts: DenseNetParts, padded: tf.Tensor) -> Unmasked:
    """Runs the whole network on one image, padded as `pad_pixels` does, [1, S + 7, S + 7, 3]."""
    size = (padded.shape[1] - 7) // 4
    edge = tf.concat([[0.0], tf.ones(2 * size)], axis=0)
    x, features, bottlenecks = parts.stem(padded, edge, edge), [], []
    for block, layers in enumerate(parts.layers):
        narrow = []
        for layer in layers:
            y = layer.bottleneck(x)
            narrow.append(tf.pad(y, [[0, 0], [1, 1], [1, 1], [0, 0]]))
            x = tf.concat([x, tf.nn.conv2d(y, layer.widen, 1, "SAME")], axis=3)
        features.append(x)
        bottlenecks.append(narrow)
        if block < len(parts.transitions):
            x = parts.transitions[block](x)
    return Unmasked(features, bottlenecks)


def pad_pixels(pixels: tf.Tensor) -> tf.Tensor:
    """[1, S, S, C] with zeros around it, so that every window of the stem lies inside: [1, S + 7, S + 7, C]."""
    return tf.pad(pixels, [[0, 0], [5, 2], [5, 2], [0, 0]])


def masked_features(
    parts: DenseNetParts,
    stages: Sequence[Stage],
    known: Unmasked,
    padded: tf.Tensor,
    filled: tf.Tensor,
    masks: tf.Tensor,
    patch: int,
    origins: tf.Tensor,
) -> tf.Tensor:
    """Pooled features of one image under a group of masks.

    Args:
        parts: The network.
        stages: Stages from `plan_stages`.
        known: Values of the unmasked image.
        padded: The padded image, as for `unmasked`.
        filled: The values of masked pixels, padded like the image.
        masks: int32 [B, 2], first row and column of each patch in the image.
        patch: Side of the patches.
        origins: int32 [stages, 2], from `window_origins`.

    Returns:
        float32 [B, C].
    """
    x = _masked_stem(parts, stages[0], padded, filled, masks, patch, origins[0])
    place, block = origins[0], 0
    for number, stage in enumerate(stages):
        if stage.block != block:
            x, place, block = parts.transitions[block](x), place // 2, stage.block
        x = _pasted(x, known.features[block], place, stage, origins[number])
        place = origins[number]
        for layer in stage.layers:
            x = _dense(parts.layers[block][layer], x, known.bottlenecks[block][layer], stage, place)
    return parts.pooled(x)


def _masked_stem(parts, stage: Stage, padded, filled, masks, patch: int, origin) -> tf.Tensor:
    height, width = stage.window
    begin, size = tf.concat([[0], 4 * origin, [0]], 0), [1, 4 * height + 7, 4 * width + 7, 3]
    crop, fill = tf.slice(padded, begin, size), tf.slice(filled, begin, size)
    # The crop begins five pixels before the window's first one, which is 4 * origin.
    first = masks - 4 * origin + 5
    rows, columns = tf.range(4 * height + 7)[None], tf.range(4 * width + 7)[None]
    in_rows = (rows >= first[:, :1]) & (rows < first[:, :1] + patch)
    in_columns = (columns >= first[:, 1:]) & (columns < first[:, 1:] + patch)
    inside = in_rows[:, :, None, None] & in_columns[:, None, :, None]
    pixels = tf.where(inside, fill, crop)
    # The convolution's outputs -1 lie outside its map.
    edges = [
        tf.cast(2 * origin[axis] + tf.range(2 * length + 1) > 0, tf.float32)
        for axis, length in ((0, height), (1, width))
    ]
    return parts.stem(pixels, *edges)


def _pasted(x: tf.Tensor, known: tf.Tensor, place: tf.Tensor, stage: Stage, origin: tf.Tensor) -> tf.Tensor:
    """A window that was computed, laid into the unmasked values of a larger one."""
    height, width = stage.window
    if (x.shape[1], x.shape[2]) == (height, width):
        return x
    channels = x.shape[3]
    base = tf.slice(known, tf.concat([[0], origin, [0]], 0), [1, height, width, channels])
    before = place - origin
    after = tf.constant([height, width]) - tf.constant([x.shape[1], x.shape[2]]) - before
    inside = [
        (tf.range(length) >= before[axis]) & (tf.range(length) < before[axis] + x.shape[1 + axis])
        for axis, length in ((0, height), (1, width))
    ]
    base = tf.where((inside[0][:, None] & inside[1][None])[..., None], 0.0, base)
    pads = tf.concat([[[0, 0]], tf.stack([before, after], axis=1), [[0, 0]]], axis=0)
    padded = tf.ensure_shape(tf.pad(x, pads), [None, height, width, channels])
    return padded + base


def _dense(layer: DenseLayer, x: tf.Tensor, known: tf.Tensor, stage: Stage, origin: tf.Tensor) -> tf.Tensor:
    height, width = stage.window
    grown = tf.nn.conv2d(layer.bottleneck(x), layer.widen, 1, "SAME")
    if not stage.full:
        # What lies around the window is the same for all masks, and convolutions are linear.
        around = tf.slice(known, tf.concat([[0], origin, [0]], 0), [1, height + 2, width + 2, known.shape[3]])
        ring = np.ones([1, height + 2, width + 2, 1], np.float32)
        ring[:, 1:-1, 1:-1] = 0
        grown += tf.nn.conv2d(around * ring, layer.widen, 1, "VALID")
    return tf.concat([x, grown], axis=3)
