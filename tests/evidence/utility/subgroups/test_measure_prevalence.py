"""Shares of training images: published and hand-worked limits, what differs, and composition by group."""

import math

import numpy as np
import pytest
from scipy import stats

from medgan_tf.evidence.utility.subgroups.measure_prevalence import RealRows, SyntheticCounts, measure_prevalence
from medgan_tf.evidence.utility.subgroups.shares import Share, real_share, share_difference, synthetic_share


def test_newcombes_example():
    """56 of 70 less 48 of 80: 0.2, method 10: 0.0524 to 0.3339 (Statistics in Medicine 17, 1998, table II)."""
    found = share_difference(synthetic_share(56, 70, 0.95), synthetic_share(48, 80, 0.95))
    assert (found.value, found.low, found.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)


def test_a_real_share_by_hand():
    """One image each: Student's t with n - 1 on the logit scale, variance p (1 - p) / (n - 1)."""
    members = np.arange(100) < 10
    found = real_share(members, np.arange(100).astype(str), 0.95)
    half = stats.t.isf(0.025, 99) * math.sqrt(0.09 / 99) / 0.09
    ends = [1 / (1 + math.exp(-(math.log(0.1 / 0.9) + side * half))) for side in (-1, 1)]
    assert (found.value, found.low, found.high) == pytest.approx((0.1, *ends))
    # Every image four times says no more.
    four = real_share(np.repeat(members, 4), np.repeat(np.arange(100), 4).astype(str), 0.95)
    assert (four.low, four.high) == pytest.approx((found.low, found.high))


@pytest.mark.parametrize(
    ("members", "low", "high"), [(True, 0.025 ** (1 / 40), 1.0), (False, 0.0, 1 - 0.025 ** (1 / 40))]
)
def test_all_or_none(members, low, high):
    assert real_share(np.full(40, members), np.arange(40).astype(str), 0.95) == Share(float(members), low, high)


def compared(synthetic, same=False, groups=None):
    labels = np.stack([np.arange(400) % 2 == 0, np.arange(400) % 10 == 0], axis=1)
    sex = np.where(np.arange(400) % 4 == 0, "F", "M").astype(object)
    real = RealRows(labels, np.arange(400).astype(str), {"sex": sex})
    counts = SyntheticCounts(2, 1000, np.array(synthetic), groups, same)
    return measure_prevalence(("Edema", "Fracture"), real, counts)


def test_labels_that_differ_are_named():
    found = compared((500, 250))
    assert found["differ"] == ["Fracture"]
    assert found["labels"]["Fracture"]["difference"]["value"] == pytest.approx(0.15)
    assert found["labels"]["Edema"]["difference"]["value"] == 0 and not found["labels"]["Edema"]["differs"]
    assert found["labels"]["Edema"]["difference"]["low"] < 0
    assert found["images"] == {"real": 400, "synthetic": 1000, "synthetic_sets": 2} and found["patients"] == 400
    assert found["groups"] is None and not found["labels_as_real"]


def test_labels_of_the_real_images_leave_no_chance():
    found = compared((500, 100), same=True)
    assert found["labels_as_real"]
    assert found["labels"]["Fracture"]["difference"] == {"value": 0.0, "low": 0.0, "high": 0.0}
    # Equal shares alone do not show that: the labels may be drawn.
    assert compared((500, 100))["labels"]["Fracture"]["difference"]["high"] > 0


def test_bonferroni_over_labels():
    """A difference whose 95 % interval leaves out 0, and whose 97.5 % interval does not."""
    found = compared((500, 142))
    difference = found["labels"]["Fracture"]["difference"]
    assert difference["low"] > 0 and found["differ"] == []


def test_composition_by_group():
    found = compared((500, 100), groups={"sex": {"F": 600, "M": 390, "unknown": 10}})
    women = found["groups"]["sex"]["F"]
    assert (women["real"]["value"], women["synthetic"]["value"], women["differs"]) == (0.25, 0.6, True)
    # A group that only one set has is a row too.
    assert found["groups"]["sex"]["unknown"]["real"]["value"] == 0.0
    assert found["groups"]["sex"]["unknown"]["real"]["high"] == pytest.approx(1 - 0.025 ** (1 / 400))
