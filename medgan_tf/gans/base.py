"""What all GANs share: generator, discriminator, averaged generator, two optimizers and the training step."""

import functools

import keras
import numpy as np
import tensorflow as tf

from medgan_tf.config.schema import GanConfig, TrainingConfig
from medgan_tf.gans import draws, replicas
from medgan_tf.gans.accumulation import accumulated
from medgan_tf.gans.architecture import Architecture
from medgan_tf.gans.augmentation import Augmentation
from medgan_tf.gans.objective import Objective
from medgan_tf.gans.optimisation import apply_gradients, either, gradients_of
from medgan_tf.gans.paper_settings import resolve_gan, resolve_training
from medgan_tf.gans.running_means import RunningMeans
from medgan_tf.gans.schedule import Phase
from medgan_tf.layers.fused_adam import FusedAdam


class ConditionalGan(Architecture):
    """A label-conditional GAN, trained by `keras.Model.fit` on batches (images, labels).

    Args:
        config: Architecture and loss; open values become the paper's.
        resolution: Side of the images, pixels.
        label_count: Length of the label vectors.
        precision: Keras dtype policy of the convolutions, `float32` or `mixed_bfloat16`.

    Attributes:
        generator: ``([z [N, Z], labels [N, L]]) -> images [N, R, R, 1]``.
        discriminator: ``([images, labels]) -> logits [N]``.
        ema_generator: Exponential moving average of the generator: what is sampled, scored and exported.
        images_seen: int64 scalar variable, real images shown to the discriminator so far.
        learning_rate_factor: What both learning rates of the phase are multiplied by, from the next tick on.

    A training batch is uint8 0..255 or float32 -1..1 images [K * N, R, R, 1] and float32 labels [K * N, L], where K is
    `n_critic`: one discriminator step for each N. Under several replicas each gets its own rows of the global batch,
    arranged as by `draws.replica_rows` with K groups of groups.
    """

    def __init__(self, config: GanConfig, resolution: int, label_count: int, precision: str = "float32", **kwargs):
        super().__init__(**kwargs)
        self.config = resolve_gan(config, resolution)
        self.resolution = resolution
        self.label_count = label_count
        self.precision = precision
        self.check_settings(self.config, resolution)
        self.objective = Objective(self.config, self.auxiliary)
        self.augmentation = Augmentation(self.config.augmentation) if self.config.augmentation else None
        self.metric_names = self.objective.metric_names + (("augmentation_strength",) if self.augmentation else ())
        self.learning_rate_factor = 1.0
        self.make_shared_state()
        self.generator = self.make_generator("generator")
        self.discriminator = self.make_discriminator("discriminator")
        self.ema_generator = self.make_generator("ema_generator")
        self.ema_generator.trainable = False
        self.reset_average()
        first = tf.VariableAggregation.ONLY_FIRST_REPLICA
        self.images_seen = tf.Variable(0, dtype=tf.int64, trainable=False, aggregation=first)
        self.running_means = RunningMeans(self.metric_names)
        # `fit` would otherwise call the model symbolically, and a GAN as a whole has no meaningful call.
        self.built = True

    # --- setting up ---------------------------------------------------------------------------------------------------

    def prepare_training(self, training: TrainingConfig, seed: int, labels: np.ndarray) -> None:
        """Makes optimizers and the label distribution. Call within the strategy's scope, before `fit`.

        Args:
            training: Optimisation settings; open values become the paper's.
            seed: Seed of all draws.
            labels: [N, L] label vectors of the training fold; the generator step draws from them.
        """
        self.training_config = training = resolve_training(training, self.config.architecture, self.resolution)
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
        return FusedAdam(learning_rate, beta_1=training.beta_1, beta_2=training.beta_2, epsilon=training.epsilon)

    def enter_phase(self, phase: Phase, begins: bool) -> None:
        """Prepares the next calls of `fit` for a phase.

        Args:
            phase: The phase.
            begins: Whether it begins now, rather than being resumed: the optimizers then forget their moments.
        """
        self.phase = phase
        for optimizer in (self.generator_optimizer, self.discriminator_optimizer):
            if begins and phase.start:
                for variable in optimizer.variables:
                    variable.assign(tf.zeros_like(variable.value))
        self.set_learning_rates()
        # The step is traced anew, as it contains only the layers of the phase.
        self.train_function = None

    def set_learning_rates(self, tick_begin: int | None = None) -> None:
        """Sets both learning rates for a tick: the phase's, decayed by half-life, times `learning_rate_factor`.

        Args:
            tick_begin: Images seen when the tick began; None means now.
        """
        half_life = self.training_config.learning_rate_half_life
        images_seen = int(self.images_seen.numpy()) if tick_begin is None else tick_begin
        decay = 0.5 ** (images_seen / half_life) if half_life else 1.0
        factor = decay * self.learning_rate_factor
        self.generator_optimizer.learning_rate = self.phase.generator_learning_rate * factor
        self.discriminator_optimizer.learning_rate = self.phase.discriminator_learning_rate * factor

    @property
    def average_state(self) -> list[keras.Variable]:
        """The averaged generator's weights, without what `refresh_average` makes."""
        pairs = zip(self.ema_generator.variables, self.generator.variables, strict=True)
        return [average for average, weight in pairs if weight.trainable]

    @property
    def extra_state(self) -> dict[str, list[tf.Variable]]:
        """What changes during training beside networks, optimizers and `images_seen`, by part."""
        return {"augmentation": [self.augmentation.strength]} if self.augmentation else {}

    @property
    def metric_sums(self) -> tf.Variable:
        """What `take_metrics` is taken from."""
        return self.running_means.sums

    # --- the training step --------------------------------------------------------------------------------------------

    def train_step(self, data):
        """`n_critic` discriminator steps, each followed by the average's update, then one generator step (reference
        order of the published code)."""
        images, labels = data
        if images.dtype == tf.uint8:
            images = tf.cast(images, tf.float32) / 127.5 - 1.0
        self.begin_step()
        count = self.config.n_critic
        batches = zip(tf.split(self.prepare_images(images), count), tf.split(labels, count), strict=True)
        all_values = []
        for number, (real, real_labels) in enumerate(batches):
            loss_d, values = self.discriminator_step(real, tf.cast(real_labels, tf.float32), number)
            all_values.append({**values, "loss_d": loss_d})
            self.update_average()
        batch = labels.shape[0] or tf.shape(labels)[0]
        loss_g, values = self.generator_step(batch // count)
        all_values.append({**values, "loss_g": loss_g})
        self.images_seen.assign_add(replicas.global_batch(batch))
        means = self.running_means.add(all_values)
        # `fit` needs something to return; shape [1], as scalars break the reduction of several workers.
        return {name: tf.reshape(means[name], [1]) for name in ("loss_d", "loss_g")}

    def discriminator_step(self, images, labels, number: int = 0) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """Updates the discriminator; fakes take the labels of the real batch. Returns per-example loss and parts.

        Args:
            images: Real images float32 [N, R, R, 1].
            labels: float32 [N, L].
            number: Which of the `n_critic` discriminator steps of the training step it is.
        """
        self.prepare_network(self.discriminator)
        batch, stream = labels.shape[0] or tf.shape(labels)[0], f" {number}" if number else ""
        z = self._draw_latents(f"discriminator latents{stream}", batch)
        weight = self._draw(f"penalty mix{stream}", batch, draws.uniform, [])
        fakes = self.generator([z, labels], training=True)
        images = self._augment(images, f"augmentation real{stream}")
        fakes = self._augment(fakes, f"augmentation fake{stream}")

        def gradients(penalised: bool):
            def of_part(*rows):
                loss = functools.partial(self.discriminator_loss, *rows, penalised)
                return gradients_of(self.discriminator, loss, self.weight_penalty)

            return self._accumulated(of_part, [images, fakes, labels, weight])

        every = self.config.penalty_every if self.objective.penalised else 1
        step = (self.images_seen - self.phase.start) // replicas.global_batch(batch) + number
        due = tf.equal(step % every, 0)
        found, loss, parts = gradients(True) if every == 1 else either(due, gradients)
        norm = apply_gradients(found, self.discriminator, self.discriminator_optimizer)
        if self.augmentation:
            sign = replicas.sum_over_replicas(replicas.batch_mean(parts["sign_real"]))
            self.augmentation.adapt(sign, replicas.global_batch(batch))
            parts |= {"augmentation_strength": tf.convert_to_tensor(self.augmentation.strength)}
        return loss, {**parts, "gradients_d": norm, "due": tf.cast(due, tf.float32)}

    def discriminator_loss(
        self, images, fakes, labels, weight, penalised: bool = True
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """Loss of each example [N] with its parts, see `Objective.discriminator`."""
        return self.objective.discriminator(self.score, images, fakes, labels, weight, penalised)

    def generator_step(self, batch: tf.Tensor | int) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """Updates the generator on new noise and labels. Returns per-example loss and parts."""
        self.prepare_network(self.generator)
        z = self._draw_latents("generator latents", batch)
        labels = self._draw("generator labels", batch, self._labels_like_training, [])
        inputs = [z, labels]
        if self.augmentation:
            inputs.append(self._draw("augmentation generator", batch, draws.uniform, self.augmentation.draw_shape))

        def of_part(*rows):
            return gradients_of(self.generator, functools.partial(self.generator_loss, *rows), self.weight_penalty)

        found, loss, parts = self._accumulated(of_part, inputs)
        return loss, {**parts, "gradients_g": apply_gradients(found, self.generator, self.generator_optimizer)}

    def generator_loss(self, z, labels, augmentation_draw=None) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """Loss of each example [N], with the images and their logits; augmented if the draw for that is given."""
        images = self.generator([z, labels], training=True)
        shown = images if augmentation_draw is None else self.augmentation(images, augmentation_draw)
        loss, parts = self.objective.generator(self.score, shown, labels)
        return loss, {**parts, "images": images}

    def _accumulated(self, compute, inputs: list[tf.Tensor]):
        """`compute` on the rows of all inputs, in as many parts as `training.accumulation` says."""
        return accumulated(compute, inputs, self.training_config.accumulation, self.config.deviation_group)

    def reset_average(self) -> None:
        """Sets the averaged generator to the generator's weights."""
        for average, weight in zip(self.ema_generator.variables, self.generator.variables, strict=True):
            average.assign(weight)

    def update_average(self) -> None:
        """Moves the averaged generator's weights towards the generator's by 1 - decay."""
        half_life = self.training_config.ema_half_life
        decay = 0.5 ** (self.phase.batch / half_life) if half_life else self.training_config.ema_decay
        for average, weight in zip(self.average_state, self.generator.trainable_variables, strict=True):
            average.assign_add((1.0 - decay) * (tf.convert_to_tensor(weight) - tf.convert_to_tensor(average)))

    def _maybe_symbolic_build(self, iterator=None, data_batch=None) -> None:
        """Nothing: the networks are built, and Keras's own fails for pairs of tensors on several workers."""

    # --- draws --------------------------------------------------------------------------------------------------------

    def _draw(self, stream: str, batch, draw, shape: list[int]) -> tf.Tensor:
        """This replica's rows of a draw for the whole global batch."""
        seed = draws.draw_seed(self.draw_seed, stream, self.images_seen)
        values = draw(seed, [replicas.global_batch(batch), *shape])
        count = replicas.replica_count()
        return draws.replica_rows(values, replicas.replica_number(), count, self.config.deviation_group)

    def _draw_latents(self, stream: str, batch) -> tf.Tensor:
        return self._draw(stream, batch, draws.normal, [self.config.latent_size])

    def _labels_like_training(self, seed: tf.Tensor, shape: list) -> tf.Tensor:
        return draws.draw_labels(seed, shape[0], self.label_combinations, self.label_counts)

    def _augment(self, images: tf.Tensor, stream: str) -> tf.Tensor:
        if self.augmentation is None:
            return images
        batch = images.shape[0] or tf.shape(images)[0]
        return self.augmentation(images, self._draw(stream, batch, draws.uniform, self.augmentation.draw_shape))

    def take_metrics(self, steps: int) -> dict[str, float]:
        """Means since the last call, over `steps` training steps, and starts anew. See `RunningMeans`."""
        return self.running_means.take(steps)
