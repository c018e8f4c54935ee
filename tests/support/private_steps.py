"""In place of the private step: a few sums, quickly traced, and a journal of what each draw served for.

The new weights are a function of the old ones and of all seeds, so that other noise or another order shows.
"""

import hashlib
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from medgan_tf.gans.gan import ConditionalGan
from medgan_tf.gans.running_means import RunningMeans

NAMES = ("loss_d", "loss_g", "score_fake", "gradients_g", "gradients_d")


class QuickSteps:
    """As `gans.private.step.PrivateTraining`.

    Args:
        gan: The GAN.
        journal: Gets for each step its seeds as bytes, and a digest of the weights before it.
    """

    metric_names = NAMES
    variables: list[tf.Variable] = []

    def __init__(self, gan: ConditionalGan, terms, journal: Callable[[bytes, str], None]):
        self.gan, self.terms, self.journal = gan, terms, journal

    def step_of(self, run):
        return run(self.train_step)

    def train_step(self, seeds):
        gan = self.gan
        weights = [gan.generator.trainable_variables[0], gan.discriminator.trainable_variables[0]]
        digest = [tf.numpy_function(self._note, [seeds, *map(tf.convert_to_tensor, weights)], tf.int64)]
        with tf.control_dependencies(digest):
            for weight in weights:
                noise = tf.random.stateless_normal(weight.shape, tf.reduce_sum(seeds[0], axis=0))
                rate = gan.discriminator_optimizer.learning_rate
                weight.assign(0.9 * tf.convert_to_tensor(weight) + rate * noise)
            gan.update_average()
            gan.images_seen.assign_add(self.terms.expected_batch)
        value = tf.reduce_mean(tf.abs(tf.convert_to_tensor(weights[0])))
        gan.running_means.add([{**dict.fromkeys(NAMES, value), "due": tf.constant(1.0)}])
        return {"loss_d": value[None], "loss_g": value[None]}

    def _note(self, seeds, *weights):
        self.journal(seeds.tobytes(), hashlib.sha256(b"".join(one.tobytes() for one in weights)).hexdigest())
        return np.int64(0)


def install(patch, journal: Callable[[bytes, str], None]) -> None:
    """All private trainings take quick steps from now on. `patch` has `setattr`."""

    def prepare(self, terms, patients):
        self.private = QuickSteps(self, terms, journal)
        self.metric_names = NAMES
        self.running_means = RunningMeans(NAMES)

    patch.setattr(ConditionalGan, "prepare_private", prepare)


def check_used_once(*journals: list[tuple[bytes, str]]) -> int:
    """No seeds served for two different states. Returns how many there were."""
    used: dict[bytes, str] = {}
    for seeds, weights in (step for steps in journals for step in steps):
        assert used.setdefault(seeds, weights) == weights, "equal noise at other weights cancels by subtraction"
    return len(used)


def check_charged(charged: int, *journals: list[tuple[bytes, str]]) -> None:
    """Every draw that ever served is charged."""
    used = len({seeds for steps in journals for seeds, _ in steps})
    assert used <= charged, f"{used} draws served, and {charged} are charged"
