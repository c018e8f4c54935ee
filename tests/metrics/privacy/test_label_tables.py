"""Whether a table of labels was copied: equality, and how likely it is by luck."""

import numpy as np
import pytest
from scipy.stats import multinomial

from medgan_tf.metrics.privacy.label_tables import match_tables

VECTORS = np.array([[1, 0, 0], [0, 1, 0], [1, 1, 1]], np.float32)


def table(*numbers):
    return VECTORS[list(numbers)]


def test_rows_and_counts():
    real = table(0, 0, 1, 2)
    assert (match_tables(real, real.copy()).rows, match_tables(real, real.copy()).counts) == (True, True)
    shuffled = match_tables(real, table(2, 0, 1, 0))
    assert (shuffled.rows, shuffled.counts) == (False, True)
    for other in (table(0, 1, 1, 2), table(0, 0, 1), table(0, 0, 1, 2, 2)):
        assert not match_tables(real, other).rows and not match_tables(real, other).counts


def test_chance_of_equality_is_that_of_independent_draws():
    """2, 1 and 1 of 4: the rows have the probability 1/2 * 1/2 * 1/4 * 1/4 = 1/64, the counts 12 times as much."""
    found = match_tables(table(0, 0, 1, 2), table(0, 0, 1, 2))
    assert found.rows_by_luck == pytest.approx(1 / 64)
    assert found.counts_by_luck == pytest.approx(12 / 64)
    real = np.repeat(VECTORS, [500, 300, 200], axis=0)
    expected = multinomial(1000, [0.5, 0.3, 0.2]).pmf([500, 300, 200])
    assert match_tables(real, real).counts_by_luck == pytest.approx(expected, rel=1e-9)


def test_a_table_of_one_combination_is_always_the_same():
    real = np.repeat(VECTORS[:1], 50, axis=0)
    found = match_tables(real, real)
    assert (found.rows, found.rows_by_luck, found.counts_by_luck) == (True, 1.0, 1.0)


def test_a_combination_that_is_new_is_no_match():
    assert not match_tables(table(0, 0), table(1, 1)).counts
