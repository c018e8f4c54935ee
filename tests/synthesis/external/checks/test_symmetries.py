"""The 16 changes: each against plain indexing, their inverses, and the part that they leave as it is."""

import numpy as np
import pytest

from medgan_tf.synthesis.external.checks.symmetries import IDENTITY, OTHERS, Symmetry

PICTURE = np.arange(9).reshape(3, 3)
PLACES = {
    "mirrored left to right": [[2, 1, 0], [5, 4, 3], [8, 7, 6]],
    "upside down (mirrored top to bottom)": [[6, 7, 8], [3, 4, 5], [0, 1, 2]],
    "turned by 180 degrees": [[8, 7, 6], [5, 4, 3], [2, 1, 0]],
    "turned by 90 degrees to the left": [[2, 5, 8], [1, 4, 7], [0, 3, 6]],
    "turned by 90 degrees to the right": [[6, 3, 0], [7, 4, 1], [8, 5, 2]],
    "with rows and columns exchanged": [[0, 3, 6], [1, 4, 7], [2, 5, 8]],
    "mirrored along the other diagonal": [[8, 5, 2], [7, 4, 1], [6, 3, 0]],
}


def test_there_are_fifteen_others():
    assert len({one.words for one in OTHERS}) == 15 and IDENTITY not in OTHERS


@pytest.mark.parametrize("words", PLACES)
def test_places(words):
    (change,) = (one for one in OTHERS if one.words == words)
    assert change.moved(PICTURE).tolist() == PLACES[words]
    assert change.of_images(PICTURE[None].astype(np.uint8)).tolist() == [PLACES[words]]


def test_grey():
    inverted = Symmetry(inverted=True)
    assert inverted.of_images(np.array([[0, 255], [10, 20]], np.uint8)).tolist() == [[255, 0], [245, 235]]
    assert inverted.of_pattern(np.array([[1.0, -2.0]])).tolist() == [[-1.0, 2.0]]
    assert Symmetry(0, True, True).words == "mirrored left to right and inverted in grey (black and white exchanged)"


@pytest.mark.parametrize("change", OTHERS, ids=lambda one: one.words)
def test_inverse_and_unchanged_part(change):
    pattern = np.random.default_rng(0).normal(size=(4, 4))
    np.testing.assert_array_equal(change.inverse.of_pattern(change.of_pattern(pattern)), pattern)
    part = change.unchanged_part(pattern)
    np.testing.assert_allclose(change.of_pattern(part), part, atol=1e-12)
    # A projection: what is left has no unchanged part.
    np.testing.assert_allclose(change.unchanged_part(pattern - part), 0, atol=1e-12)
