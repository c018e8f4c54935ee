"""What two sets have in common: images by hash, patients by name."""

import numpy as np

from medgan_tf.metrics.metric import Sample
from medgan_tf.metrics.overlap import overlap_of


def sample(hashes, patients=None):
    images = np.zeros((len(hashes), 1, 1, 1), np.uint8)
    return Sample(images, patients=None if patients is None else np.array(patients), hashes=np.array(list(hashes)))


def test_copies_are_matched_one_to_one():
    """a is three times in one set and twice in the other: two images are in both."""
    found = overlap_of(sample("axaay"), sample("abay"))
    assert found.images == 3 and found.patients == 0
    assert found.units.tolist() == [[0, 0], [2, 2], [4, 3]]
    assert found.share == 3 / 4 and not found.independent
    assert found.reason == "no interval: 75 % of the smaller set are in both sets"


def test_patients_are_matched_by_name():
    found = overlap_of(sample("abcd", ["p", "q", "q", ""]), sample("efgh", ["", "q", "r", "q"]))
    # Units: known patients in order of their names, then the images of unknown patients.
    assert (found.images, found.patients, found.units.tolist()) == (0, 1, [[1, 0]])


def test_nothing_in_common():
    found = overlap_of(Sample(np.zeros((3, 1, 1, 1), np.uint8)), sample("abc"))
    assert found.images == found.share == 0 and found.independent and found.units.shape == (0, 2)


def test_one_in_a_hundred_still_counts_as_independent():
    hashes = [str(number) for number in range(200)]
    others = [*hashes[:2], *(f"other {number}" for number in range(198))]
    assert overlap_of(sample(hashes), sample(others)).independent
    assert not overlap_of(sample(hashes), sample([*hashes[:3], *others[3:]])).independent
