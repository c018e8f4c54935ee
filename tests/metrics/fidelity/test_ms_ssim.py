"""MS-SSIM as a metric: of both sets, within and between label combinations, and where its numbers stand."""

import math

import numpy as np
import pytest

from medgan_tf.metrics.fidelity.ms_ssim import ms_ssim
from medgan_tf.metrics.metric import Options, Sample

LABELS = np.array([[1, 0], [0, 1]], np.float32).repeat(6, axis=0)


def sample(noise, labels=LABELS, side=32, patients=None):
    """Two motifs, one for each label combination, plus noise."""
    random = np.random.default_rng(0)
    motifs = random.integers(0, 256, (2, side // 4, side // 4)).repeat(4, axis=1).repeat(4, axis=2)
    images = motifs.repeat(6, axis=0) + random.normal(0, noise, (12, side, side))
    return Sample(np.clip(images, 0, 255).astype(np.uint8)[..., None], labels, patients=patients)


def quantities(found):
    return {quantity.key: quantity.found(found) for quantity in ms_ssim.quantities}


def test_every_number_is_found_where_tables_look_for_it():
    found = ms_ssim(sample(60), sample(5), Options(seed=1))
    numbers = quantities(found)
    assert [key for key, one in numbers.items() if one] == [
        "ms_ssim",
        "ms_ssim_real",
        "ms_ssim_between",
        "ms_ssim_between_real",
    ]
    # Less noise: more alike, so less diverse. Different motifs are less alike than equal ones.
    assert numbers["ms_ssim"]["value"] > numbers["ms_ssim_real"]["value"] + 0.1
    assert numbers["ms_ssim"]["value"] > numbers["ms_ssim_between"]["value"] + 0.3
    for one in filter(None, numbers.values()):
        assert one["pairs"] == 1000 and one["reason"] == "too few for an interval (12; 20 needed)"
    # Result files written before the metrics were registered have the same keys.
    assert found["ms_ssim"]["within"]["synthetic"] is numbers["ms_ssim"]
    assert found["ms_ssim"]["between"]["real"] is numbers["ms_ssim_between_real"]


def test_interval_is_over_patients_and_pairs_are_of_different_ones():
    images = np.random.default_rng(0).integers(0, 256, (40, 16, 16, 1), dtype=np.uint8)
    labels = np.ones((80, 1), np.float32)
    # Two copies of each image: as a patient of their own they are no pair; as images of none they are.
    twice = Sample(np.repeat(images, 2, axis=0), labels, patients=np.repeat(np.arange(40), 2).astype(str))
    unknown = Sample(twice.images, labels)
    known, other = (ms_ssim(one, one, Options(1))["ms_ssim"]["within"]["real"] for one in (twice, unknown))
    assert other["pairs"] == 1000 and 960 < known["pairs"] < 1000
    assert other["value"] - known["value"] == pytest.approx((1 - known["value"]) / 79, rel=0.6)
    # A U-statistic of 40 patients: sd of the patients' mean similarity x 2 / sqrt(40), and a little for 1,000 pairs.
    assert known["interval"][0] < known["value"] < known["interval"][1]
    assert known["interval"][1] - known["interval"][0] < 0.05


def test_quick_has_the_values_within_combinations():
    values = ms_ssim.values(sample(60), sample(5), Options(seed=1))
    full = quantities(ms_ssim(sample(60), sample(5), Options(seed=1)))
    assert list(values) == ["ms_ssim", "ms_ssim_real"]
    assert values["ms_ssim"] == pytest.approx(full["ms_ssim"]["value"], abs=0.02)


@pytest.mark.parametrize("labels", [(None, None), (LABELS, None), (None, LABELS)])
def test_without_labels_all_pairs_count_and_are_not_called_between(labels):
    """A set of which one is labelled is compared with the other by all its pairs too."""
    numbers = quantities(ms_ssim(*(sample(5, one) for one in labels), Options(seed=1)))
    assert math.isnan(numbers["ms_ssim"]["value"]) and math.isnan(numbers["ms_ssim_real"]["value"])
    assert numbers["ms_ssim_between"] is None and numbers["ms_ssim_between_real"] is None
    labelled = quantities(ms_ssim(sample(5), sample(5), Options(seed=1)))
    for kind in ("", "_real"):
        similarity = numbers[f"ms_ssim_all{kind}"]["value"]
        assert labelled[f"ms_ssim_between{kind}"]["value"] < similarity < labelled[f"ms_ssim{kind}"]["value"]
    titles = {quantity.key: quantity.title for quantity in ms_ssim.quantities}
    assert titles["ms_ssim_all"] == "MS-SSIM of all pairs: synthetic"


def test_a_set_without_pairs_is_undefined_and_the_other_is_not():
    one = sample(5).take(np.array([0]))
    for few in (one, one.take(np.zeros(0, int))):
        values = ms_ssim.values(sample(60), few, Options(seed=1))
        assert math.isnan(values["ms_ssim"]) and 0 < values["ms_ssim_real"] < 1


def test_small_images_are_undefined():
    small = sample(5, side=8)
    assert all(math.isnan(one["value"]) for one in quantities(ms_ssim(small, small, Options(seed=1))).values())


def test_pairs_depend_on_the_seed_alone():
    pair = sample(60), sample(30)
    assert ms_ssim(*pair, Options(1)) == ms_ssim(*pair, Options(1)) != ms_ssim(*pair, Options(2))
