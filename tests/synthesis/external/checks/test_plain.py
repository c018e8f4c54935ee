"""Sizes, and images that show nothing."""

import numpy as np

from medgan_tf.synthesis.external.checks.finding import RIGHT, UNDECIDED, WRONG
from medgan_tf.synthesis.external.checks.plain import check_empty, check_sizes, is_empty


def test_sizes():
    assert check_sizes([(32, 32)] * 3, 32).status == RIGHT
    found = check_sizes([(32, 32), (64, 48), (64, 48), (16, 16)], 32)
    assert found.status == WRONG and found.acceptable
    assert found.words == (
        "expected 32x32 pixels, as the real images; received 64x48 (height x width) of 2 of 4 images, and 1 further "
        "sizes; write them with 32x32 pixels"
    )
    assert found.numbers["sizes"] == [[64, 48, 2], [32, 32, 1], [16, 16, 1]]


def test_what_is_empty():
    random = np.random.default_rng(0)
    images = np.stack([np.full((8, 8), 7), random.integers(7, 10, (8, 8)), random.integers(0, 60, (8, 8))])
    assert is_empty(images.astype(np.uint8)).tolist() == [True, True, False]


def test_how_many_are_too_many():
    """Clopper and Pearson: 1 of 20 is shown to be above 0.26 %, 5 of 20 above 10.4 %, 1 of 1,000 below 0.47 %."""
    assert check_empty(0, 3, 0, 100).status == RIGHT
    assert check_empty(1, 20, 0, 100).status == UNDECIDED
    found = check_empty(5, 20, 0, 100)
    assert found.status == WRONG and round(found.numbers["limits"][0], 3) == 0.104
    assert "5 of 20 images have one grey level, or nearly; 0 of 100 real ones" in found.words
    assert check_empty(1, 1000, 0, 100).status == RIGHT
    # As many as among the real ones is no mistake.
    assert check_empty(5, 20, 25, 100).status == UNDECIDED and check_empty(5, 20, 50, 100).status == RIGHT
