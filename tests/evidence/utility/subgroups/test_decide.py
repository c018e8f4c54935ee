"""Findings on groups where the p-values are known: signs of differences, and Holm's correction."""

from dataclasses import dataclass

import numpy as np
import pytest
from scipy import stats

from medgan_tf.evidence.utility.subgroups.decide import change_findings, change_tests, gap_findings, gap_tests
from medgan_tf.metrics.seed_patient import SeedPatientMean

SPREAD = 0.01


@dataclass
class Known:
    """A contrast of five trainings whose patients add no error: its tests are Student's."""

    mean: float
    seeds: int = 5
    fewest_of_a_verdict: int = 20

    @property
    def values(self):
        return np.full(self.seeds, self.mean)

    @property
    def over_both(self):
        return SeedPatientMean(self.mean, self.seeds, SPREAD**2, 0.0)


def p_above(mean, limit=0.0):
    return stats.t.sf((mean - limit) / (SPREAD / 5**0.5), 4)


def changed(real, synthetic, worth=40, margin=0.05, seeds=5):
    entry = {
        "groups": ["F", "M"],
        "change": {"mean": synthetic - real},
        "verdict": change_tests(Known(synthetic - real, seeds), Known(synthetic + real, seeds), worth, margin),
    }
    change_findings([entry])
    return entry["verdict"]


@pytest.mark.parametrize(
    ("real", "synthetic", "finding", "answer", "more"),
    [
        (0.1, 0.2, "widened", "shown", "M"),
        (-0.1, -0.2, "widened", "shown", "F"),
        # The other way round, and larger.
        (0.05, -0.2, "widened", "shown", "F"),
        (0.15, 0.06, "narrowed", "refuted", "F"),
        # The other way round, and smaller.
        (0.15, -0.06, "narrowed", "refuted", "F"),
        (0.1, 0.1, "below margin", "refuted", None),
        # Of the same size in both directions: neither.
        (0.1, -0.1, "open", "undecided", "F"),
        (0.1, 0.13, "widened", "shown", "M"),
    ],
)
def test_the_size_of_a_difference(real, synthetic, finding, answer, more):
    verdict = changed(real, synthetic)
    assert (verdict["finding"], verdict["answer"], verdict["loses_more"]) == (finding, answer, more)


def test_widened_by_less_than_the_margin_is_both():
    assert changed(0.1, 0.13)["within_margin"] and not changed(0.1, 0.2)["within_margin"]


def test_p_values_by_hand():
    p = changed(0.02, 0.04)["p"]
    assert p["widened"] == pytest.approx(2 * max(p_above(0.02), p_above(0.06)))
    assert p["narrowed"] == pytest.approx(1.0)
    assert p["below margin"] == pytest.approx(p_above(0.05 - 0.02))
    assert p["unequal"] == pytest.approx(2 * p_above(0.02))
    gap = gap_tests(Known(0.07), 40, 0.05)["p"]
    assert gap["worse"] == pytest.approx(p_above(0.07, 0.05))
    assert gap["equivalent"] == pytest.approx(1 - p_above(0.07, 0.05)) and gap["better"] > 0.999


def test_findings_are_corrected_for_the_number_of_groups():
    """A p-value of 0.03 is a finding alone, and none beside a second one: 2 * 0.03 > 0.05."""
    t = stats.t.isf(0.03, 4) * SPREAD / 5**0.5
    one, two = ([gap_tests(Known(0.05 + t), 40, 0.05) for _ in range(count)] for count in (1, 2))
    for verdicts in (one, two):
        gap_findings(verdicts)
    assert (one[0]["finding"], two[0]["finding"]) == ("worse", "open")
    assert two[1]["p_holm"]["worse"] == pytest.approx(0.06)
    # One without enough patients is not counted.
    few = [gap_tests(Known(0.05 + t), 40, 0.05), gap_tests(Known(0.5), 19, 0.05)]
    gap_findings(few)
    assert [verdict["finding"] for verdict in few] == ["worse", "too few patients"]
    assert few[1]["missing_patients"] == 1 and np.isnan(few[1]["p"]["worse"])


def test_what_cannot_be_decided():
    assert changed(0.1, 0.3, worth=19)["finding"] == "too few patients"
    assert changed(0.1, 0.3, worth=19)["answer"] == "undecided" and changed(0.1, 0.3, worth=19)["loses_more"] is None
    assert changed(0.1, 0.3, seeds=1)["finding"] == "one training"
