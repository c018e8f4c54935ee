"""Grey levels: the distance against SciPy, windows that were put on, and sets without an answer."""

import numpy as np
import pytest
from scipy import stats

from medgan_tf.synthesis.external.checks.finding import RIGHT, UNDECIDED, WRONG
from medgan_tf.synthesis.external.checks.histogram import check_histogram, distance, grey_shares, matching_window


@pytest.fixture(scope="module")
def chests():
    """Two sets of images with all grey levels, many of them black, as uint8 [40, 24, 24]."""
    random = np.random.default_rng(3)
    grey = 330 * random.beta(1.0, 1.4, (80, 24, 24)) - 40 + 10 * random.normal(size=(80, 1, 1))
    images = changed(grey, 1, 0)
    return images[:40], images[40:]


def changed(images, slope, offset):
    return np.clip(np.rint(slope * images.astype(float) + offset), 0, 255).astype(np.uint8)


def test_the_distance_is_wassersteins(chests):
    dark = changed(chests[0], 0.8, 10)
    value, (low, high) = distance(grey_shares(dark), grey_shares(chests[1]), np.arange(40))
    assert value == pytest.approx(stats.wasserstein_distance(dark.ravel(), chests[1].ravel()))
    assert low < value < high


def test_equal_grey_levels_are_right(chests):
    whole = np.concatenate(chests)
    found = check_histogram(np.clip(whole, 0, 254) + np.uint8(1), whole)
    assert (found.status, found.name) == (RIGHT, "histogram") and 0.9 < found.numbers["distance"] <= 1


@pytest.mark.parametrize(("slope", "offset"), [(0.5, 0), (1.5, 0), (1, 30), (1.7, -40), (1 / 16, 0), (0.6, 60)])
def test_a_window_is_found(chests, slope, offset):
    """Also one that cut off what nothing brings back."""
    found = check_histogram(changed(chests[0], slope, offset), chests[1])
    window = found.numbers["window"]
    assert found.status == WRONG and window["explained"] > 0.8
    assert window["slope"] == pytest.approx(slope, rel=0.1, abs=0.01)
    assert window["offset"] == pytest.approx(offset, abs=8)
    assert "as if the real ones were changed to" in found.words and "\n" not in found.words


def test_the_window_in_words():
    """Three grey levels, halved: 2 * grey brings them back, a window from 0 to 510."""
    own, other = np.zeros(256), np.zeros(256)
    own[[20, 50, 100]] = other[[40, 100, 200]] = 1 / 3
    window = matching_window(own, other)
    assert (window.slope, window.offset) == pytest.approx((0.5, 0), abs=1e-2)
    assert window.ends == pytest.approx((0, 510), abs=5) and window.explained > 0.99


def test_a_small_change_is_undecided(chests):
    found = check_histogram(changed(chests[0], 0.9, 0), chests[1])
    assert found.status == UNDECIDED and 8 < found.numbers["distance"] < 16 and "compare the windows" in found.words


def test_what_no_window_explains_is_the_generators():
    """40 % of the pixels are black where 60 % of the real ones are: a fifth has to move by 255 levels."""
    own, real = (np.where(np.arange(20).reshape(1, 4, 5) < dark, 0, 255).astype(np.uint8) for dark in (8, 12))
    found = check_histogram(own.repeat(10, axis=0), real.repeat(10, axis=0))
    assert found.numbers["distance"] == pytest.approx(51) and found.numbers["window"]["explained"] < 0.1
    assert found.status == UNDECIDED and found.words.endswith("no other window explains it")


def test_few_images_are_undecided(chests):
    found = check_histogram(changed(chests[0][:4], 0.5, 0), chests[1])
    assert found.status == UNDECIDED and "too few images" in found.words
    assert check_histogram(chests[0], chests[1], np.full(40, "p")).status == UNDECIDED


def test_images_of_one_patient_count_together():
    """Four patients with ten equal images each know as much as four images."""
    random = np.random.default_rng(0)
    real = changed(np.full((8, 4, 4), 100), 1, 0) + random.integers(0, 60, (8, 1, 1)).astype(np.uint8)
    synthetic = np.full((30, 4, 4), 130, np.uint8)
    once = distance(grey_shares(synthetic), grey_shares(real), np.arange(8))
    often = distance(grey_shares(synthetic), grey_shares(real.repeat(10, axis=0)), np.arange(8).repeat(10))
    assert often[0] == pytest.approx(once[0]) and often[1] == pytest.approx(once[1])
