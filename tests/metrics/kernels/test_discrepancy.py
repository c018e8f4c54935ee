"""MMD against another implementation, by hand, and against brute force."""

import numpy as np
import pytest
from formula_features import formula_features

from medgan_tf.metrics.kernels import discrepancy as module
from medgan_tf.metrics.kernels import sums
from medgan_tf.metrics.kernels.discrepancy import discrepancy, no_difference_p, squared_discrepancy
from medgan_tf.metrics.kernels.sums import cubic_kernel, gaussian_kernel
from medgan_tf.metrics.streams import stream

FIRST, SECOND = formula_features(60, 8, 0.0), formula_features(50, 8, 0.25)


def linear(rows, columns):
    return rows @ columns.T


def test_equals_clean_fid():
    """clean-fid 0.1.35, one subset that is the whole of both sets."""
    assert squared_discrepancy(FIRST[:50], SECOND) == pytest.approx(0.023743438299394484, rel=1e-9)


def test_worked_by_hand():
    """k(x, y) = (xy + 1)^3 in one dimension: {0, 1} against {1, 1}: 1 + 8 - 2 (1 + 8) / 2 = 0; {0, 0}: 1 + 8 - 2."""
    assert squared_discrepancy(np.array([[0.0], [1.0]]), np.array([[1.0], [1.0]])) == pytest.approx(0.0, abs=1e-15)
    assert squared_discrepancy(np.array([[0.0], [0.0]]), np.array([[1.0], [1.0]])) == pytest.approx(7.0)


def test_gaussian_kernel_by_the_plain_formula():
    """exp(-|x - y|^2 / (2 s^2)) over all pairs, one by one."""

    def value(x, y):
        return np.exp(-np.sum((x - y) ** 2) / (2 * 0.7**2))

    within = [
        np.mean([value(x, y) for i, x in enumerate(one) for j, y in enumerate(one) if i != j])
        for one in (FIRST, SECOND)
    ]
    between = np.mean([value(x, y) for x in FIRST for y in SECOND])
    expected = sum(within) - 2 * between
    assert squared_discrepancy(FIRST, SECOND, gaussian_kernel(0.7)) == pytest.approx(expected, rel=1e-12)
    with pytest.raises(ValueError, match="bandwidth must be above 0"):
        gaussian_kernel(0.0)


def test_linear_kernel_has_a_closed_form():
    """|m1 - m2|^2 - tr(S1) / n - tr(S2) / m."""
    traces = [np.cov(one.T).trace() / len(one) for one in (FIRST, SECOND)]
    expected = np.square(FIRST.mean(axis=0) - SECOND.mean(axis=0)).sum() - sum(traces)
    assert squared_discrepancy(FIRST, SECOND, linear) == pytest.approx(expected, rel=1e-12)


def slow(first, second, units, others, same=()):
    """Patient by patient, in the words of the definition."""

    def mean(x, y):
        return cubic_kernel(x, y).mean()

    parts = [[x[u == n] for n in np.unique(u)] for x, u in ((first, units), (second, others))]
    within = [np.mean([mean(x, y) for i, x in enumerate(p) for j, y in enumerate(p) if i != j]) for p in parts]
    names = [np.unique(units).tolist(), np.unique(others).tolist()]
    pairs = [
        mean(x, y)
        for i, x in zip(names[0], parts[0], strict=True)
        for j, y in zip(names[1], parts[1], strict=True)
        if (i, j) not in same
    ]
    return sum(within) - 2 * np.mean(pairs)


@pytest.mark.parametrize("tile", [1, 7, 1024])
def test_only_pairs_of_different_patients(monkeypatch, tile):
    monkeypatch.setattr(sums, "_TILE", tile)
    random = np.random.default_rng(0)
    units, others = random.permutation(np.arange(60) % 17), random.permutation(np.arange(50) % 23)
    same = np.array([[3, 4], [5, 1], [16, 22]])
    expected = slow(FIRST, SECOND, units, others, set(map(tuple, same.tolist())))
    assert squared_discrepancy(FIRST, SECOND, units=(units, others), same=same) == pytest.approx(expected, rel=1e-9)
    # Copies of a patient's images change nothing; they would with pairs of all images.
    more = np.concatenate([FIRST, FIRST]), np.concatenate([units, units])
    twice = squared_discrepancy(more[0], SECOND, units=(more[1], others), same=same)
    assert twice == pytest.approx(expected, rel=1e-9)
    assert abs(squared_discrepancy(more[0], SECOND) - squared_discrepancy(FIRST, SECOND)) > 1e-3


def test_jackknife_leaves_out_patient_by_patient(monkeypatch):
    """By brute force, without the correction for pairs."""
    monkeypatch.setattr(module, "_corrected", lambda jackknife, second_order: jackknife)
    random = np.random.default_rng(0)
    units, others = random.permutation(np.arange(60) % 17), np.arange(50)
    same = np.array([[3, 4], [16, 22]])
    pairs = set(map(tuple, same.tolist()))
    found = discrepancy(FIRST, SECOND, units=(units, others), same=same)
    left = [
        [slow(FIRST[units != n], SECOND, units[units != n], others, pairs) for n in range(17)],
        [slow(FIRST, SECOND[others != n], units, others[others != n], pairs) for n in range(50)],
    ]
    variance = sum((len(one) - 1) * np.var(one) for one in left)
    assert found.standard_error == pytest.approx(np.sqrt(variance), rel=1e-9) and found.degrees == 16


def test_variance_at_no_difference_is_that_of_the_pairs():
    """Linear kernel, standard normal in D dimensions: Var = 2 D / (n (n-1)) + 2 D / (m (m-1)) + 4 D / (n m)."""
    random = np.random.default_rng(0)
    errors = [
        discrepancy(random.standard_normal((40, 6)), random.standard_normal((30, 6)), linear).standard_error
        for _ in range(200)
    ]
    expected = 6 * (2 / (40 * 39) + 2 / (30 * 29) + 4 / (40 * 30))
    # The bound from below keeps it a little on the safe side.
    assert expected < np.mean(np.square(errors)) < 1.35 * expected


def test_a_set_against_itself_is_0():
    same = np.stack([np.arange(60)] * 2, axis=1)
    assert squared_discrepancy(FIRST, FIRST, same=same) == pytest.approx(0.0, abs=1e-14)
    assert squared_discrepancy(FIRST, FIRST) < -0.01


def test_permutations_against_enumeration():
    """3 against 3 vectors on a line: of the 20 ways to part them, only that one and its mirror are as far apart."""
    first, second = np.array([[0.0], [0.1], [0.3]]), np.array([[2.0], [2.2], [2.1]])
    p = no_difference_p(first, second, cubic_kernel, stream(0, "permutations"), 4000)
    assert p == pytest.approx(2 / 20, abs=0.015)
    equal = np.array([[0.0], [1.0], [2.0]])
    assert no_difference_p(equal, equal, cubic_kernel, stream(0, "permutations"), 500) == pytest.approx(1.0, abs=0.35)


def test_one_vector_is_refused():
    with pytest.raises(ValueError, match="needs two vectors of each. Received: 1 and 50"):
        discrepancy(FIRST[:1], SECOND)
    with pytest.raises(ValueError, match="needs two vectors of each. Received: 1 and 50"):
        no_difference_p(FIRST[:1], SECOND, cubic_kernel, stream(0, "permutations"))
