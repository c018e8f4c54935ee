"""Metrics over whole sets, beside the floor and by label combination, with a metric that can be worked out by hand."""

import math

import numpy as np
import pytest

from medgan_tf.evidence.fidelity.measure import beside, by_combination, combination_mean, floor, measure, quick_values
from medgan_tf.metrics.metric import Direction, Metric, Options, Quantity, Sample


def gap(real, synthetic, options):
    """Difference of the mean grey values; full: with the number of images."""
    found = {"value": float(synthetic.images.mean() - real.images.mean())}
    return {"gap": found if options.quick else {**found, "images": len(synthetic)}}


def rank(real, synthetic, options):
    return {"rank": {"value": 1.0}}


GAP = Metric("gap", gap, (Quantity("gap", "gap", Direction.SMALLER),), "Gap", "", False, 2, 1, 1)
RANK = Metric("rank", rank, (Quantity("rank", "rank", Direction.SMALLER),), "Rank", "", False, 2, 1, 2)
A, B = [1.0, 0.0], [0.0, 1.0]


def sample(*images):
    """Images of one grey value each, given as (value, labels)."""
    values, labels = zip(*images, strict=True)
    return Sample(np.array(values, np.uint8)[:, None, None, None] * np.ones((1, 4, 4, 1), np.uint8), np.array(labels))


REAL = sample((10, A), (20, A), (30, A), (100, B), (110, B))
HELD_OUT = sample((12, A), (22, A), (104, B))
SYNTHETIC = sample((40, A), (50, A), (60, A), (90, B), (95, B))


def test_all_metrics_in_one_dict():
    found = measure(REAL, SYNTHETIC, [GAP, RANK], Options(0))
    assert found == {"gap": {"value": pytest.approx(67 - 54), "images": 5}, "rank": {"value": 1.0}}
    assert quick_values(REAL, SYNTHETIC, [RANK, GAP], Options(0)) == {"rank": 1.0, "gap": pytest.approx(13)}


def test_the_floor_has_as_many_images_of_each():
    steps, sets = [], []

    def look(real, synthetic, options):
        sets.append([one.images[:, 0, 0, 0].tolist() for one in (real, synthetic)])
        return {"look": {"value": 0.0}}

    metric = Metric("look", look, (Quantity("look", "look", Direction.SMALLER),), "Look", "", False, 2, 1, 1)
    found = floor(REAL, HELD_OUT, SYNTHETIC, [metric], Options(4, step=steps.append))
    assert found == {"images": 3, "real": {"look": 0.0}, "synthetic": {"look": 0.0}}
    (real, held_out), (again, synthetic) = sets
    assert real == again and len(real) == 3 and sorted(held_out) == [12, 22, 104]
    # The same rows, so that generated images keep the labels of the real ones beside them.
    rows = [REAL.images[:, 0, 0, 0].tolist().index(value) for value in real]
    assert synthetic == SYNTHETIC.images[rows, 0, 0, 0].tolist()
    assert steps == ["floor: 3 held-out real images", "3 synthetic images beside the floor"]


def test_combinations_most_frequent_first():
    rows = by_combination(REAL, (REAL, HELD_OUT, SYNTHETIC), ["a", "b"], [GAP], Options(0))
    assert [(row["labels"], row["images_real"], row["images_synthetic"]) for row in rows] == [
        (["a"], 3, 3), (["b"], 2, 2),
    ]  # fmt: skip
    assert [row["values"]["gap"] for row in rows] == pytest.approx([30, -12.5])
    # Two held-out images of a are enough for a floor, one of b is not.
    assert rows[0]["floor"]["images"] == 2 and abs(rows[0]["floor"]["real"]["gap"]) <= 13
    assert "floor" not in rows[1]
    # Weighted by real images.
    assert combination_mean(rows) == {"gap": pytest.approx((3 * 30 - 2 * 12.5) / 5)}


def test_without_labels_there_are_no_combinations():
    unlabelled = Sample(SYNTHETIC.images)
    assert by_combination(REAL, (REAL, HELD_OUT, unlabelled), ["a", "b"], [GAP], Options(0)) == []
    assert combination_mean([]) == {}


def test_a_combination_that_was_never_generated_is_undefined():
    rows = by_combination(REAL, (REAL, HELD_OUT, sample((40, A), (50, A))), ["a", "b"], [GAP], Options(0))
    assert rows[1]["images_synthetic"] == 0 and math.isnan(rows[1]["values"]["gap"])
    assert math.isnan(combination_mean(rows)["gap"])


def test_beside_has_all_quantities_with_intervals():
    def wide(real, synthetic, options):
        value = float(synthetic.images.mean() - real.images.mean())
        return {"wide": {"value": value, "interval": (value - 1, value + 1), "more": {"value": 7.0}}}

    quantities = (
        Quantity("wide", "wide", Direction.SMALLER),
        Quantity("more", "more", Direction.SMALLER, quick=False, place=("wide", "more")),
    )
    metric = Metric("wide", wide, quantities, "Wide", "", False, 2, 1, 1)
    found = beside(REAL, HELD_OUT, SYNTHETIC, [metric], Options(4), halved=False)
    assert found["images"] == 3 and found["real"]["more"] == 7.0
    # Differences of the same three means.
    value = {name: found[name]["wide"] for name in ("real", "synthetic", "held_out")}
    assert value["held_out"] == pytest.approx(value["synthetic"] - value["real"])
    assert found["intervals"]["held_out"] == {"wide": (value["held_out"] - 1, value["held_out"] + 1)}
    halved = beside(REAL, HELD_OUT, SYNTHETIC, [metric], Options(4), halved=True)
    assert "held_out" not in halved and list(halved["intervals"]) == ["real", "synthetic"]
