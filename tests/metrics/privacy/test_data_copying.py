"""Training and held-out images compete for being the nearest: by hand, by enumeration, and on known mixtures."""

from itertools import combinations

import numpy as np
import pytest

from medgan_tf.metrics.privacy.authenticity import Places, RealPool
from medgan_tf.metrics.privacy.data_copying import Excess, clopper_pearson, training_excess
from medgan_tf.simulations.privacy.copies import world


def pool_of(trained, patients=None):
    count = len(trained)
    return RealPool(np.eye(count), np.arange(count) if patients is None else patients, np.array(trained, bool))


def placed(rows, trained):
    rows, zeros = np.array(rows), np.zeros(len(rows))
    return Places(rows, zeros, zeros, zeros, np.asarray(trained, float)[rows], zeros > 0)


def test_by_hand():
    trained = [1] * 30 + [0] * 20
    rows = [0, 1, 2, 3, 4, 30, 31, 5]
    counts = np.array([1, 1, 1, 1, 1, 1, 0, 0], bool)
    found = training_excess(placed(rows, trained), counts, pool_of(trained), np.zeros(50))
    # Six count, five of them at training images, 6 * 0.6 expected.
    assert (found.images, found.counted, found.trained) == (8, 6, 5)
    assert found.expected == pytest.approx(3.6) and found.chance == pytest.approx(0.6)
    assert found.value == pytest.approx((5 - 3.6) / 0.4 / 8)
    assert (found.patients, found.held_out_patients) == (30, 20)


def test_the_chance_is_that_of_the_label_combination():
    """20 of 40 in one, 60 of 80 in the other; a stratum that has no held-out image joins the smaller one."""
    trained = [1] * 20 + [0] * 20 + [1] * 60 + [0] * 20 + [1] * 5
    strata = np.repeat(["a", "b", "c"], [40, 80, 5])
    rows = [0, 1, 25, 50, 51, 110]
    found = training_excess(placed(rows, trained), np.ones(6, bool), pool_of(trained), strata)
    assert found.expected == pytest.approx(3 * 25 / 45 + 3 * 60 / 80)


def test_the_error_is_that_of_all_exchanges_of_patients():
    """All ways to choose 4 of 8 patients for the training set: the standard deviation of the value, and its mean 0."""
    rows = np.repeat(np.arange(8), [0, 1, 1, 2, 3, 3, 4, 6])
    values, errors = [], []
    for chosen in combinations(range(8), 4):
        trained = np.isin(np.arange(8), chosen)
        found = training_excess(placed(rows, trained), np.ones(20, bool), pool_of(trained), np.zeros(8))
        values.append(found.value)
        errors.append(found.error**2)
    assert np.mean(values) == pytest.approx(0, abs=1e-12)
    # On average the estimated variance is the true one, less a part of 1 / patients for the mean that is estimated too.
    assert 1 - 1 / 8 < np.mean(errors) / np.var(values) < 1.02


def test_equal_sets_leave_ties():
    """Held-out images that are the training images: every image is as near to both, and nothing is shown."""
    random = np.random.default_rng(0)
    real = random.normal(size=(60, 5))
    pool = RealPool(np.concatenate([real, real]), np.arange(120), np.arange(120) < 60)
    places = pool.place(real + 0.01 * random.normal(size=real.shape))
    assert (places.trained == 0.5).all()
    found = training_excess(places, np.ones(60, bool), pool, np.zeros(120))
    assert found.value == 0 and found.limits(0.95)[0] <= 0 <= found.limits(0.95)[1]


@pytest.mark.parametrize("patients", [(90, 30), (30, 90)])
def test_no_bias_without_a_leak_and_the_share_with_one(patients):
    """Unequal sets: the mean over worlds is 0 without a leak, and the planted share with one."""
    random, values = np.random.default_rng(4), {0.0: [], 0.2: []}
    for leak, kept in values.items():
        for _ in range(40):
            pool, released = world(random, patients, 100, leak)
            places = pool.place(released)
            kept.append([
                training_excess(places, counts, pool, np.zeros(len(pool))).value
                for counts in (places.relative < np.inf, places.relative < 1, places.relative < 0.3)
            ])  # fmt: skip
    for leak, kept in values.items():
        error = np.std(kept, axis=0) / np.sqrt(40)
        assert (np.abs(np.mean(kept, axis=0) - leak) < 3.5 * error + 1e-3).all()


def test_few_counted_images_have_exact_limits():
    """Nothing at held-out images: the upper limit is Clopper and Pearson's."""
    found = Excess(1000, 3, 3.0, 1.5, 0.003, 0.5, 0.0, 1.0, 500, 500)
    assert found.limits(0.95)[1] == pytest.approx(clopper_pearson(3, 1000, 0.95)[2])
    assert found.limits(0.95)[0] < 0.003 - (3 / 1000 - clopper_pearson(3, 1000, 0.95)[1])
    # A control of 50 patients says less than one of 500.
    assert found.rare_limits(0.95, 50)[0] < found.rare_limits(0.95, 500)[0]


def test_few_patients_have_the_wider_of_both_limits():
    """A standard error from 40 patients is known too badly to be used alone; 100 of each kind are enough."""
    few, many = (Excess(400, 200, 140.0, 150.0, -0.1, 0.75, 0.001, 2.0, 300, held_out) for held_out in (99, 100))
    assert few.limits(0.95) == pytest.approx(few.rare_limits(0.95))
    assert many.limits(0.95) == pytest.approx((-0.1 - 0.0016604, -0.1 + 0.0016604), abs=1e-6)
