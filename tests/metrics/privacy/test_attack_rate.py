"""The share of members found: unbiased without a leak, limits that enumeration and simulation confirm."""

from math import comb

import numpy as np
import pytest
from scipy import stats

from medgan_tf.metrics.privacy.attack_rate import fewest_non_members, found_members


def test_the_value_by_hand():
    # 199 non-members: 1 % of 200 is the second highest, 198. Members above it: 199.5 and 300, and a tie counts half.
    non_members = np.arange(1.0, 200)
    members = np.array([300.0, 199.5, 198, 5])
    assert found_members(members, non_members, 0.01).value == pytest.approx(2.5 / 4)
    # 249 non-members: 1 % of 250 is 2.5, between the second highest, 248, and the third, 247.
    found = found_members(np.array([248.5, 247.5, 0, 0]), np.arange(1.0, 250), 0.01)
    assert found.value == pytest.approx((0.25 + 0.5) / 2)


def test_equal_scores_are_in_random_order():
    """An attack that gives everybody one score, or one of two, finds as many as guessing does."""
    random = np.random.default_rng(0)
    assert found_members(np.zeros(500), np.zeros(1500), 0.01).value == pytest.approx(0.01)
    coins = [found_members(*(random.integers(0, 2, n) for n in (500, 1500)), 0.01) for _ in range(20)]
    assert np.mean([one.value for one in coins]) == pytest.approx(0.01, abs=0.001)
    assert all(one.limits(0.95)[0] < 0.01 < one.limits(0.95)[1] for one in coins)


@pytest.mark.parametrize("non_members", [100, 150, 999])
def test_guessing_shows_the_rate_that_is_asked_for(non_members):
    """With 100 others, a threshold among the scored ones showed 1.85 %."""
    random = np.random.default_rng(0)
    values = [found_members(random.normal(size=400), random.normal(size=non_members), 0.01).value for _ in range(3000)]
    assert np.mean(values) == pytest.approx(0.01, abs=4 * np.std(values) / np.sqrt(3000))
    assert 4 * np.std(values) / np.sqrt(3000) < 0.0012


def test_limits_without_a_leak_are_exact():
    """The members above the k-th highest non-member have the negative hypergeometric distribution."""
    members, non_members, rate = 40, 99, 0.1
    found = found_members(np.arange(60.0, 100), np.arange(non_members) * 0.5, rate)
    above = found.full[1]
    assert above == 10
    # The chance of at most x members above, when all are in random order: how the x + k highest can be filled.
    chances = [
        comb(x + above - 1, x)
        * comb(members - x + non_members - above, members - x)
        / comb(members + non_members, members)
        for x in range(members + 1)
    ]
    assert sum(chances) == pytest.approx(1)
    for x in (0, 2, 8):
        members_above = np.r_[np.full(x, 1e3), np.full(members - x, -1e3)]
        at_most = sum(chances[: x + 1])
        # As few members have just that chance when the truth is the rate. So the upper limit is the rate; the limits
        # allow for other curves, and are a little wider.
        upper = found_members(members_above, np.arange(non_members) * 0.5, rate).limits(1 - at_most)[1]
        assert rate <= upper < 1.35 * rate
    nothing = found_members(np.full(members, -1e3), np.arange(non_members) * 0.5, rate)
    assert nothing.limits(0.95)[0] == 0


def test_many_non_members_give_clopper_and_pearsons_limits():
    """With a threshold that is as good as known only the members' own chance is left."""
    members, count = np.r_[np.full(70, 10.0), np.full(930, -10.0)], 400_000
    low, high = found_members(members, np.linspace(-5, 5, count), 0.01).limits(0.95)
    assert low == pytest.approx(stats.beta.ppf(0.05, 70, 931), rel=0.01)
    assert high == pytest.approx(stats.beta.ppf(0.95, 71, 930), rel=0.01)


def test_limits_keep_their_error():
    """300 repeats with 3 % exposed patients, and without a leak; nominal 5 %."""
    random, errors = np.random.default_rng(3), np.zeros(4)
    truth = 0.03 + 0.97 * 0.01
    for _ in range(300):
        exposed = random.random(1000) < 0.03
        leaking = found_members(random.normal(size=1000) + 9 * exposed, random.normal(size=1000), 0.01)
        clean = found_members(random.normal(size=1000), random.normal(size=1000), 0.01)
        errors += [
            leaking.limits(0.95)[0] > truth, leaking.limits(0.95)[1] < truth,
            clean.limits(0.95)[0] > 0.01, clean.limits(0.95)[1] < 0.01,
        ]  # fmt: skip
    assert (errors / 300 <= 0.09).all()


def test_non_members_that_are_needed():
    assert (fewest_non_members(0.01), fewest_non_members(0.001)) == (1000, 10_000)
