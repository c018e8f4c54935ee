"""What all GANs share: generator, discriminator, averaged generator, two optimizers and the training step."""

from abc import abstractmethod

import keras
import numpy as np
import tensorflow as tf

from medgan_tf.config.schema import GanConfig, TrainingConfig
from medgan_tf.gans import draws, losses, penalties
from medgan_tf.layers.minibatch_stddev import join_batches, part_batches

METRICS = ("loss_d", "loss_g", "score_real", "score_fake", "gradient_norm", "gradients_g", "gradients_d")


class ConditionalGan(keras.Model):
    """A label-conditional GAN, trained by `keras.Model.fit` on batches (images, labels).

    Args:
        config: Architecture and loss.
        resolution: Side of the images, pixels.
        label_count: Length of the label vectors.
        precision: Keras dtype policy of the convolutions, `float32` or `mixed_bfloat16`.

    Attributes:
        generator: ``([z [N, Z], labels [N, L]]) -> images [N, R, R, 1]``.
        discriminator: ``([images, labels]) -> logits [N]``.
        ema_generator: Exponential moving average of the generator: what is sampled, scored and exported.
        images_seen: int64 scalar variable, real images shown to the discriminator so far.

    A training batch is uint8 0..255 or float32 -1..1 images [N, R, R, 1] and float32 labels [N, L]. Under several
    replicas each gets its own rows of the global batch, arranged as by `draws.replica_rows`.
    """

    published_base_channels: int

    def __init__(self, config: GanConfig, resolution: int, label_count: int, precision: str = "float32", **kwargs):
        super().__init__(**kwargs)
        self.config = config
        self.resolution = resolution
        self.label_count = label_count
        self.precision = precision
        self.base_channels = config.base_channels or self.published_base_channels
        self.generator = self.make_generator("generator")
        self.discriminator = self.make_discriminator("discriminator")
        self.ema_generator = self.make_generator("ema_generator")
        self.ema_generator.trainable = False
        self.reset_average()
        self.images_seen = tf.Variable(
            0, dtype=tf.int64, trainable=False, aggregation=tf.VariableAggregation.ONLY_FIRST_REPLICA
        )
        self.metric_sums = tf.Variable(
            tf.zeros(len(METRICS)), trainable=False, aggregation=tf.VariableAggregation.ONLY_FIRST_REPLICA
        )
        # `fit` would otherwise call the model symbolically, and a GAN as a whole has no meaningful call.
        self.built = True

    @abstractmethod
    def make_generator(self, name: str) -> keras.Model:
        """A new generator."""

    @abstractmethod
    def make_discriminator(self, name: str) -> keras.Model:
        """A new discriminator."""

    def reset_average(self) -> None:
        """Sets the averaged generator to the generator's weights."""
        for average, weight in zip(self.ema_generator.variables, self.generator.variables, strict=True):
            average.assign(weight)

    def prepare_training(self, training: TrainingConfig, seed: int, labels: np.ndarray) -> None:
        """Makes optimizers and the label distribution. Call within the strategy's scope, before `fit`.

        Args:
            training: Optimisation settings.
            seed: Seed of all draws.
            labels: [N, L] label vectors of the training fold; the generator step draws from them.
        """
        self.training_config = training
        self.draw_seed = seed
        combinations, counts = np.unique(np.asarray(labels, np.float32), axis=0, return_counts=True)
        self.label_combinations = tf.constant(combinations)
        self.label_counts = tf.constant(np.cumsum(counts), tf.int64)
        self.generator_optimizer = self._adam(training, training.generator_learning_rate)
        self.discriminator_optimizer = self._adam(training, training.discriminator_learning_rate)
        # An optimizer first built inside a replica cannot create its slots there.
        self.generator_optimizer.build(self.generator.trainable_variables)
        self.discriminator_optimizer.build(self.discriminator.trainable_variables)
        self.compile(jit_compile=training.jit_compile)

    @staticmethod
    def _adam(training: TrainingConfig, learning_rate: float) -> keras.optimizers.Optimizer:
        return keras.optimizers.Adam(
            learning_rate, beta_1=training.beta_1, beta_2=training.beta_2, epsilon=training.epsilon
        )

    def train_step(self, data):
        """One discriminator step, the average's update, one generator step (reference order of the published code)."""
        images, labels = data
        if images.dtype == tf.uint8:
            images = tf.cast(images, tf.float32) / 127.5 - 1.0
        loss_d, parts = self.discriminator_step(images, tf.cast(labels, tf.float32))
        self.update_average()
        loss_g, gradients_g = self.generator_step(labels.shape[0] or tf.shape(labels)[0])
        values = {**parts, "loss_d": loss_d, "loss_g": loss_g, "gradients_g": gradients_g}
        self.images_seen.assign_add(self._global_batch(tf.shape(labels)[0]))
        self._add_metrics(values)
        # `fit` needs something to return; shape [1], as scalars break the reduction of several workers.
        return {name: tf.reshape(tf.reduce_mean(values[name]), [1]) for name in ("loss_d", "loss_g")}

    def discriminator_step(self, images: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """Updates the discriminator; fakes take the labels of the real batch. Returns per-example loss and parts."""
        z = self._draw_latents("discriminator latents", tf.shape(labels)[0])
        weight = self._draw("penalty mix", tf.shape(labels)[0], draws.uniform, [])
        fakes = self.generator([z, labels], training=True)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch([variable.value for variable in self.discriminator.trainable_variables])
            loss, parts = self.discriminator_loss(images, fakes, labels, weight)
            total = self._batch_mean(loss)
        gradients = self._apply(tape, total, self.discriminator, self.discriminator_optimizer)
        return loss, {**parts, "gradients_d": gradients}

    def discriminator_loss(self, images, fakes, labels, weight) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """Loss of each example [N] with its parts: Wasserstein, gradient penalty and drift.

        Args:
            images: Real images [N, R, R, 1], -1..1.
            fakes: Generated images of the same shape.
            labels: [N, L], of both.
            weight: [N], 0..1, the share of the fake in each mixed image.
        """
        # One pass over both: half as many, larger operations.
        group = self.config.deviation_group
        both = [join_batches(images, fakes, group), join_batches(labels, labels, group)]
        real_logits, fake_logits = part_batches(self.discriminator(both, training=True), group)
        mixed = penalties.mix_images(images, fakes, weight)
        mixed_logits, norm = penalties.gradient_norm(
            lambda mix: self.discriminator([mix, labels], training=True), mixed
        )
        loss = losses.wasserstein_discriminator(real_logits, fake_logits)
        loss += self.config.gradient_penalty * penalties.gradient_penalty(norm)
        loss += self.config.drift * penalties.drift(real_logits)
        parts = {"score_real": real_logits, "score_fake": fake_logits, "score_mixed": mixed_logits}
        return loss, {**parts, "gradient_norm": norm}

    def generator_step(self, batch: tf.Tensor | int) -> tuple[tf.Tensor, tf.Tensor]:
        """Updates the generator on new noise and labels. Returns the loss of each example and the gradients' norm."""
        z = self._draw_latents("generator latents", batch)
        labels = self._draw(
            "generator labels",
            batch,
            lambda seed, shape: draws.draw_labels(seed, shape[0], self.label_combinations, self.label_counts),
            [],
        )
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch([variable.value for variable in self.generator.trainable_variables])
            loss, _ = self.generator_loss(z, labels)
            total = self._batch_mean(loss)
        return loss, self._apply(tape, total, self.generator, self.generator_optimizer)

    def generator_loss(self, z, labels) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """Loss of each example [N], with the images and their logits."""
        images = self.generator([z, labels], training=True)
        logits = self.discriminator([images, labels], training=True)
        return losses.wasserstein_generator(logits), {"images": images, "score_fake": logits}

    def update_average(self) -> None:
        """Moves the averaged generator towards the generator by 1 - ema_decay."""
        rest = 1.0 - self.training_config.ema_decay
        for average, weight in zip(self.ema_generator.variables, self.generator.variables, strict=True):
            average.assign_add(rest * (tf.convert_to_tensor(weight) - tf.convert_to_tensor(average)))

    # --- replicas -----------------------------------------------------------------------------------------------------

    @staticmethod
    def _replicas() -> int:
        return tf.distribute.get_strategy().num_replicas_in_sync

    def _global_batch(self, batch):
        return tf.cast(batch, tf.int64) * self._replicas()

    def _batch_mean(self, values: tf.Tensor) -> tf.Tensor:
        """This replica's share of the mean over the global batch: Keras sums gradients over replicas."""
        return tf.reduce_sum(values) / tf.cast(self._global_batch(tf.shape(values)[0]), tf.float32)

    def _draw(self, stream: str, batch, draw, shape: list[int]) -> tf.Tensor:
        """This replica's rows of a draw for the whole global batch."""
        seed = draws.draw_seed(self.draw_seed, stream, self.images_seen)
        values = draw(seed, [self._global_batch(batch), *shape])
        replica = tf.distribute.get_replica_context().replica_id_in_sync_group
        return draws.replica_rows(values, replica, self._replicas(), self.config.deviation_group)

    def _draw_latents(self, stream: str, batch) -> tf.Tensor:
        return self._draw(stream, batch, draws.normal, [self.config.latent_size])

    def _apply(self, tape, total, network, optimizer) -> tf.Tensor:
        """One optimizer step. Returns the norm of the whole batch's gradient."""
        variables = network.trainable_variables
        gradients = tape.gradient(total, [variable.value for variable in variables])
        replicas = self._replicas()
        if replicas > 1:
            # The norm needs the sum over replicas; Keras sums what it is given once more.
            summed = tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, gradients)
            gradients = [gradient / replicas for gradient in summed]
        optimizer.apply_gradients(list(zip(gradients, variables, strict=True)))
        return tf.linalg.global_norm(gradients) * replicas

    # --- metrics ------------------------------------------------------------------------------------------------------

    def _add_metrics(self, values: dict[str, tf.Tensor]) -> None:
        """Adds this step's means, over all replicas, to the running sums of the tick."""
        means = tf.stack([tf.reduce_mean(values[name]) for name in METRICS]) / self._replicas()
        context = tf.distribute.get_replica_context()
        self.metric_sums.assign_add(context.all_reduce(tf.distribute.ReduceOp.SUM, means))

    def take_metrics(self, steps: int) -> dict[str, float]:
        """Means since the last call, over `steps` steps, and starts anew."""
        sums = self.metric_sums.numpy() / steps
        self.metric_sums.assign(tf.zeros(len(METRICS)))
        return {name: float(value) for name, value in zip(METRICS, sums, strict=True)}
