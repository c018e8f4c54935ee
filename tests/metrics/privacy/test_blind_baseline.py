"""The blind baseline tells folds apart that differ, and guesses where they do not."""

import numpy as np
import pytest

from medgan_tf.metrics.auc import weighted_auc
from medgan_tf.metrics.privacy.attack_auc import FoldScores, attack_aucs
from medgan_tf.metrics.privacy.blind_baseline import blind_scores, plain_statistics


def test_statistics_by_hand():
    image = np.zeros((1, 16, 16, 1), np.uint8)
    image[0, :, :8] = 100
    found = plain_statistics(image)[0]
    blocks = found[:64].reshape(8, 8)
    assert (blocks[:, :4] == 100).all() and (blocks[:, 4:] == 0).all()
    # Quantiles, and one step of 100 among 15 in each row.
    assert found[64] == 0 and found[70] == 100 and found[-1] == pytest.approx(100 / 15)
    assert plain_statistics(np.zeros((2, 4, 4, 1), np.uint8)).shape == (2, 16 + 8)


@pytest.mark.parametrize(("shift", "low", "high"), [(0.0, 0.4, 0.6), (1.0, 0.75, 0.95)])
def test_folds_told_apart(shift, low, high):
    random = np.random.default_rng(0)
    members, others = random.normal(size=(200, 5)) + [shift, shift, 0, 0, 0], random.normal(size=(200, 5))
    folds = tuple(random.permutation(200) % 4 for _ in range(2))
    scores = blind_scores(members, others, folds)
    truth = np.repeat([1.0, 0.0], 200)
    assert low < weighted_auc(truth, np.concatenate(scores), np.ones((1, 400)))[0] < high


def test_images_without_any_difference_have_one_score():
    flat = np.ones((8, 3))
    assert (np.concatenate(blind_scores(flat, flat, (np.arange(8) % 2, np.arange(8) % 2))) == 0).all()


def test_the_error_of_a_cross_fitted_auc():
    """300 repeats without any difference; nominal 5 %. With the error of independent folds it is about 12 %."""
    random, once = np.random.default_rng(1), np.ones(1)
    above = {(): 0, (0,): 0}
    for _ in range(300):
        sides = [random.normal(size=(120, 6)) for _ in range(2)]
        folds = tuple(random.permutation(120) % 8 for _ in range(2))
        scores = [one[:, None] for one in blind_scores(*sides, folds)]
        for cross_fitted in above:
            found = attack_aucs(FoldScores(*scores, *folds), cross_fitted)
            above[cross_fitted] += found.limits(once, 0.0, 0.95)[0] > 0.5
    assert above[(0,)] / 300 <= 0.08 < above[()] / 300
