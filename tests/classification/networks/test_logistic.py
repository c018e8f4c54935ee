"""Logistic regression against scikit-learn's, and the penalty towards an earlier solution against a general solver."""

import numpy as np
import pytest
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from medgan_tf.classification.networks.logistic import Regression, Solution, sigmoid, unfitted


@pytest.fixture(scope="module")
def data():
    random = np.random.default_rng(3)
    features = random.standard_normal((80, 5)) @ random.standard_normal((5, 5)) + 2
    labels = (features[:, :3] + random.logistic(size=(80, 3)) > 2).astype(np.float32)
    return features, labels


@pytest.mark.parametrize("penalty", [3.0, 0.1, 0.001])
def test_as_scikit_learn(data, penalty):
    features, labels = data
    first = unfitted(features, labels)
    found, _ = Regression(first, features, labels).solve(penalty)
    standard = (features - features.mean(axis=0)) / features.std(axis=0)
    for label in range(3):
        other = LogisticRegression(C=1 / (penalty * 80), tol=1e-8, max_iter=10_000).fit(standard, labels[:, label])
        np.testing.assert_allclose(found.weights[:, label], other.coef_[0], rtol=1e-3, atol=1e-4)
        np.testing.assert_allclose(found.offsets[label], other.intercept_[0], rtol=1e-3, atol=1e-4)
        np.testing.assert_allclose(
            found.probabilities(features)[:, label], other.predict_proba(standard)[:, 1], atol=1e-4
        )


def test_the_start_of_the_search_does_not_matter(data):
    features, labels = data
    path = Regression(unfitted(features, labels), features, labels)
    for penalty in (10.0, 1.0, 0.01):
        along, _ = path.solve(penalty)
    at_once, _ = Regression(unfitted(features, labels), features, labels).solve(0.01)
    np.testing.assert_allclose(along.weights, at_once.weights, atol=1e-4)


def test_the_penalty_draws_to_the_first_solution(data):
    """A general solver of the same objective, written down as in the docstring, gives the same."""
    features, labels = data
    first = Solution(np.ones(5), np.full(5, 2.0), np.arange(15.0).reshape(5, 3) / 10, np.zeros(3))
    standard, truth = (features - 1) / 2, labels[:, 1].astype(np.float64)

    def objective(values):
        logits = standard @ values[:5] + values[5]
        loss = np.mean(np.logaddexp(0, logits) - truth * logits)
        return loss + 0.2 / 2 * np.sum((values[:5] - first.weights[:, 1]) ** 2)

    expected = minimize(objective, np.zeros(6), method="BFGS", options={"gtol": 1e-9}).x
    found, loss = Regression(first, features, labels).solve(0.2)
    np.testing.assert_allclose([*found.weights[:, 1], found.offsets[1]], expected, atol=1e-3)
    assert found.mean is first.mean
    scores = sigmoid(standard @ found.weights + found.offsets)
    assert loss == pytest.approx(-np.mean(labels * np.log(scores) + (1 - labels) * np.log(1 - scores)), rel=1e-6)


def test_limits_of_the_penalty(data):
    """A large one leaves the first solution as it is, but for the offset; a small one forgets it."""
    features, labels = data
    first = Solution(features.mean(axis=0), features.std(axis=0), np.full((5, 3), 0.7), np.zeros(3))
    strong, _ = Regression(first, features, labels).solve(1e6)
    np.testing.assert_allclose(strong.weights, 0.7, atol=1e-5)
    weak, _ = Regression(first, features, labels).solve(1e-6)
    plain, _ = Regression(unfitted(features, labels), features, labels).solve(1e-6)
    np.testing.assert_allclose(weak.weights, plain.weights, rtol=0.02, atol=0.02)


def test_a_label_of_one_class_keeps_what_it_had(data):
    features, labels = data[0], data[1].copy()
    labels[:, 2] = 0
    first = unfitted(features, labels)
    assert first.offsets[2] == pytest.approx(np.log(0.5 / 79.5))
    found, _ = Regression(first, features, labels).solve(0.1)
    assert (found.weights[:, 2] == 0).all() and found.offsets[2] == first.offsets[2]
    assert np.abs(found.weights[:, 0]).max() > 0.1


def test_a_constant_feature_and_extreme_logits_are_finite():
    features, labels = np.ones((4, 2)), np.array([[0.0], [1.0], [1.0], [0.0]])
    features[:, 1] = [0, 1, 1, 0]
    found, _ = Regression(unfitted(features, labels), features, labels).solve(1e-4)
    assert np.isfinite(found.probabilities(features)).all() and found.weights[0, 0] == 0
    assert sigmoid(np.array([-1000.0, 0.0, 1000.0])).tolist() == [0.0, 0.5, 1.0]
