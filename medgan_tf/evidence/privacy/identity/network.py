"""A small Siamese network that tells whether two images show one patient.

After the idea of K. Packhaeuser et al., Deep learning-based patient re-identification is able to exploit the biometric
nature of medical chest X-ray data, Scientific Reports 12, 2022: one network describes both images, and the likeness of
the two descriptions says whether they are of one patient. Here the likeness is a cosine, so that many images can be
searched by one product of matrices. A. van den Oord et al., Representation learning with contrastive predictive coding,
2018: each image has to pick its partner among the images of other patients.
"""

import itertools
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import keras
import numpy as np
import tensorflow as tf

from medgan_tf.classification.network import initializers_drawn_from
from medgan_tf.errors import RunError
from medgan_tf.evidence.privacy.identity.altered import altered
from medgan_tf.evidence.privacy.identity.pairs import Known, batches, copies_of_themselves, own_pairs
from medgan_tf.evidence.privacy.identity.settings import IdentityConfig
from medgan_tf.metrics.streams import stream

_BATCH = 256
_FIRST_SCALE = 10.0
_SMALLEST_MAP = 4

T = TypeVar("T")

Embed = Callable[[np.ndarray], np.ndarray]
"""Function from uint8 images [N, S, S, 1] to unit vectors, float32 [N, E]."""


def build_network(side: int, settings: IdentityConfig, seed: int) -> keras.Model:
    """Strided convolutions and one projection: float32 [N, S, S, 1], each of mean 0 and variance 1, to [N, E]."""
    with initializers_drawn_from(seed):
        images = x = keras.Input([side, side, 1])
        width = settings.width
        while x.shape[1] > _SMALLEST_MAP:
            x = keras.layers.Conv2D(width, 3, strides=2, padding="same", activation="relu")(x)
            width = min(2 * width, 4 * settings.width)
        x = keras.layers.Dense(settings.embedding)(keras.layers.Flatten()(x))
        return keras.Model(images, keras.layers.UnitNormalization()(x), name="identity")


def train_network(
    known: Known,
    settings: IdentityConfig,
    seed: int,
    name: str,
    altered_only: bool,
    report: Callable[[int, int], None],
) -> Embed:
    """Trains a network to pick the other image of a patient among images of other patients.

    Args:
        known: Images of the patients that it learns from.
        settings: Size and length.
        seed, name: Seed, and the name of this network among those of an audit.
        altered_only: Whether the partner of an image is an altered copy of it, for patients without a second image.
        report: Called with finished and all steps.

    Raises:
        RunError: It took longer than `settings.seconds`.
    """
    first_weights = int(stream(seed, f"weights of the verifier {name}").integers(2**31))
    network = build_network(known.images.shape[1], settings, first_weights)
    step = _training_step(network, settings)
    started = time.monotonic()
    made = _made_batches(known, settings.pairs, altered_only, stream(seed, f"pairs of the verifier {name}"))
    for done, batch in enumerate(itertools.islice(_one_ahead(made), settings.steps), start=1):
        step(*batch)
        report(done, settings.steps)
        if time.monotonic() - started > settings.seconds:
            raise RunError(
                f"training the verifier took longer than {settings.seconds:g} s after {done} of {settings.steps} "
                "steps; allow more (evaluation.privacy.identity.seconds) or ask for fewer steps"
            )
    size = [tf.TensorSpec(network.input_shape)]
    describe = tf.function(lambda seen: network(seen, training=False), input_signature=size, autograph=False)

    def embed(images: np.ndarray) -> np.ndarray:
        parts = [images[start : start + _BATCH] for start in range(0, len(images), _BATCH)]
        return np.concatenate([describe(tf.constant(_standardised(part))).numpy() for part in parts])

    return embed


def _made_batches(
    known: Known, size: int, altered_only: bool, random: np.random.Generator
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Batches without end: first and second images, altered, and which of them may be compared."""
    while True:
        pairs = (copies_of_themselves if altered_only else own_pairs)(known, random)
        for rows in batches(known.strata[pairs[:, 1]], size, random):
            first, second = pairs[rows].T
            images = (_standardised(altered(known.images[part], random)) for part in (first, second))
            yield *images, _shared(known, second)


def _one_ahead(items: Iterator[T]) -> Iterator[T]:
    """The items; a thread makes the next one while the caller works with the one before."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, items)
        while True:
            ready = coming.result()
            coming = pool.submit(next, items)
            yield ready


def _shared(known: Known, second: np.ndarray) -> np.ndarray:
    """Which images of a batch may be compared: those of one stratum, bool [B, B]."""
    _, codes = np.unique(known.strata[second], return_inverse=True)
    return codes[:, None] == codes[None]


def _training_step(network: keras.Model, settings: IdentityConfig) -> Callable[..., None]:
    """Function of first and second images [B, S, S, 1] and of which may be compared, that takes one step."""
    scale = keras.Variable(np.log(_FIRST_SCALE), dtype="float32", name="scale")
    variables = [*network.trainable_variables, scale]
    optimizer = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(settings.learning_rate, settings.steps))
    optimizer.build(variables)

    def step(first: tf.Tensor, second: tf.Tensor, comparable: tf.Tensor) -> None:
        with tf.GradientTape() as tape:
            one, other = tf.split(network(tf.concat([first, second], axis=0), training=True), 2)
            cosines = tf.matmul(one, other, transpose_b=True)
            logits = tf.where(comparable, tf.exp(scale.value) * cosines, tf.float32.min)
            places = tf.range(tf.shape(logits)[0])
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(places, logits))
        optimizer.apply(tape.gradient(loss, [variable.value for variable in variables]), variables)

    images = tf.TensorSpec(network.input_shape)
    signature = [images, images, tf.TensorSpec([None, None], tf.bool)]
    return tf.function(step, input_signature=signature, autograph=False)


def _standardised(images: np.ndarray) -> np.ndarray:
    """Each image with mean 0 and variance 1, so that its exposure says nothing."""
    values = images.astype(np.float32)
    values -= values.mean(axis=(1, 2, 3), keepdims=True)
    return values / (values.std(axis=(1, 2, 3), keepdims=True) + 1.0)
