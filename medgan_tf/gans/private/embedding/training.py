"""Training of a generator towards a released embedding. Nothing here sees a real image, and all draws are public."""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from medgan_tf.gans import draws, replicas
from medgan_tf.gans.optimisation import apply_gradients
from medgan_tf.gans.private.embedding.features import ImageFeatures
from medgan_tf.gans.running_means import DUE, RunningMeans

METRICS = ("loss_g", "gradients_g")


class EmbeddingTraining:
    """The private part of a GAN whose generator matches a mean embedding; its discriminator is not trained.

    Args:
        gan: A `ConditionalGan` after `prepare_training`.
        features: The features of an image.
        vectors: float32 [K, L], the label combinations of the embedding's rows.
        batch: Generated images per step over all replicas; as many count as seen.

    Attributes:
        metric_names: Names of all values that are averaged over a tick.
        target: float32 [K, D], the released sums; zeros until `take`.
    """

    metric_names = METRICS

    def __init__(self, gan, features: ImageFeatures, vectors: np.ndarray, batch: int):
        self.gan, self.features, self.batch = gan, features, batch
        self.vectors = np.asarray(vectors, np.float32)
        first = tf.VariableAggregation.ONLY_FIRST_REPLICA
        shape = (len(self.vectors), features.count)
        self.target = tf.Variable(tf.zeros(shape), trainable=False, aggregation=first)

    def prepare(self) -> None:
        """From now on each training step of the GAN is one of this training. Call within the strategy's scope."""
        gan = self.gan
        gan.private, gan.metric_names = self, self.metric_names
        gan.running_means, gan.train_function = RunningMeans(self.metric_names), None

    @property
    def variables(self) -> list[tf.Variable]:
        """What a checkpoint holds beside networks, optimizers and `images_seen`."""
        return [self.target]

    def take(self, embedding: np.ndarray) -> None:
        """Takes the released sums [K, D]; from then on a checkpoint keeps them."""
        self.target.assign(embedding.astype(np.float32))

    def step_of(self, run: Callable[[Callable], Callable]) -> Callable[[list[tf.Tensor]], dict[str, tf.Tensor]]:
        """`train_step` for a graph under a strategy, see `PrivateTraining.step_of`."""
        return run(self.train_step)

    def train_step(self, _) -> dict[str, tf.Tensor]:
        """One step of the generator. Returns the losses, [1] each, as `ConditionalGan.train_step` does."""
        gan, count = self.gan, replicas.replica_count()
        batch = self.batch // count
        gan.begin_step()
        gan.prepare_network(gan.generator)
        z = gan.batch_draws("generator latents", batch, draws.normal, gan.config.latent_size)
        weights, target = self._frequencies_and_means()
        # Rounding must not put the largest numbers beyond the last combination.
        cumulative = tf.cumsum(weights)[:-1]
        row = tf.searchsorted(cumulative, gan.batch_draws("generator labels", batch, draws.uniform), side="right")
        labels, rows = tf.gather(tf.constant(self.vectors), row), tf.one_hot(row, len(self.vectors))
        variables = [variable.value for variable in gan.generator.trainable_variables]
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(variables)
            images = gan.generator([z, labels], training=True)
            means = tf.matmul(rows, self.features.of_generated(images), transpose_a=True) / (batch * count)
            difference = tf.stop_gradient(replicas.sum_over_replicas(means) - target)
            # The gradient of the squared distance of the means over all replicas; each replica has its share.
            share = 2.0 * tf.reduce_sum(difference * means) + gan.weight_penalty(gan.generator) / count
        gradients = tape.gradient(share, variables)
        norm = apply_gradients(gradients, gan.generator, gan.generator_optimizer)
        gan.update_average()
        gan.images_seen.assign_add(self.batch)
        loss = tf.reduce_sum(tf.square(difference))
        means = gan.running_means.add([{"loss_g": loss, "gradients_g": norm, DUE: tf.ones([])}])
        return {"loss_d": tf.zeros([1]), "loss_g": tf.reshape(means["loss_g"], [1])}

    def _frequencies_and_means(self) -> tuple[tf.Tensor, tf.Tensor]:
        """Shares of the combinations [K], and the mean features of an image together with its combination [K, D]."""
        counts = tf.maximum(self.target[:, 0] / self.features.constant, 1.0)
        total = tf.reduce_sum(counts)
        return counts / total, self.target / total
