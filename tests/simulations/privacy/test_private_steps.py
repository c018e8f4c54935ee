"""A wrong claim about a private training is contradicted by canaries in gradient space; a right one is not."""

import numpy as np
import pytest

from medgan_tf.accounting.calibration import noise_for
from medgan_tf.metrics.streams import stream
from medgan_tf.simulations.privacy import private_steps
from medgan_tf.simulations.privacy.private_steps import (
    CANARIES,
    CLAIM,
    DELTA,
    NOISE,
    OTHERS,
    PROBABILITY,
    RATE,
    RIGHT,
    SETTINGS,
    STEPS,
    Setting,
    bounds,
    patients,
    simulate,
    summed,
    trained,
)
from medgan_tf.simulations.row import ERROR, POWER, SUITE


def test_the_claim_is_the_accountants():
    assert noise_for(CLAIM, DELTA, PROBABILITY, STEPS) == NOISE


def test_right_noise_is_not_contradicted():
    """An error has a chance of 5 % at most: none of 12 is expected to be above, and two would be a surprise of 11 %."""
    assert (bounds(RIGHT, 12, stream(1, "right noise")) > CLAIM).sum() <= 1


@pytest.mark.parametrize("mistake", [Setting("a tenth of the noise", 0.1), SETTINGS[-1]], ids=lambda one: one.words)
def test_mistakes_are_caught(mistake):
    assert (bounds(mistake, 6, stream(2, mistake.words)) > 2 * CLAIM).all()


def test_weights_have_the_mean_and_variance_of_the_step():
    """The weight of a canary is the sum of its draws, and of the noise, over the expected batch."""
    inside = np.arange(CANARIES) % 2 == 0
    batch = PROBABILITY * (inside.sum() + OTHERS)
    scores = trained(RIGHT, inside, stream(3, "moments")) * batch / RATE
    # Draws of a member: binomial, 200 of 5 %. Noise: 200 times the variance of one step.
    noise = STEPS * NOISE**2
    spread = PROBABILITY * (1 - PROBABILITY) * STEPS
    assert scores[inside].mean() == pytest.approx(PROBABILITY * STEPS, abs=4 * np.sqrt((noise + spread) / 500))
    assert scores[~inside].mean() == pytest.approx(0, abs=4 * np.sqrt(noise / 500))
    assert scores[~inside].var() == pytest.approx(noise, rel=4 * np.sqrt(2 / 500))


def test_gradients_are_clipped_one_by_one():
    gradients = np.array([[3.0, 4.0], [0.3, 0.4], [0.0, 0.0]])
    np.testing.assert_allclose(summed(gradients, 1.0), [0.9, 1.2], rtol=1e-9)
    np.testing.assert_allclose(summed(gradients, np.inf), [3.3, 4.4])


def test_canaries_have_a_coordinate_each():
    images = patients(np.arange(CANARIES) < 3, stream(4, "patients"))
    assert images.shape == (3 + OTHERS, CANARIES + private_steps.SIZE)
    np.testing.assert_array_equal(images[:3, :3], 10 * np.eye(3))
    assert not images[3:, :CANARIES].any()


def test_rows():
    rows = simulate(2, 5, [RIGHT, SETTINGS[3]])
    assert [row.what for row in rows] == [ERROR, POWER]
    assert rows[0].holds(SUITE)
    assert rows[1].rate == 1
