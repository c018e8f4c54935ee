"""What every metric of fidelity has: where its quantities stand, the quick values, and too few or too small images."""

import math

import numpy as np
import pytest

from medgan_tf.metrics.metric import Direction, Metric, Options, Quantity, Sample


def brightness(real, synthetic, options):
    values = {kind: {"value": float(one.images.mean())} for kind, one in (("real", real), ("made", synthetic))}
    found = {"brightness": values, "difference": {"value": values["made"]["value"] - values["real"]["value"]}}
    if not options.quick:
        found["difference"]["interval"] = (-1.0, 1.0)
        found["difference"]["infinite"] = 3.0
    return found


METRIC = Metric(
    "brightness",
    brightness,
    (
        Quantity("difference", "difference", Direction.SMALLER, factor=1000.0),
        Quantity("made", "made", Direction.AS_REAL, place=("brightness", "made")),
        Quantity("infinite", "infinite", Direction.SMALLER, quick=False, place=("difference", "infinite")),
    ),
    title="Brightness",
    meaning="How bright.",
    needs_features=False,
    least_images=3,
    least_side=4,
    order=1,
)


def sample(value, count=5, side=4):
    return Sample(np.full((count, side, side, 1), value, np.uint8))


def test_quantities_are_found_where_they_stand():
    found = METRIC(sample(10), sample(14), Options(0))
    difference, made, infinite = (quantity.found(found) for quantity in METRIC.quantities)
    assert difference == {"value": 4.0, "interval": (-1.0, 1.0), "infinite": 3.0}
    assert made == {"value": 14.0} and infinite == {"value": 3.0}
    assert [quantity.found({"other": 1}) for quantity in METRIC.quantities] == [None] * 3
    # As a result file has it: an undefined number is null there.
    assert METRIC.quantities[2].found({"difference": {"value": 1.0, "infinite": None}}) is None


def test_quick_values_leave_out_what_is_not_quick():
    steps = []
    assert METRIC.values(sample(10), sample(14), Options(0, step=steps.append)) == {"difference": 4.0, "made": 14.0}
    assert not steps


@pytest.mark.parametrize("sizes", [{"count": 2}, {"side": 3}])
def test_too_few_or_too_small_images_are_undefined(sizes):
    found = METRIC(sample(10, **sizes), sample(14, **sizes), Options(0))
    for quantity in METRIC.quantities:
        assert math.isnan(quantity.found(found)["value"])
    values = METRIC.values(sample(10, **sizes), sample(14, **sizes), Options(0))
    assert list(values) == ["difference", "made"] and all(map(math.isnan, values.values()))


def test_shown_in_the_unit_of_the_heading():
    difference, made, _ = METRIC.quantities
    assert (difference.heading, difference.shown(0.0021)) == ("difference x 1000", pytest.approx(2.1))
    assert (made.heading, made.shown(0.5), made.shown(None)) == ("made", 0.5, None)


def test_samples_take_rows_of_everything():
    whole = Sample(np.arange(4, dtype=np.uint8).reshape(4, 1, 1, 1), np.eye(4), np.arange(8.0).reshape(4, 2))
    part = whole.take(np.array([3, 1]))
    assert len(part) == 2 and part.images.ravel().tolist() == [3, 1]
    assert part.labels.tolist() == [[0, 0, 0, 1], [0, 1, 0, 0]] and part.features.tolist() == [[6, 7], [2, 3]]
    assert Sample(whole.images).take(np.array([0])).labels is None


def test_streams_depend_on_seed_and_name():
    assert Options(1).random("a").random() == Options(1).random("a").random()
    assert len({Options(seed).random(name).random() for seed in (1, 2) for name in "ab"}) == 4
