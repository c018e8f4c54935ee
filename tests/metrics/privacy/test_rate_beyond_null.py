"""Members found beyond the null: a shift without a leak is not flagged, and exposed patients are."""

import numpy as np
import pytest
from scipy import stats

from medgan_tf.metrics.privacy.attack_rate import found_members
from medgan_tf.metrics.privacy.rate_beyond_null import BeyondNull, null_share


def test_the_binormal_curve_is_that_of_normal_scores():
    random = np.random.default_rng(0)
    members, others = 0.5 + 1.2 * random.normal(size=20_000), random.normal(size=20_000)
    found = null_share(members, others, 0.01)
    # P(0.5 + 1.2 z > 2.326)
    assert found.value == pytest.approx(stats.norm.sf((stats.norm.ppf(0.99) - 0.5) / 1.2), abs=4 * found.error)
    assert found.error < 0.002


def test_the_error_of_the_curve():
    random = np.random.default_rng(1)
    found = [null_share(random.normal(size=500), random.normal(size=500), 0.01) for _ in range(400)]
    values = np.array([one.value for one in found])
    assert values.mean() == pytest.approx(0.01, abs=0.001)
    assert np.mean([one.error for one in found]) == pytest.approx(values.std(), rel=0.2)


def test_a_heavy_tail_is_counted():
    """A null that finds 5 % of the members, whom no binormal curve shows."""
    random = np.random.default_rng(2)
    members = random.normal(size=4000)
    members[:200] = 9
    found = null_share(members, random.normal(size=4000), 0.01)
    assert found.value == found.counted == pytest.approx(0.06, abs=0.01)


def test_a_shift_is_not_flagged_and_exposed_patients_are():
    """200 repeats with 1,000 patients on each side; at 0.997, as one of 15 rows."""
    random, shifted, noticed, count = np.random.default_rng(3), 0, 0, 2000
    for _ in range(60):
        target, null = ([random.normal(size=count) + 0.5, random.normal(size=count)] for _ in range(2))
        raw = found_members(*target, 0.01)
        shifted += BeyondNull(raw, null_share(*null, 0.01)).leak().limits(0.95)[0] > 0.01
        members = random.normal(size=count)
        members[:60] += 9
        blind = null_share(random.normal(size=count), random.normal(size=count), 0.01)
        exposed = BeyondNull(found_members(members, random.normal(size=count), 0.01), blind)
        noticed += exposed.leak().limits(0.9967)[0] > 0.02
    assert shifted <= 6 and noticed >= 48
