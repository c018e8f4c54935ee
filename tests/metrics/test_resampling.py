"""Intervals cover what they should; the extrapolation removes a bias of order 1/n."""

import numpy as np
import pytest

from medgan_tf.metrics.frechet import frechet_distance_of
from medgan_tf.metrics.resampling import bootstrap_interval, extrapolate, mean_interval
from medgan_tf.metrics.streams import stream


def test_interval_of_a_mean_has_the_textbook_width():
    sample = np.random.default_rng(0).standard_normal(400)
    half = 1.96 * sample.std() / 20
    low, high = bootstrap_interval(sample.mean(), np.mean, [sample], stream(0, "resamples"), replicates=2000)
    assert (low, high) == pytest.approx((sample.mean() - half, sample.mean() + half), abs=0.1 * half)
    low, high = mean_interval(sample.mean(), [sample], stream(0, "resamples"), replicates=4000)
    assert (low, high) == pytest.approx((sample.mean() - half, sample.mean() + half), abs=0.15 * half)


def test_two_independent_parts_add_their_variances():
    random = np.random.default_rng(0)
    parts = [random.standard_normal(300), 2 * random.standard_normal(600)]
    low, high = mean_interval(5.0, parts, stream(0, "resamples"), replicates=4000)
    width = 2 * 1.96 * np.sqrt(parts[0].var() / 300 + parts[1].var() / 600)
    assert high - low == pytest.approx(width, rel=0.1)
    assert (low + high) / 2 == pytest.approx(5.0, abs=0.02)


def test_extrapolation_of_an_exact_line():
    assert extrapolate(lambda rows: 3.0 + 7.0 / len(rows), [np.zeros(200)], 50, stream(0, "sets")) == pytest.approx(3.0)


def test_fid_of_equal_distributions_extrapolates_to_zero():
    random = np.random.default_rng(2)
    first, second = random.standard_normal((2, 3000, 16))
    at_n = frechet_distance_of(first, second)
    assert at_n > 0.02
    assert abs(extrapolate(frechet_distance_of, [first, second], 300, stream(0, "sets"), points=20)) < 0.5 * at_n


def test_too_few_images_for_a_line():
    assert np.isnan(extrapolate(lambda rows: 1.0, [np.zeros(50)], 50, stream(0, "sets")))
