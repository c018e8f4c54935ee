"""The bound on tests of membership, against the best test of a mechanism that uses up epsilon and delta entirely."""

import math

import pytest

from medgan_tf.accounting.trade_off import factor, most_found, most_right


def worst_pair(epsilon, delta):
    """Probabilities of four outcomes with and without the member, which no (epsilon, delta) mechanism exceeds
    (Kairouz, Oh, Viswanath 2015): for certain, likely, unlikely, never."""
    likely, unlikely = (1 - delta) * math.exp(epsilon) / (1 + math.exp(epsilon)), (1 - delta) / (1 + math.exp(epsilon))
    return [delta, likely, unlikely, 0.0], [0.0, unlikely, likely, delta]


def best_test(false_alarms, inside, outside):
    """Neyman and Pearson: outcomes by likelihood ratio, the last one at random, until the false alarms are used up."""
    found, left = 0.0, false_alarms
    for member, other in sorted(zip(inside, outside, strict=True), key=lambda pair: -pair[0] / (pair[1] or 1e-300)):
        share = 1.0 if other == 0 else min(1.0, left / other)
        found, left = found + share * member, left - share * other
    return found


@pytest.mark.parametrize("epsilon", [0.0, 0.3, 1.0, 3.0, 10.0])
@pytest.mark.parametrize("delta", [0.0, 1e-5, 0.05])
@pytest.mark.parametrize("false_alarms", [0.0, 0.001, 0.01, 0.1, 0.5, 1.0])
def test_the_bound_is_reached_and_not_exceeded(epsilon, delta, false_alarms):
    best = best_test(false_alarms, *worst_pair(epsilon, delta))
    assert most_found(false_alarms, epsilon, delta) == pytest.approx(best, abs=1e-12)


def test_values_by_hand():
    assert most_found(0.01, 0.0, 0.0) == 0.01  # guessing
    assert most_found(0.01, 1.0, 1e-5) == pytest.approx(math.e / 100 + 1e-5)
    assert most_found(0.01, 10.0, 1e-5) == pytest.approx(1 - math.exp(-10) * (0.99 - 1e-5))
    assert most_found(0.01, math.inf, 1e-5) == 1.0 and most_found(0.01, 800.0, 1e-5) == 1.0
    assert factor(800.0) == math.inf


@pytest.mark.parametrize("epsilon, delta", [(0.0, 0.0), (1.0, 1e-5), (3.0, 0.01)])
def test_the_coin(epsilon, delta):
    """The best guess of a fair coin: the outcome says which side is more likely."""
    best = sum(max(pair) for pair in zip(*worst_pair(epsilon, delta), strict=True)) / 2
    assert most_right(epsilon, delta) == pytest.approx(best)
    assert most_right(math.inf, delta) == 1.0 == most_right(800.0, 0.0)


@pytest.mark.parametrize("values", [(-0.1, 1, 0), (0.1, -1, 0), (0.1, 1, 2), (0.1, math.nan, 0)])
def test_other_numbers_are_refused(values):
    with pytest.raises(ValueError, match="expected false_alarms and delta in 0..1 and epsilon of 0 or more"):
        most_found(*values)
