"""Combinations, severities and label states of the chest phantom."""

from collections import Counter

import numpy as np
import pytest

from medgan_tf.phantom.chest_findings import DEVICES, FINDINGS, NO_FINDING, draw_combination, draw_study


@pytest.fixture(scope="module")
def studies():
    rng = np.random.default_rng(5)
    combinations = [draw_combination(rng) for _ in range(4000)]
    return [(combination, draw_study(rng, combination)) for combination in combinations]


def test_a_few_combinations_are_frequent_and_the_tail_is_long(studies):
    shares = sorted((n / len(studies) for n in Counter(c for c, _ in studies).values()), reverse=True)
    assert sum(share > 0.07 for share in shares) == 6
    assert len(shares) > 120
    assert 0.2 < sum(share for share in shares if share < 0.03) < 0.5


def test_every_finding_and_every_state_occurs(studies):
    for finding in FINDINGS:
        states = {study.labels[finding] for _, study in studies}
        expected = {1.0, None} if finding == NO_FINDING else {1.0, 0.0, -1.0, None}
        assert states == expected, finding
    blank = np.mean([study.labels[finding] is None for _, study in studies for finding in FINDINGS])
    assert 0.6 < blank < 0.9


def test_no_finding_excludes_all_but_devices(studies):
    seen = 0
    for _, study in studies:
        if study.labels[NO_FINDING] == 1.0:
            named = {f for f in FINDINGS[1:] if study.labels[f] in (1.0, -1.0)}
            assert named <= {DEVICES} and set(study.severity) <= {DEVICES}
            seen += 1
        else:
            assert any(study.labels[f] in (1.0, -1.0) for f in FINDINGS[1:])
    assert seen > 400


def test_uncertain_signs_are_subtle_and_negative_ones_are_not_drawn(studies):
    absent = 0
    for _, study in studies:
        for finding, label in study.labels.items():
            severity = study.severity.get(finding)
            if label == 1.0 and finding != NO_FINDING:
                assert 0 < severity <= 1
            elif label == -1.0:
                absent += severity is None
                assert severity is None or severity < 0.45
            else:
                assert severity is None
    assert absent > 20


def test_effusion_goes_with_edema(studies):
    edema = np.array(["Edema" in c for c, _ in studies])
    effusion = np.array(["Pleural Effusion" in c for c, _ in studies])
    assert effusion[edema].mean() > 2 * effusion[~edema].mean()


def test_severity_runs_from_barely_visible_to_obvious(studies):
    values = np.array([v for _, study in studies for v in study.severity.values()])
    assert np.percentile(values, 5) < 0.2 and np.percentile(values, 95) > 0.85
