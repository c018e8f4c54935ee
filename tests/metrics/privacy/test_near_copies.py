"""The share of near copies, by closed forms and by hand."""

import numpy as np
import pytest
from scipy.stats import binomtest

from medgan_tf.metrics.privacy.data_copying import Excess
from medgan_tf.metrics.privacy.near_copies import (
    Found,
    NearCopies,
    clean_images_needed,
    images_needed,
    noticed,
    quantile_below,
    search_threshold,
    smallest_noticed,
    worst_limits,
)


def search(images, trained, others=0, patients=4000, found=100, alarms=(0, 1000)):
    """As many training images as held-out ones."""
    excess = Excess(images, trained + others, trained, 0.0, (trained - others) / images, 0.5, 0.0, 1.0,
                    patients, patients)  # fmt: skip
    return NearCopies(excess, {"exact": Found(100, 100), "noised": Found(found, 100)}, alarms)


def test_the_numbers_of_the_rule_of_three():
    assert clean_images_needed(0.01, 0.95) == 299
    assert (1 - 0.05 ** (1 / 299), 1 - 0.05 ** (1 / 298)) < (0.01, 0.0101)
    assert clean_images_needed(0.05, 0.95) == 59


def test_nothing_suspected():
    """(1 - 0.05^(1/n)) divided by 0.05^(1/100), and never below what the held-out patients can show."""
    low, high = search(2000, 0).limits(0.95)
    assert high == pytest.approx((1 - 0.05 ** (1 / 2000)) / 0.05 ** (1 / 100)) and low < 0
    few = search(2000, 0, patients=245).limits(0.95)[1]
    assert few == pytest.approx(1 - 0.05 ** (1 / 245)) and few > 0.01
    assert images_needed(search(200, 0), 0.01, 0.95) == (308, 299)


def test_the_limit_is_divided_by_the_sensitivity_to_the_worst_disguise():
    upper = binomtest(20, 1000, alternative="less").proportion_ci(0.95).high
    least = binomtest(80, 100, alternative="greater").proportion_ci(0.95).low
    found = search(1000, 20, found=80)
    assert found.limits(0.95)[1] == pytest.approx(upper / least)
    assert found.value == pytest.approx(0.02 / 0.8)
    assert worst_limits(found.found, 0.95)[0] == pytest.approx(least)
    assert search(1000, 0, found=0).limits(0.95)[1] == 1


def test_a_leak_of_two_percent_breaks_one_percent_with_4000_images_and_not_with_400():
    assert search(4000, 80).limits(1 - 0.05 / 15)[0] > 0.01
    assert search(400, 8, patients=400).limits(1 - 0.05 / 15)[0] < 0.01
    assert search(400, 8, patients=400).limits(0.95)[1] > 0.01


def test_near_copies_of_held_out_images_are_no_false_alarms():
    """As many at held-out images as at training images, while real images are never suspected."""
    both = search(1000, 100, 100)
    assert both.alarms_too_often(0.95) and both.limits(0.95)[1] > 0.1
    known = search(1000, 100, 100, alarms=(200, 1000))
    assert not known.alarms_too_often(0.95) and known.limits(0.95)[1] < 0.05


def test_the_power_of_the_verdict():
    clean, random = search(4000, 0), np.random.default_rng(0)
    all_found = np.ones(100, bool)
    power = {share: noticed(clean, all_found, share, 0.01, 0.9975, random) for share in (0.001, 0.01, 0.02, 0.05)}
    assert power == {0.001: 0, 0.01: 0, 0.02: 1, 0.05: 1} and smallest_noticed(power) == 0.02
    none_found = noticed(clean, np.zeros(100, bool), 0.05, 0.01, 0.9975, random)
    assert none_found == 0 and smallest_noticed({0.05: none_found}) is None


def test_the_threshold_is_between_copies_and_other_patients():
    real = np.linspace(0.5, 1.5, 101)
    assert quantile_below(real, 0.01) == pytest.approx(0.51)
    assert search_threshold([np.full(50, 0.01), np.full(50, 0.04)], real, 0.01) == pytest.approx(np.sqrt(0.04 * 0.51))
    assert search_threshold([np.full(50, 0.9)], real, 0.01) == pytest.approx(0.51)
    assert search_threshold([np.zeros(50)], real, 0.01) == pytest.approx(0.1 * 0.51)
