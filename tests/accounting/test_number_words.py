"""Numbers in words are rounded up, never down."""

import math

import pytest

from medgan_tf.accounting.guarantee import Charges, Guarantee
from medgan_tf.accounting.number_words import chance, factor_words, in_words, percent, rounded_up


@pytest.mark.parametrize(
    "value, words",
    [(3.0, "3"), (2.3821, "2.39"), (0.1 + 0.2, "0.3"), (1e-5, "1e-05"), (1 / 140_000, "7.15e-06"), (123.4, "124"),
     (1234.2, "1,240"), (0.0, "0"), (math.inf, "infinite")],
)  # fmt: skip
def test_three_digits(value, words):
    assert rounded_up(value) == words


@pytest.mark.parametrize(
    "share, words",
    [(0.01, "1 %"), (0.0271928, "2.72 %"), (0.2009554, "20.1 %"), (0.9502, "95.1 %"), (0.99995505, "99.9956 %"),
     (1 - 1e-9, "100 %"), (1.0, "100 %"), (0.0, "0 %")],
)  # fmt: skip
def test_shares(share, words):
    assert percent(share) == words


@pytest.mark.parametrize(
    "probability, words",
    [
        (1e-5, "1 in 100,000"),
        (1 / 140_000, "1 in 140,000"),
        (7.0e-6, "1 in 142,000"),
        (3e-3, "1 in 333"),
        (0.2, "20 %"),
    ],
)  # 1 / 7e-6 is 142,857
def test_small_probabilities(probability, words):
    assert chance(probability) == words


def test_factors_of_epsilon():
    assert [factor_words(epsilon) for epsilon in (0.0, 1.0, 10.0, 20.0, 800.0)] == [
        "1", "2.72", "22,100", "e^20", "e^800",
    ]  # fmt: skip


def test_no_text_promises_more_than_was_computed():
    for number in range(1, 2000):
        value = 1.0137**number * 1e-7
        assert float(rounded_up(value).replace(",", "")) >= value * (1 - 1e-8)
        assert float(percent(min(1.0, value)).removesuffix(" %").replace(",", "")) >= 100 * min(1.0, value) * (1 - 1e-8)


def test_a_guarantee_in_a_few_words():
    found = Guarantee(2.38201, 2.5972, 1e-5, "patient", 60_000, Charges(256 / 60_000, 1.1, 14_062), (), "PLD")
    assert in_words(found) == "epsilon 2.383 at delta 1e-05"
