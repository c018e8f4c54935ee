"""The difference of two gaps: signs, its relation to the gap itself, and what decides nothing."""

import numpy as np
import pytest
from several_generators import SEEDS, STORED, stored_file

from medgan_tf.classification.predictions import Predictions, read_predictions
from medgan_tf.evidence.utility.estimates.joint_aucs import joint_aucs
from medgan_tf.evidence.utility.estimates.seed_scores import SeedScores
from medgan_tf.evidence.utility.generators.measure_pair import FIRST, SECOND, gap_difference
from medgan_tf.metrics.auc import auc_per_label


def stored(first, second, seeds=SEEDS):
    """Predictions of two generators, or of `real`."""
    files = [(seed, real_file(seed) if first == "real" else stored_file(first, seed), stored_file(second, seed))
             for seed in seeds]  # fmt: skip
    return [SeedScores(seed, {FIRST: read_predictions(a), SECOND: read_predictions(b)}, {}) for seed, a, b in files]


def real_file(seed):
    return STORED / "alike" / f"seed{seed}-real.csv"


def test_the_difference_is_that_of_the_mean_aucs():
    """The gap of cpd less that of progressive: the AUC of progressive less that of cpd, by an AUC of its own."""
    seeds = stored("cpd", "progressive")
    means = {
        name: [auc_per_label(one.predictions[name].truth, one.predictions[name].scores).mean() for one in seeds]
        for name in (FIRST, SECOND)
    }
    found = gap_difference(seeds, ())
    assert found.value == pytest.approx(np.mean(means[SECOND]) - np.mean(means[FIRST]), abs=1e-12)
    assert found.value < -0.1 and found.high < 0 and found.p_smaller < 1e-4 and found.p_larger > 0.999
    back = gap_difference(stored("progressive", "cpd"), ())
    assert (back.value, back.p_larger) == pytest.approx((-found.value, found.p_smaller))
    assert (back.low, back.high) == pytest.approx((-found.high, -found.low))


def test_against_real_images_it_is_the_gap():
    """A generator that is as good as real images has the gap 0: the difference is minus the other's gap."""
    found = gap_difference(stored("real", "progressive"), ())
    seeds = [
        SeedScores(one.seed, {"real": one.predictions[FIRST], "synthetic": one.predictions[SECOND]}, {})
        for one in stored("real", "progressive")
    ]
    joint = joint_aucs(seeds, ("real", "synthetic"), ())
    gap = joint.contrast((1.0, -1.0), joint.counted)
    interval = gap.interval(0.95)
    assert found.value == pytest.approx(-gap.over_both.mean)
    assert (found.low, found.high) == pytest.approx((-interval["high"], -interval["low"]))
    assert found.p_smaller == pytest.approx(gap.over_both.p_above(0.0))


def test_what_decides_nothing():
    assert gap_difference(stored("cpd", "progressive", SEEDS[:1]), ()).reason == "one training"
    same = gap_difference(stored("cpd", "cpd"), ())
    assert (same.value, same.reason, same.p_smaller) == (0.0, "the trainings do not differ", None)


def test_few_patients_decide_nothing():
    """15 patients with the finding give an interval and no verdict; 20 do."""

    def drawn(positive):
        random = np.random.default_rng(4)
        truth = (np.arange(80) < positive).astype(float)[:, None]
        names = np.arange(80).astype(str)
        return [
            SeedScores(
                seed,
                {name: Predictions(("Edema",), names, names, truth, truth + random.normal(size=(80, 1)))
                 for name in (FIRST, SECOND)},
                {},
            )
            for seed in range(4)
        ]  # fmt: skip

    few, enough = gap_difference(drawn(16), ()), gap_difference(drawn(30), ())
    assert few.reason == "too few test patients" and np.isfinite([few.low, few.high]).all() and few.p_smaller is None
    assert enough.reason == "" and 0 < enough.p_smaller < 1
