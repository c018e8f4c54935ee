"""What is shown of a gap and its margin, from means whose intervals are known."""

import math

import pytest

from medgan_tf.evidence.utility.verdict import gap_verdict
from medgan_tf.metrics.seed_patient import SeedPatientMean

# Half width of the 90 % interval of five seeds: 2.132 * 0.01 / sqrt(5) = 0.0095.


@pytest.mark.parametrize(
    ("mean", "against", "finding"),
    [
        (0.0, "below", "equivalent"),
        (0.039, "below", "equivalent"),
        (0.042, "open", "open"),
        (0.058, "open", "open"),
        (0.061, "above", "worse"),
        (-0.045, "below", "open"),
        (-0.061, "below", "better"),
    ],
)
def test_findings(mean, against, finding):
    found = gap_verdict(SeedPatientMean(mean, 5, 0.01**2, 0.0), 0.05)
    assert (found["against"], found["finding"]) == (against, finding)
    assert (found["p_below"] < 0.05) == (against == "below") and (found["p_above"] < 0.05) == (against == "above")


def test_too_few_patients_decide_nothing():
    """Even where the interval would be below the margin; and of one training it is said that it is one."""
    found = gap_verdict(SeedPatientMean(0.0, 5, 0.01**2, 0.0), 0.05, enough=False)
    assert (found["against"], found["finding"]) == ("undefined", "too few patients")
    assert all(math.isnan(found[key]) for key in ("low", "high", "p_below", "p_above", "p_equivalent"))
    one = gap_verdict(SeedPatientMean(0.0, 1, float("nan"), 0.01**2), 0.05, enough=False)
    assert (one["against"], one["finding"]) == ("open", "one training")
