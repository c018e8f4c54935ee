"""What all GANs share: generator, discriminator, averaged generator, two optimizers and the training step."""

from abc import abstractmethod

import keras
import numpy as np
import tensorflow as tf

from medgan_tf.config.schema import GanConfig, TrainingConfig
from medgan_tf.errors import ConfigError
from medgan_tf.gans import draws, losses, penalties
from medgan_tf.gans.schedule import Phase, single_phase
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
    # What is averaged over each tick; a subclass may add the names of further parts of its losses.
    metric_names: tuple[str, ...] = METRICS
    # Options of `GanConfig` that not every architecture has; set for another one, they are an error.
    optional_settings: frozenset[str] = frozenset()

    def __init__(self, config: GanConfig, resolution: int, label_count: int, precision: str = "float32", **kwargs):
        super().__init__(**kwargs)
        self.config = config
        self.resolution = resolution
        self.label_count = label_count
        self.precision = precision
        self.base_channels = config.base_channels or self.published_base_channels
        self._check_settings()
        self.make_shared_state()
        self.generator = self.make_generator("generator")
        self.discriminator = self.make_discriminator("discriminator")
        self.ema_generator = self.make_generator("ema_generator")
        self.ema_generator.trainable = False
        self.reset_average()
        self.images_seen = tf.Variable(
            0, dtype=tf.int64, trainable=False, aggregation=tf.VariableAggregation.ONLY_FIRST_REPLICA
        )
        self.metric_sums = tf.Variable(
            tf.zeros(len(self.metric_names)), trainable=False, aggregation=tf.VariableAggregation.ONLY_FIRST_REPLICA
        )
        # `fit` would otherwise call the model symbolically, and a GAN as a whole has no meaningful call.
        self.built = True

    def _check_settings(self) -> None:
        """Raises `ConfigError` for an option that this architecture does not know."""
        for name in ("auxiliary_weight", "growth"):
            if name not in self.optional_settings and getattr(self.config, name) is not None:
                raise ConfigError(f"gan.{name} is not an option of the architecture {self.config.architecture!r}")

    @property
    def auxiliary_weight(self) -> float:
        """Weight of the auxiliary classifier's loss."""
        return 1.0 if self.config.auxiliary_weight is None else self.config.auxiliary_weight

    def make_shared_state(self) -> None:
        """Makes what the networks share, before they are made."""

    @abstractmethod
    def make_generator(self, name: str) -> keras.Model:
        """A new generator."""

    @abstractmethod
    def make_discriminator(self, name: str) -> keras.Model:
        """A new discriminator."""

    @classmethod
    def plan_phases(cls, config: GanConfig, resolution: int, training: TrainingConfig) -> list[Phase]:
        """The phases of a whole run, in order. Raises `ConfigError` for a schedule that cannot be."""
        return single_phase(resolution, training)

    def enter_phase(self, phase: Phase, begins: bool) -> None:
        """Prepares the next calls of `fit` for a phase.

        Args:
            phase: The phase.
            begins: Whether it begins now, rather than being resumed: the optimizers then forget their moments.
        """
        self.phase = phase
        rates = (phase.generator_learning_rate, phase.discriminator_learning_rate)
        for optimizer, rate in zip((self.generator_optimizer, self.discriminator_optimizer), rates, strict=True):
            if begins and phase.start:
                for variable in optimizer.variables:
                    variable.assign(tf.zeros_like(variable.value))
            optimizer.learning_rate = rate
        # The step is traced anew, as it contains only the layers of the phase.
        self.train_function = None

    def phase_values(self) -> dict[str, float]:
        """What the status line and the metrics say about the phase; empty without growth."""
        return {}

    @property
    def structure(self) -> tuple:
        """What a function that calls the networks has to be traced anew for; empty without growth."""
        return ()

    def take_structure(self, other: "ConditionalGan") -> None:
        """Takes over the state of growth of another GAN of the same kind, if there is one."""

    def begin_step(self) -> None:
        """Called at the beginning of each training step, in the graph."""

    def prepare_images(self, images: tf.Tensor) -> tf.Tensor:
        """Real images float32 [N, R, R, 1] as the discriminator is to see them."""
        return images

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
        first = self.plan_phases(self.config, self.resolution, training)[0]
        self.generator_optimizer = self._adam(training, first.generator_learning_rate)
        self.discriminator_optimizer = self._adam(training, first.discriminator_learning_rate)
        # An optimizer first built inside a replica cannot create its slots there.
        self.generator_optimizer.build(self.generator.trainable_variables)
        self.discriminator_optimizer.build(self.discriminator.trainable_variables)
        self.compile(jit_compile=training.jit_compile)
        self.enter_phase(first, begins=True)

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
        self.begin_step()
        loss_d, parts_d = self.discriminator_step(self.prepare_images(images), tf.cast(labels, tf.float32))
        self.update_average()
        loss_g, parts_g = self.generator_step(labels.shape[0] or tf.shape(labels)[0])
        values = {**parts_g, **parts_d, "loss_d": loss_d, "loss_g": loss_g}
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
        both_labels = join_batches(labels, labels, group)
        logits, label_logits = self.score(join_batches(images, fakes, group), both_labels)
        real_logits, fake_logits = part_batches(logits, group)
        mixed = penalties.mix_images(images, fakes, weight)
        mixed_logits, norm = penalties.gradient_norm(lambda mix: self.score(mix, labels)[0], mixed)
        loss = losses.wasserstein_discriminator(real_logits, fake_logits)
        loss += self.config.gradient_penalty * penalties.gradient_penalty(norm)
        loss += self.config.drift * penalties.drift(real_logits)
        parts = {"score_real": real_logits, "score_fake": fake_logits, "score_mixed": mixed_logits}
        if label_logits is not None:
            real_loss, fake_loss = part_batches(losses.auxiliary_classifier(label_logits, both_labels), group)
            loss += self.auxiliary_weight * (real_loss + fake_loss)
            parts |= {"auxiliary_real": real_loss, "auxiliary_fake": fake_loss}
        return loss, {**parts, "gradient_norm": norm}

    def score(self, images: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor | None]:
        """Logits [N], and label logits [N, L] of an auxiliary classifier or None without one."""
        return self.discriminator([images, labels], training=True), None

    def generator_step(self, batch: tf.Tensor | int) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """Updates the generator on new noise and labels. Returns per-example loss and parts."""
        z = self._draw_latents("generator latents", batch)
        labels = self._draw(
            "generator labels",
            batch,
            lambda seed, shape: draws.draw_labels(seed, shape[0], self.label_combinations, self.label_counts),
            [],
        )
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch([variable.value for variable in self.generator.trainable_variables])
            loss, parts = self.generator_loss(z, labels)
            total = self._batch_mean(loss)
        gradients = self._apply(tape, total, self.generator, self.generator_optimizer)
        return loss, {**parts, "gradients_g": gradients}

    def generator_loss(self, z, labels) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """Loss of each example [N], with the images and their logits."""
        images = self.generator([z, labels], training=True)
        logits, label_logits = self.score(images, labels)
        loss = losses.wasserstein_generator(logits)
        if label_logits is not None:
            loss += self.auxiliary_weight * losses.auxiliary_classifier(label_logits, labels)
        return loss, {"images": images, "score_fake": logits}

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
        # Layers that the phase does not use have no gradient.
        used = [pair for pair in zip(gradients, variables, strict=True) if pair[0] is not None]
        gradients, variables = [gradient for gradient, _ in used], [variable for _, variable in used]
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
        means = tf.stack([tf.reduce_mean(values[name]) for name in self.metric_names]) / self._replicas()
        context = tf.distribute.get_replica_context()
        self.metric_sums.assign_add(context.all_reduce(tf.distribute.ReduceOp.SUM, means))

    def take_metrics(self, steps: int) -> dict[str, float]:
        """Means since the last call, over `steps` steps, and starts anew."""
        sums = self.metric_sums.numpy() / steps
        self.metric_sums.assign(tf.zeros(len(self.metric_names)))
        return {name: float(value) for name, value in zip(self.metric_names, sums, strict=True)}
