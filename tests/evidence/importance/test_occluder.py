"""Masks: what incremental inference computes is what the whole network computes, one mask at a time."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras.src.applications.densenet import DenseNet
from tiny_classifier import tiny_backbone

from medgan_tf.classification import network
from medgan_tf.config.schema import ClassifierConfig
from medgan_tf.errors import ConfigError
from medgan_tf.evidence.importance.classifier import LoadedClassifier
from medgan_tf.evidence.importance.occluder import Occluder, fill_values
from medgan_tf.evidence.importance.windows import Span, count_work, plan_stages, reach, window_origins

DENSENET_121 = (6, 12, 24, 16)


def small_densenet(size):
    """Four blocks of few layers, with batch norms of every kind: positive, negative and zero factors."""
    model = DenseNet([4, 3, 2, 1], include_top=False, weights=None, input_shape=(size, size, 3), pooling="avg")
    random = np.random.default_rng(0)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            shape = layer.gamma.shape
            gamma = random.uniform(0.5, 1.5, shape) * random.choice([1, 1, 1, -1, 0], shape)
            rest = random.normal(0, 0.3, shape), random.normal(0, 0.3, shape), random.uniform(0.5, 1.5, shape)
            layer.set_weights([gamma, *rest])
    return model


def classifier(backbone, size, resolution, monkeypatch):
    monkeypatch.setattr(network, "build_backbone", backbone)
    made = network.build_network(3, resolution, ClassifierConfig(weights="none", image_size=size), seed=0)
    return LoadedClassifier("real-trained", made, ("a", "b", "c"), "0" * 64)


def one_at_a_time(loaded, image, patch, stride, fill="zero"):
    """The plain loop."""
    values = loaded.resized(tf.constant(image[None])).numpy()
    filled = fill_values(values, fill, patch)
    ask = tf.function(
        lambda x: loaded.head(loaded.backbone(loaded.pixels(x), training=False)), autograph=False, reduce_retracing=True
    )
    places = range(0, loaded.image_size - patch + 1, stride)
    found = []
    for row in places:
        for column in places:
            masked = values.copy()
            place = slice(None), slice(row, row + patch), slice(column, column + patch)
            masked[place] = filled[place]
            found.append(ask(tf.constant(masked)).numpy()[0])
    return np.array(found).reshape(len(places), len(places), -1)


@pytest.mark.parametrize(
    "backbone, size, patch, stride, batch",
    [
        (small_densenet, 128, 2, 21, 4),
        (small_densenet, 64, 8, 9, 6),
        (small_densenet, 32, 2, 5, 1),
        (tiny_backbone, 32, 4, 5, 5),
    ],
    ids=["far apart", "overlapping windows", "smallest network", "another network"],
)
def test_equals_one_mask_at_a_time(backbone, size, patch, stride, batch, monkeypatch):
    loaded = classifier(backbone, size, size // 2, monkeypatch)
    image = np.random.default_rng(1).integers(0, 256, (size // 2, size // 2, 1), np.uint8)
    occluder = Occluder(loaded, patch, stride, batch)
    assert occluder.method.startswith("incremental" if backbone is small_densenet else "whole")
    finished = []
    before, after = occluder.probabilities(image, finished.append)
    expected = one_at_a_time(loaded, image, patch, stride)
    assert sum(finished) == expected.shape[0] ** 2
    np.testing.assert_allclose(before, loaded.network(image[None], training=False)[1][0], atol=2e-6)
    np.testing.assert_allclose(after, expected, atol=2e-6)
    # The masks do something, far above the tolerance.
    assert np.abs(after - before).max() > 5e-5


@pytest.mark.parametrize(
    "backbone, fill", [(small_densenet, "mean"), (small_densenet, "blur"), (tiny_backbone, "blur")]
)
def test_other_fills_equal_one_mask_at_a_time(backbone, fill, monkeypatch):
    loaded = classifier(backbone, 32, 16, monkeypatch)
    image = np.random.default_rng(1).integers(100, 256, (16, 16, 1), np.uint8)
    black = Occluder(loaded, 4, 7, 4).probabilities(image)[1]
    after = Occluder(loaded, 4, 7, 4, fill=fill).probabilities(image)[1]
    np.testing.assert_allclose(after, one_at_a_time(loaded, image, 4, 7, fill), atol=2e-6)
    assert np.abs(after - black).max() > 5e-5


def test_fills_by_hand():
    values = np.zeros((1, 8, 8, 1), np.float32)
    values[0, :, 4:] = 0.5
    assert fill_values(values, "zero", 2).max() == 0
    np.testing.assert_allclose(fill_values(values, "mean", 2), np.full((1, 8, 8, 1), 0.25))
    blurred = fill_values(values, "blur", 2)
    # The edge becomes a slope; its middle is the mean of both sides, and nothing changes along it.
    assert (np.diff(blurred[0, 0, :, 0]) > 0).all() and np.ptp(blurred[0, :, 3, 0]) < 1e-6
    assert blurred[0, 4, 3:5, 0].mean() == pytest.approx(0.25, abs=1e-6)


def test_the_change_that_each_mask_makes(monkeypatch):
    """With zeros it is the brightness of the patch; with the mean, the distance from the mean."""
    loaded = classifier(tiny_backbone, 32, 32, monkeypatch)
    image = np.zeros((32, 32, 1), np.uint8)
    image[:16] = 255
    assert Occluder(loaded, 8, 8).changes(image).tolist() == [[1] * 4] * 2 + [[0] * 4] * 2
    np.testing.assert_allclose(Occluder(loaded, 8, 8, fill="mean").changes(image), 0.5, atol=1e-6)
    assert Occluder(loaded, 16, 8).changes(image)[:, 0].tolist() == [1, 0.5, 0]


def test_plain_batching_gives_the_same(monkeypatch):
    loaded = classifier(small_densenet, 32, 32, monkeypatch)
    image = np.random.default_rng(1).integers(0, 256, (32, 32, 1), np.uint8)
    fast, plain = (Occluder(loaded, 4, 4, 16, incremental=flag).probabilities(image)[1] for flag in (True, False))
    np.testing.assert_allclose(fast, plain, atol=2e-6)


def test_a_patch_larger_than_the_image(monkeypatch):
    loaded = classifier(tiny_backbone, 32, 32, monkeypatch)
    with pytest.raises(ConfigError, match="patch must be at most the classifier's 32 pixels. Received: 33"):
        Occluder(loaded, 33, 33)


def test_reach_by_hand():
    """Pixels 100 and 101: convolution outputs 49..52 (2i - 3 .. 2i + 3), pooled 24..26, then one more each layer."""
    (first, *_) = reach(Span(100, 101), 224, DENSENET_121)
    assert first[:3] == [Span(24, 26), Span(23, 27), Span(22, 28)]
    assert reach(Span(0, 1), 224, DENSENET_121)[0][0] == Span(0, 1)
    assert reach(Span(100, 101), 224, DENSENET_121)[1][0] == Span(18 // 2, 32 // 2)


@pytest.mark.parametrize("group", [(1, 1), (4, 8)])
def test_windows_hold_what_changes(group):
    spans = [[Span(2 * start, 2 * (start + length) - 1) for start in range(0, 112, length)] for length in group]
    stages = plan_stages(tuple(spans), 224, DENSENET_121)
    assert [layer for stage in stages for layer in stage.layers] == [*range(6), *range(12), *range(24), *range(16)]
    for rows in spans[0][::5]:
        for columns in spans[1][::3]:
            origins = window_origins(stages, rows, columns, 224, DENSENET_121)
            for stage, origin in zip(stages, origins, strict=True):
                for axis, span in enumerate((rows, columns)):
                    changed = reach(span, 224, DENSENET_121)[stage.block][stage.layers.stop]
                    assert 0 <= origin[axis] <= changed.first
                    assert changed.last < origin[axis] + stage.window[axis] <= stage.size
    single = [[Span(pixel, pixel + 1) for pixel in range(0, 224, 2)]] * 2
    work = count_work(stages, tuple(single), 224, DENSENET_121)
    # 2.83 G multiplications of DenseNet-121, less three quarters of the transitions' 309 M.
    assert work.whole == pytest.approx(2.602e9, rel=1e-3)
    assert 0.35 < work.unavoidable < 0.4 and work.unavoidable < work.planned < 0.54
