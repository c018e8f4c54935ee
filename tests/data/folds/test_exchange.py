import numpy as np

from medgan_tf.data.folds.demands import Demands
from medgan_tf.data.folds.exchange import Exchange, Limits
from medgan_tf.data.folds.profiles import find_profiles

NOTHING = Demands(np.zeros((2, 3), np.int64), np.zeros(3, np.int64), 2)


def test_limits_are_the_share_and_three_images_or_a_fortieth():
    limits = Limits(np.array([[900, 60, 40], [8, 1, 1]]), (0.8, 0.1, 0.1), NOTHING)
    assert limits.target.tolist() == [[800, 100, 100], [8, 1, 1]]
    assert limits.low.tolist() == [[780, 97, 97], [5, 0, 0]]
    assert limits.high.tolist() == [[820, 103, 103], [11, 4, 4]]


def test_what_is_asked_is_within_the_limits():
    demands = Demands(np.array([[0, 150, 0], [0, 0, 0]]), np.zeros(3, np.int64), 2)
    limits = Limits(np.array([[900, 60, 40], [8, 1, 1]]), (0.8, 0.1, 0.1), demands)
    # The 50 that validation has more, train has less.
    assert limits.target[0].tolist() == [750, 150, 100]
    assert limits.low[0].tolist() == [753, 150, 70] and limits.high[0].tolist() == [820, 150, 103]


def test_costs_are_those_of_the_moves():
    """The sums that are kept up to date are the differences of the cost, computed from the start."""
    rng = np.random.default_rng(0)
    patients, combination = rng.integers(0, 60, 200).astype(str), rng.integers(0, 6, 200)
    profiles = find_profiles(patients, combination, 6, 0)
    split = np.array([[len(group), 0, 0] for group in profiles.members])
    split[::3] = split[::3, [1, 0, 2]]
    split[1::3] = split[1::3, [1, 2, 0]]
    images = np.zeros((6, 3), np.int64)
    images[:4] = [20, 5, 4]
    demands = Demands(images, np.array([0, 30, 0]), 5)
    limits = Limits(profiles.count_images(split), (0.8, 0.1, 0.1), demands)
    exchange = Exchange(profiles, split, limits, demands)
    start = exchange.patients.copy()
    exchange.run()
    assert (exchange.patients != start).any()
    assert exchange.patients.sum(axis=0).tolist() == start.sum(axis=0).tolist()
    assert exchange.counts.tolist() == profiles.count_images(exchange.patients).tolist()
    assert _cost(exchange.counts, limits, demands) < _cost(profiles.count_images(start), limits, demands)
    here, there = 1, 0
    costs = exchange._cost_of_moving(here, there)
    for group in np.flatnonzero(exchange.patients[:, here]):
        moved = exchange.patients.copy()
        moved[group, [here, there]] += [-1, 1]
        before, after = (_cost(profiles.count_images(one), limits, demands) for one in (exchange.patients, moved))
        assert costs[group] == after - before


def _cost(counts, limits, demands):
    missing = np.maximum(demands.images - counts, 0).sum()
    missing += np.maximum(demands.totals - counts[: demands.used].sum(axis=0), 0).sum()
    return int((limits.weight * (counts - limits.target) ** 2).sum() + 10**10 * missing)
