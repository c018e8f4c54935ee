"""Sliced Wasserstein distance as a metric: the mean over levels, its interval, and what is too small."""

import math

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from medgan_tf.metrics.fidelity.swd import swd
from medgan_tf.metrics.metric import Options, Sample


def sample(seed, blur=0.0, side=32, count=16):
    noise = np.random.default_rng(seed).standard_normal((count, side, side))
    smooth = gaussian_filter(128 + 300 * gaussian_filter(noise, (0, 2, 2)), (0, blur, blur))
    return Sample(np.clip(smooth, 0, 255).astype(np.uint8)[..., None])


def test_mean_over_the_levels_with_an_interval():
    steps = []
    found = swd(sample(1, count=100), sample(2, 1.5, count=100), Options(seed=3, step=steps.append))["swd"]
    assert list(found["levels"]) == ["32", "16"]
    assert found["value"] == pytest.approx((found["levels"]["32"] + found["levels"]["16"]) / 2)
    assert found["interval"][0] < found["value"] < found["interval"][1] < 1.5 * found["value"]
    same = swd(sample(1, count=100), sample(2, count=100), Options(seed=3))["swd"]
    assert found["interval"][0] > same["interval"][1]
    # Ten halves of the images, as each costs half of a whole distance.
    assert sum(step == "sliced Wasserstein distance of half of the images" for step in steps) == 10


def test_no_interval_from_few_images():
    found = swd(sample(1), sample(2), Options(seed=3))["swd"]
    assert found["reason"] == "too few for an interval (16; 100 needed)" and "interval" not in found


def test_quick_has_few_directions():
    pair = sample(1), sample(2, 1.5)
    values = swd.values(*pair, Options(seed=3))
    assert values == {"swd": pytest.approx(swd(*pair, Options(seed=3, bootstrap=2))["swd"]["value"], rel=0.2)}


@pytest.mark.parametrize("sizes", [{"side": 8}, {"count": 0}])
def test_small_or_no_images_are_undefined(sizes):
    found = swd(sample(1, **{"side": 16, **sizes}), sample(2, **{"side": 16, **sizes}), Options(seed=3))
    assert math.isnan(found["swd"]["value"])


def test_directions_and_patches_depend_on_the_seed_alone():
    pair = sample(1, side=16), sample(2, side=16)
    first, again, other = (swd(*pair, Options(seed, bootstrap=2))["swd"] for seed in (1, 1, 2))
    assert first == again and first["value"] != other["value"]
