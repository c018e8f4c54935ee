"""AUCs of an attack and its null: DeLong's error, by folds, and the error of the difference."""

import numpy as np
import pytest

from medgan_tf.metrics.clustered_auc import clustered_aucs
from medgan_tf.metrics.privacy.attack_auc import FoldScores, attack_aucs, auc_leak


def _scores(random, count, leak=0.0, shift=0.0, alike=0.5):
    """Scores [count, 3] of members and others; target and null share a part."""
    sides = []
    for side in (1, 0):
        shared = random.normal(size=(count, 1))
        own = np.sqrt(alike) * shared + np.sqrt(1 - alike) * random.normal(size=(count, 3))
        own[:, 1] = own[:, 0]
        sides.append(own + side * (shift + leak * np.array([1, 1, 0])))
    folds = [random.permutation(count) % 4 for _ in sides]
    return FoldScores(*sides, *folds)


def test_one_fold_is_delongs_auc():
    random = np.random.default_rng(0)
    scores = _scores(random, 30)
    one = FoldScores(scores.members, scores.non_members, np.zeros(30), np.zeros(30))
    found = attack_aucs(one)
    both = np.concatenate([scores.members, scores.non_members])
    expected = clustered_aucs(np.repeat([[1.0] * 3, [0.0] * 3], 30, axis=0), both, np.arange(60).astype(str))
    np.testing.assert_allclose(found.values, expected.values)
    np.testing.assert_allclose(found.covariance, expected.covariance)


def test_folds_are_not_compared_with_each_other():
    """Within each fold all members are above; between folds they are not."""
    members, others = np.repeat([[1.0], [11]], 5, axis=0), np.repeat([[0.0], [10]], 5, axis=0)
    folds = np.repeat([0, 1], 5)
    assert attack_aucs(FoldScores(members, others, folds, folds)).values[0] == 1
    with pytest.raises(ValueError, match="no fold has two members"):
        attack_aucs(FoldScores(members, others, np.arange(10), np.arange(10)))


def test_an_auc_of_one_is_not_certain():
    members, others = np.arange(20.0)[:, None] + 100, np.arange(20.0)[:, None]
    found = attack_aucs(FoldScores(members, others, np.zeros(20), np.zeros(20)))
    assert 0.9 < found.limits(np.ones(1), 0.0, 0.95)[0] < 1


def test_errors_without_a_leak_and_with_a_shift():
    """300 repeats, nominal 5 % on each side; the shift alone is above one half, and not beyond the null."""
    random, errors, flagged = np.random.default_rng(1), np.zeros(4), 0
    for _ in range(300):
        leak = auc_leak(attack_aucs(_scores(random, 60)))
        raw, beyond = leak.raw_limits(0.95), leak.beyond_limits(0.95)
        errors += [raw[0] > 0.5, raw[1] < 0.5, beyond[0] > 0.5, beyond[1] < 0.5]
        flagged += auc_leak(attack_aucs(_scores(random, 60, shift=1.0))).limits(0.95)[0] > 0.5
    assert (errors / 300 <= 0.09).all() and errors.sum() / 300 > 0.08
    assert flagged / 300 <= 0.09


def test_a_leak_is_shown():
    leak = auc_leak(attack_aucs(_scores(np.random.default_rng(2), 400, leak=1.0)))
    # Normal scores one deviation apart: Phi(1 / sqrt(2)).
    assert leak.raw == pytest.approx(0.760, abs=0.03) and leak.beyond == pytest.approx(0.760, abs=0.05)
    assert leak.limits(0.99)[0] > 0.65 and not leak.null_differs
    assert auc_leak(attack_aucs(_scores(np.random.default_rng(2), 400, shift=1.0))).null_differs
