"""The picture of samples: which images, where, and when it is drawn."""

from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import tensorflow as tf

from medgan_tf.data.private.label_terms import LabelTerms
from medgan_tf.data.private.noisy_counts import NoisyCounts
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.training.callbacks.samples import SampleGrid, labelled_grid, noisy_rows, sample_rows, tile
from medgan_tf.training.state import Tick


def test_rows_are_the_most_frequent_combinations_repeated_where_there_are_few():
    combinations = [
        SimpleNamespace(labels=("A",), vector=(1, 0), train=1),
        SimpleNamespace(labels=(), vector=(0, 0), train=3),
        SimpleNamespace(labels=("A", "B"), vector=(1, 1), train=2),
    ]
    dataset = SimpleNamespace(manifest=SimpleNamespace(combinations=combinations))
    labels = np.array([[0, 0], [1, 1], [1, 0], [0, 0], [1, 1], [0, 0]], np.float32)
    fold = SimpleNamespace(labels=labels, images=np.arange(6, dtype=np.uint8).reshape(6, 1, 1, 1))
    names, images, chosen = sample_rows(dataset, fold, rows=2, columns=3)
    assert names == ["(none)", "A|B"]
    assert images.ravel().tolist() == [0, 3, 5, 1, 4, 1]
    np.testing.assert_array_equal(chosen, labels[[0, 3, 5, 1, 4, 1]])
    assert sample_rows(dataset, fold, rows=9, columns=1)[0] == ["(none)", "A|B", "A"]


def test_tiles_are_enlarged_by_whole_factors():
    images = np.arange(4, dtype=np.uint8).reshape(4, 1, 1, 1)
    picture = tile(images, columns=2)
    assert picture.shape == (96, 96)
    np.testing.assert_array_equal(picture[::48, ::48], [[0, 1], [2, 3]])
    np.testing.assert_array_equal(picture[47::48, 47::48], [[0, 1], [2, 3]])


def test_real_images_are_left_and_synthetic_ones_right():
    real, synthetic = (np.full((2, 48, 48, 1), value, np.uint8) for value in (10, 20))
    picture = labelled_grid(real, synthetic, ["a", "b|c"], columns=1)
    assert picture.shape == (22 + 2 * 48, 230 + 48 + 10 + 48)
    assert (picture[22:, 230:278] == 10).all() and (picture[22:, 288:] == 20).all()
    assert (picture[22:, 278:288] == 255).all()
    # Each row has its name.
    assert all((picture[top : top + 48, :230] < 128).any() for top in (22, 70))


def test_private_rows_are_the_most_frequent_noisy_ones_without_real_images():
    vectors, counts = np.array([[1, 0], [0, 1], [1, 1]], np.uint8), np.array([3, 90, 7])
    noisy = NoisyCounts(("A", "B"), vectors, counts, LabelTerms(24.0))
    names, real, labels = noisy_rows(noisy, rows=2, columns=3)
    assert (names, real) == (["B", "A|B"], None)
    np.testing.assert_array_equal(labels, np.array([[0, 1]] * 3 + [[1, 1]] * 3, np.float32))


def test_without_real_images_the_synthetic_ones_are_alone():
    picture = labelled_grid(None, np.full((2, 48, 48, 1), 20, np.uint8), ["a", "b"], columns=1)
    assert picture.shape == (22 + 2 * 48, 230 + 48)
    assert (picture[22:, 230:] == 20).all()


@pytest.fixture
def grid(tmp_path):
    """Every 80 images, from a generator whose grey value is its label."""
    refreshed = []
    gan = SimpleNamespace(
        config=SimpleNamespace(latent_size=3),
        structure=(),
        images_seen=tf.Variable(0, dtype=tf.int64),
        refresh_average=lambda: refreshed.append(True),
        ema_generator=lambda inputs, training: tf.reshape(inputs[1], [-1, 1, 1, 1]) * tf.ones([1, 48, 48, 1]),
    )
    rows = (["a", "b"], np.zeros((2, 48, 48, 1), np.uint8), np.array([[1.0], [-1.0]], np.float32))
    made = SampleGrid(gan, Tick(), RunFolder(tmp_path), 80, rows, None)
    made.refreshed = refreshed
    return made


def names(grid):
    return sorted(path.name for path in grid.folder.samples.glob("*")) if grid.folder.samples.exists() else []


def test_drawn_at_the_beginning_when_due_and_at_the_end(grid):
    grid.on_train_begin()
    assert names(grid) == ["00000000000.png", "latest.png"]
    # `fit` begins anew for the rest of a tick, and that is no reason for another picture.
    grid.gan.images_seen.assign(16)
    grid.on_train_begin()
    for before, after, last in ((0, 40, False), (40, 80, False), (80, 96, True)):
        grid.tick.before, grid.tick.after, grid.tick.last = before, after, last
        grid.tick.values = {"images_seen": after}
        grid.on_epoch_end(0)
    assert names(grid) == ["00000000000.png", "00000000080.png", "00000000096.png", "latest.png"]
    assert len(grid.refreshed) == 3


def test_pixels_are_the_averaged_generators(grid):
    grid.write(0)
    picture = cv2.imread(str(grid.folder.samples / "latest.png"), cv2.IMREAD_GRAYSCALE)
    assert (picture[22:70, 288:] == 255).all() and (picture[70:, 288:] == 0).all()
