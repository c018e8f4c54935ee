"""Draws that are balanced by patient, and which results may be compared."""

import numpy as np
import pytest

from medgan_tf.evidence.fidelity.protocol import (
    balanced_rows,
    check_comparable,
    comparison_key,
    difference,
    protocol_line,
)
from medgan_tf.metrics.streams import chosen_rows, stream

EXTRACTOR = {"name": "classifier", "weights_sha256": "ab" * 32, "resize": "none outside the model"}


def test_each_patient_gives_one_image():
    patients = np.repeat([f"p{number}" for number in range(10)], np.arange(1, 11))
    rows = balanced_rows(patients, 100, stream(0, "draw"))
    assert sorted(patients[rows]) == [f"p{number}" for number in range(10)] and (np.diff(rows) > 0).all()
    few = balanced_rows(patients, 4, stream(0, "draw"))
    assert len(few) == len(set(patients[few])) == 4


def test_patients_are_equally_likely_however_many_images_they_have():
    """Of 1 + 9 images of two patients, each patient is the one that is drawn in half of the draws."""
    patients = np.array(["a"] + ["b"] * 9)
    drawn = [patients[balanced_rows(patients, 1, stream(seed, "draw"))][0] for seed in range(400)]
    assert drawn.count("a") / 400 == pytest.approx(0.5, abs=0.1)


def test_unknown_patients_are_drawn_as_before():
    rows = balanced_rows(np.full(50, ""), 20, stream(3, "draw"))
    np.testing.assert_array_equal(rows, chosen_rows(50, 20, stream(3, "draw")))


def result(seed=1, images=(300, 300), digest="c", resolution=64, **more):
    line = protocol_line(EXTRACTOR | more, images, True, seed)
    return {"protocol": line, "resolution": resolution, "real": {"sha256": digest}}


def test_the_line():
    assert result(images=(3000, 200))["protocol"] == (
        "medgan-fid-v1: extractor classifier abababababab, resize none outside the model, n 3,000 + 200, "
        "draws balanced by patient, seed 1"
    )


def test_another_seed_may_be_compared():
    assert check_comparable(result(1), result(2)) is None


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (result(images=(300, 299)), "n 300 \\+ 300.*n 300 \\+ 299"),
        (result(weights_sha256="cd" * 32), "extractor classifier abababababab.*cdcdcdcdcdcd"),
        (result(resolution=32), "resolutions 64 and 32"),
        (result(digest="d"), "they have other real images"),
        ({"real": {"sha256": "c"}}, "one was measured by an earlier version"),
    ],
)
def test_others_are_refused(other, words):
    with pytest.raises(ValueError, match=f"these results cannot be compared: .*{words}"):
        check_comparable(result(), other)


def test_two_of_an_earlier_version_say_nothing_of_how_they_were_measured():
    earlier = comparison_key({"real": {}})
    assert "did not state how" in difference(earlier, earlier)
