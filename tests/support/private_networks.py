"""Tiny GANs in private training, and the data and seeds for them."""

import keras
import numpy as np
import tensorflow as tf
from small_settings import SMALL

from medgan_tf.config.schema import GanConfig, TrainingConfig
from medgan_tf.gans import build_gan
from medgan_tf.gans.architectures.dcgan.networks import DcganGan
from medgan_tf.gans.private.patients import Patients
from medgan_tf.gans.private.terms import SECRET_STREAMS, StepTerms
from medgan_tf.gans.resolve import resolve_gan, resolve_training

LABELS, SIDE = 3, 16
COUNTS = [3, 1, 2, 1, 1, 4, 1, 2, 1]
"""Images of each unit."""


def some_images(seed=0):
    """Images uint8 [N, 16, 16, 1] and labels [N, 3]."""
    random, count = np.random.default_rng(seed), sum(COUNTS)
    images = random.integers(0, 256, (count, SIDE, SIDE, 1), dtype=np.uint8)
    return images, np.eye(LABELS, dtype=np.float32)[random.integers(0, LABELS, count)]


def some_patients(seed=0):
    """Nine units with one to four images."""
    return Patients.of(*some_images(seed), np.repeat([f"p{number}" for number in range(len(COUNTS))], COUNTS))


def some_terms(**changes):
    values = {"clip": 1.0, "noise_multiplier": 1.0, "sampling_probability": 0.5, "expected_batch": 4, "chunk": 4}
    return StepTerms(**{**values, "discriminator_steps": 2, **changes})


class TinyDiscriminator(keras.Model):
    """``tanh(means of 4x4 pixels . first) . second``, weighted by the labels; one variable is unused. Traced fast."""

    def __init__(self):
        super().__init__()
        self.first = self.add_weight(name="first", shape=(16, 6), initializer="glorot_normal")
        self.second = self.add_weight(name="second", shape=(6, LABELS), initializer="glorot_normal")
        self.unused = self.add_weight(name="unused", shape=(30,), initializer="ones")
        self.built = True

    def call(self, inputs, training=None):
        images, labels = inputs
        means = tf.reduce_mean(tf.reshape(images, [-1, 4, 4, 4, 4]), axis=[2, 4])
        hidden = tf.tanh(tf.matmul(tf.reshape(means, [-1, 16]), tf.convert_to_tensor(self.first)))
        return tf.reduce_sum(tf.matmul(hidden, tf.convert_to_tensor(self.second)) * labels, axis=-1)


class TinyGan(DcganGan):
    """The small generator of `dcgan` with a discriminator of 144 parameters."""

    def make_discriminator(self, name):
        return TinyDiscriminator()


def small_gan(name="tiny", seed=1, training=None, precision="float32", **options):
    """A GAN after `prepare_training`, with the labels' table; its weights come from the seed."""
    keras.utils.set_random_seed(seed)
    architecture = "dcgan" if name == "tiny" else name
    small = SMALL[architecture]
    growth = {"growth": {**small["growth"], "batch": [4]}} if "growth" in small else {}
    own = {**small, **growth, "mbstd_group_size": 1, "n_critic": 1, **options}
    sizes = {"resolution": SIDE, "label_count": LABELS, "precision": precision}
    if name == "tiny":
        gan = TinyGan(resolve_gan(GanConfig(architecture=architecture, **own), SIDE), **sizes)
    else:
        gan = build_gan(name, **sizes, **own)
    settings = TrainingConfig(**{"batch": 4, "total_images": 1000, **(training or {})})
    gan.prepare_training(resolve_training(settings, architecture, SIDE), 3, np.eye(LABELS, dtype=np.float32))
    return gan


def private_gan(name="tiny", terms=None, patients=None, **options):
    """`small_gan` in private training."""
    gan = small_gan(name, **options)
    gan.prepare_private(terms or some_terms(), patients or some_patients())
    return gan


def secret_seeds(steps, seed=5):
    """int64 [steps, streams, 2]."""
    return np.random.default_rng(seed).integers(-(2**63), 2**63 - 1, (steps, len(SECRET_STREAMS), 2))


def take_private_steps(gan, seeds):
    """Steps in a graph on one device. Returns the metrics of each."""
    step, found = tf.function(gan.train_step, autograph=False), []
    for one in seeds:
        step(tf.constant(one[None]))
        found.append(gan.take_metrics(1))
    return found


def flat(tensors):
    """All entries as one float64 vector."""
    return np.concatenate([np.ravel(np.asarray(tensor, np.float64)) for tensor in tensors])
