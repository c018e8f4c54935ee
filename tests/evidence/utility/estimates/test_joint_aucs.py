"""Which labels are in the mean over labels, and from how many patients on there is an interval and a verdict."""

import math
from dataclasses import replace

import numpy as np
import pytest

from medgan_tf.evidence.utility.estimates.joint_aucs import joint_aucs
from medgan_tf.evidence.utility.verdict import gap_verdict
from medgan_tf.simulations.studies import Study, drawn

GAP = (1.0, -1.0)


def joint(positive, seeds=2):
    study = Study(positive, 100, images=1, seeds=seeds)
    return joint_aucs(drawn(study, np.random.default_rng(4)), ("real", "synthetic"), ())


def test_rare_labels_are_not_in_the_mean():
    found = joint((4, 5, 60, 1))
    assert found.counted.tolist() == [False, True, True, False]
    assert found.measured.tolist() == [True, True, True, False]
    assert found.fewer_patients().tolist() == [4, 5, 40, 1]
    mean = found.contrast(GAP, found.counted)
    assert mean.values == pytest.approx((found.values[0] - found.values[1])[:, 1:3].mean(axis=1))


def test_where_all_labels_are_rare_the_mean_has_a_value_and_no_interval():
    found = joint((3, 4))
    assert found.counted.all()
    mean = found.contrast(GAP, found.counted)
    assert np.isfinite(mean.values).all() and not mean.enough_patients
    assert math.isnan(mean.interval(0.95)["low"]) and math.isnan(mean.each_seed(0.95)[0]["high"])


@pytest.mark.parametrize(("patients", "interval", "verdict"), [(14, False, False), (15, True, False), (20, True, True)])
def test_patients_of_one_label(patients, interval, verdict):
    mean = joint((patients,)).contrast(GAP, np.array([True]))
    assert mean.degrees == pytest.approx(patients - 1)
    assert (mean.enough_patients, mean.enough_for_a_verdict) == (interval, verdict)
    assert math.isfinite(mean.interval(0.95)["low"]) == interval


def test_degrees_of_labels_add_up():
    """Two rare labels of the same number of patients are two labels: their patients are not the same."""
    found = joint((12, 12)).contrast(GAP, np.array([True, True]))
    assert 11 < found.degrees <= 22


def test_no_labels():
    found = joint((5,)).contrast(GAP, np.array([False]))
    assert np.isnan(found.values).all() and not found.enough_patients and math.isnan(found.over_both.interval()[0])


def test_all_ranked_rightly_has_the_exact_bound():
    """Thirty patients with the finding, both classifiers perfect: a true AUC of 0.05^(1/30) cannot be excluded."""
    study = Study((30,), 100, images=1, seeds=2)
    seeds = drawn(study, np.random.default_rng(4))
    perfect = [
        replace(entry, predictions={name: replace(one, scores=one.truth) for name, one in entry.predictions.items()})
        for entry in seeds
    ]
    mean = joint_aucs(perfect, ("real", "synthetic"), ()).contrast(GAP, np.array([True]))
    assert mean.values.tolist() == [0.0, 0.0] and mean.enough_for_a_verdict and mean.degrees == 29
    assert mean.over_both.interval(0.9) == pytest.approx((0.05 ** (1 / 30) - 1, 1 - 0.05 ** (1 / 30)))
    # Trainings that do not differ decide nothing.
    assert gap_verdict(mean.over_both, 0.2)["finding"] == "undefined"
