"""Bounds against closed forms and an enumeration of all coins."""

import itertools
import math

import numpy as np
import pytest

from medgan_tf.metrics.privacy.one_run_epsilon import (
    audited_epsilon,
    ceiling,
    epsilon_bound,
    fewest_canaries,
    p_value,
    right_guesses,
)


def test_all_guesses_right_has_a_closed_form():
    # q^m = 0.05, epsilon = log(q / (1 - q)).
    for canaries, expected in ((100, 3.5), (200, 4.2), (679, 5.4), (1_000, 5.8), (10_000, 8.1)):
        share = 0.05 ** (1 / canaries)
        assert ceiling(canaries) == pytest.approx(math.log(share / (1 - share)), abs=1e-6)
        assert round(ceiling(canaries), 1) == expected
    assert ceiling(100, 90) == pytest.approx(ceiling(90), abs=1e-9) and ceiling(100, 90) < ceiling(100)


def test_a_claim_of_ten_needs_66_thousand_canaries():
    needed = fewest_canaries(10.0)
    assert needed == 65_987
    assert ceiling(needed - 1) < 10 <= ceiling(needed) + 1e-9
    # A delta that is not far below 1 / canaries lowers the ceiling.
    assert ceiling(needed, delta=1e-5) < 8.2


def test_a_p_value_by_enumeration():
    # Randomised response with q = 0.75 for each of 6 coins; at least 5 of 6 right.
    share = 0.75
    expected = sum(
        math.prod(share if right else 1 - share for right in row)
        for row in itertools.product((True, False), repeat=6)
        if sum(row) >= 5
    )
    assert p_value(6, 6, 5, math.log(3.0)) == pytest.approx(expected)
    # alpha by hand: v = 5, so P[4], P[3..4] / 2, ... of Bin(6, 0.75): 0.2966, 0.4284 / 2, ...: the first is largest.
    fourth = math.comb(6, 4) * share**4 * (1 - share) ** 2
    assert p_value(6, 6, 5, math.log(3.0), 0.01) == pytest.approx(expected + 2 * 6 * 0.01 * fourth)
    # More canaries than guesses count in the part of delta only.
    assert p_value(60, 6, 5, math.log(3.0), 0.01) == pytest.approx(min(1, expected + 2 * 60 * 0.01 * fourth))
    assert p_value(60, 6, 5, math.log(3.0)) == pytest.approx(expected)


def test_alpha_by_hand():
    # v = 1 of Bin(2, 0.5): alpha = P[0] = 0.25. v = 2: max(P[1], (P[0] + P[1]) / 2) = max(0.5, 0.375).
    assert p_value(2, 2, 1, 0.0, 0.01) == pytest.approx(0.75 + 4 * 0.01 * 0.25)
    assert p_value(2, 2, 2, 0.0, 0.01) == pytest.approx(0.25 + 4 * 0.01 * 0.5)
    pmf = [math.comb(10, k) * 0.9**k * 0.1 ** (10 - k) for k in range(11)]
    sums = [sum(pmf[10 - i : 10]) / i for i in range(1, 11)]
    assert p_value(10, 10, 10, math.log(9.0), 1e-3) == pytest.approx(pmf[10] + 2 * 10 * 1e-3 * max(sums))


def test_the_bound_is_where_the_p_value_is_five_percent():
    for canaries, guesses, right, delta in ((100, 100, 80, 0.0), (1000, 50, 45, 1e-5), (1000, 900, 700, 1e-5)):
        bound = epsilon_bound(canaries, guesses, right, delta)
        assert p_value(canaries, guesses, right, bound, delta) == pytest.approx(0.05, abs=1e-6)
        assert p_value(canaries, guesses, right, bound + 0.01, delta) > 0.05
    assert epsilon_bound(100, 100, 50) == 0.0
    assert epsilon_bound(100, 100, 80, confidence=0.99) < epsilon_bound(100, 100, 80)
    # The claim's delta alone can make so many right guesses: nothing is refuted.
    assert epsilon_bound(1000, 10, 10, delta=0.01) == 0.0


def test_guesses_are_the_highest_and_the_lowest():
    scores = np.array([5.0, 1.0, 3.0, 4.0, 2.0, 0.0])
    inside = np.array([True, False, False, False, True, True])
    # In: 5 (right) and 4 (wrong); out: 0 (wrong) and 1 (right).
    assert right_guesses(scores, inside, 4) == 2
    assert right_guesses(scores, inside, 2) == 1


def test_the_order_of_equal_scores_tells_nothing():
    inside = np.arange(1000) < 500
    right = [right_guesses(np.zeros(1000), inside, 1000, seed) for seed in range(5)]
    # Each is hypergeometric with sd 15.8; in the order given it would be 1000 or 0.
    assert all(abs(count - 500) < 80 for count in right) and len(set(right)) > 1


def test_bonferroni_and_the_ceiling_beside_it():
    inside = np.arange(200) < 100
    perfect = audited_epsilon(np.where(inside, 1.0, 0.0), inside)
    assert (perfect.guesses, perfect.right, perfect.tried) == (180, 180, 2)
    share = 0.025 ** (1 / 180)
    assert perfect.bound == perfect.ceiling == pytest.approx(math.log(share / (1 - share)), abs=1e-6)
    one = audited_epsilon(np.where(inside, 1.0, 0.0), inside, shares=(0.9,))
    assert one.bound > perfect.bound and one.tried == 1
    # Twenty stand out: the few guesses show them, the many do not.
    few = audited_epsilon(np.where(np.arange(200) % 10 == 0, inside * 2.0 - 1, 0.0), inside, seed=3)
    share = 0.025 ** (1 / 20)
    assert (few.guesses, few.right) == (20, 20) and few.ceiling == pytest.approx(perfect.ceiling)
    assert few.bound == pytest.approx(math.log(share / (1 - share)), abs=1e-6)


def test_wrong_input():
    with pytest.raises(ValueError, match="at least 20"):
        audited_epsilon(np.zeros(19), np.zeros(19, bool))
    with pytest.raises(ValueError, match="finite"):
        audited_epsilon(np.full(30, np.nan), np.zeros(30, bool))
    with pytest.raises(ValueError, match="right <= guesses"):
        p_value(10, 5, 6, 1.0)
