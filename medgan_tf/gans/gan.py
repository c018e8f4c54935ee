"""A label-conditional GAN: generator, discriminator, averaged generator, two optimizers and the training step."""

from abc import abstractmethod

import keras
import numpy as np
import tensorflow as tf

from medgan_tf.config.schema import GanConfig, TrainingConfig
from medgan_tf.gans import batches, draws, replicas
from medgan_tf.gans.augmentation import Augmentation
from medgan_tf.gans.objective import Objective
from medgan_tf.gans.optimisation import make_adam
from medgan_tf.gans.private.patients import Patients
from medgan_tf.gans.private.step import PrivateTraining
from medgan_tf.gans.private.terms import StepTerms
from medgan_tf.gans.resolve import compile_settings, plan_phases
from medgan_tf.gans.running_means import RunningMeans
from medgan_tf.gans.saving import KerasFile
from medgan_tf.gans.schedule import Phase, single_phase
from medgan_tf.gans.steps import discriminator_step, generator_step, row_count


class ConditionalGan(KerasFile, keras.Model):
    """A label-conditional GAN, trained by `keras.Model.fit` on batches (images, labels).

    An architecture is a subclass with `make_generator` and `make_discriminator`; the other methods of the section
    "what an architecture may change" have a plain default.

    Args:
        config: Architecture and loss, without open values: `build_gan` and `resolve.resolve_gan` fill them.
        resolution: Side of the images, pixels.
        label_count: Length of the label vectors.
        precision: Keras dtype policy of the convolutions, `float32` or `mixed_bfloat16`.

    Attributes:
        generator: ``([z [N, Z], labels [N, L]]) -> images [N, R, R, 1]``.
        discriminator: ``([images, labels]) -> logits [N]``.
        ema_generator: Exponential moving average of the generator, which is sampled, scored and exported.
        images_seen: int64 scalar variable, real images shown to the discriminator so far.
        learning_rate_factor: Factor on both learning rates of the phase, from the next tick on.

    A training batch holds images [K * N, R, R, 1], uint8 0..255 or float -1..1, and labels [K * N, L]. K is `n_critic`:
    each discriminator step takes N images. Under several replicas each takes its rows of the global batch as
    `draws.replica_rows` cuts them, with ``group=K * mbstd_group_size``.
    """

    auxiliary = False
    """Whether the discriminator returns label logits too."""

    def __init__(self, config: GanConfig, resolution: int, label_count: int, precision: str = "float32", **kwargs):
        super().__init__(**kwargs)
        self.config = config
        self.resolution = resolution
        self.label_count = label_count
        self.precision = precision
        self.objective = Objective(config, self.auxiliary)
        self.augmentation = Augmentation(config.augmentation) if config.augmentation else None
        self.metric_names = self.objective.metric_names + (("augmentation_strength",) if self.augmentation else ())
        self.learning_rate_factor, self.label_table, self.private = 1.0, None, None
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

    # --- what an architecture may change ------------------------------------------------------------------------------

    @abstractmethod
    def make_generator(self, name: str) -> keras.Model:
        """A new generator."""

    @abstractmethod
    def make_discriminator(self, name: str) -> keras.Model:
        """A new discriminator."""

    def make_shared_state(self) -> None:
        """Makes the state that the networks share, before the networks are made."""

    def phase_values(self) -> dict[str, float]:
        """Values of the phase for the status line and the metrics; empty without growth."""
        return {}

    @property
    def structure(self) -> tuple:
        """The state of growth that a traced function depends on: trace again when it changes. Empty without growth."""
        return ()

    def take_structure(self, other: "ConditionalGan") -> None:
        """Takes over the state of growth of another GAN of the same kind, if there is one."""

    def begin_step(self) -> None:
        """Called at the beginning of each training step, in the graph."""

    def prepare_images(self, images: tf.Tensor) -> tf.Tensor:
        """Real images float32 [N, R, R, 1] in the form that the discriminator sees."""
        return images

    def prepare_network(self, network: keras.Model) -> None:
        """Called in the graph before each optimisation step of a network."""

    def weight_penalty(self, network: keras.Model) -> tf.Tensor | float:
        """A scalar that is added to a network's loss and depends on its weights alone."""
        return 0.0

    def refresh_average(self) -> None:
        """Computes the averaged generator's batch moments again, if it has any, before that network is used. The result
        depends only on `average_state` and on the generator's variables."""

    # --- setting up ---------------------------------------------------------------------------------------------------

    def compile(
        self, *, seed: int = 1000, labels: np.ndarray | None = None, run_eagerly: bool = False, **training
    ) -> None:
        """Prepares the GAN for `fit`, by default as the paper trained the architecture, at the full resolution.

        Args:
            seed: Seed of all draws: noise, labels and augmentation.
            labels: [N, L] label vectors, usually of all training images: the generator step draws from them with their
                frequencies, as the paper did. None: it takes the labels of the real images of the same step.
            run_eagerly: As in `keras.Model.compile`.
            **training: Those fields of `TrainingConfig` that `resolve.COMPILE_OPTIONS` lists, as ``ema_decay=0.99``.

        Raises:
            ValueError: Another option, or labels of another length.
        """
        settings = compile_settings(self.config.architecture, self.resolution, training)
        rates = (settings.generator_learning_rate, settings.discriminator_learning_rate)
        phase = single_phase(self.resolution, settings.batch, settings.total_images, rates, self.config.n_critic)
        self.prepare_training(settings, seed, labels, phase)
        self.run_eagerly = run_eagerly

    def prepare_training(
        self,
        training: TrainingConfig,
        seed: int,
        labels: np.ndarray | draws.LabelTable | None,
        phase: Phase | None = None,
    ) -> None:
        """What `compile` does, for settings without open values. Call within the strategy's scope, before `fit`.

        Args:
            training: Optimisation settings without open values.
            seed: Seed of all draws.
            labels: Label vectors [N, L] to draw from, see `compile`, or their table.
            phase: What the next `fit` trains; None means the first phase of the architecture's schedule.
        """
        table = labels if labels is None or isinstance(labels, draws.LabelTable) else draws.LabelTable.of(labels)
        if table is not None and table.combinations.shape[1:] != (self.label_count,):
            found = table.combinations.shape[1:]
            raise ValueError(f"this GAN needs label vectors [N, {self.label_count}]. Received: [N, *{found}]")
        phase = phase or plan_phases(self.config, self.resolution, training)[0]
        self.training_config, self.draw_seed, self.label_table = training, seed, table
        self.batch_draws = draws.BatchDraws(seed, self.images_seen, self.config.mbstd_group_size)
        self.generator_optimizer = make_adam(self.generator, training, phase.generator_learning_rate)
        self.discriminator_optimizer = make_adam(self.discriminator, training, phase.discriminator_learning_rate)
        super().compile(optimizer=None, jit_compile=training.jit_compile)
        self.enter_phase(phase, begins=True)

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
        # The step is traced again, as it contains only the layers of the phase.
        self.train_function = None

    def prepare_private(self, terms: StepTerms, patients: Patients) -> None:
        """From now on each training step is a differentially private one, see `private.step`.

        Call after `prepare_training`, within the strategy's scope. `train_step` then takes secret seeds.

        Args:
            terms: What each step is charged for.
            patients: The training images by unit.

        Raises:
            ValueError: There is no label table.
        """
        self.private = PrivateTraining(self, terms, patients)
        self.metric_names = self.private.metric_names
        self.running_means, self.train_function = RunningMeans(self.metric_names), None

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

    # --- the training step --------------------------------------------------------------------------------------------

    def fit(self, x=None, y=None, batch_size: int | None = None, epochs: int = 1, **options) -> keras.callbacks.History:
        """See `keras.Model.fit`. With arrays an epoch has whole batches only, see `batches.array_batches`.

        Args:
            x: Images, uint8 0..255 or float -1..1, [N, R, R, 1], or a `tf.data.Dataset` of batches (images, labels).
            y: Labels [N, L] where x is an array.
            batch_size: Images per training step where x is an array; None means 32.
            epochs: Passes over the images.
            **options: Further arguments of `keras.Model.fit`.

        Raises:
            ValueError: Images and labels do not fit the GAN, or each other; or it was not compiled.
        """
        self._assert_compile_called("fit")
        if isinstance(x, np.ndarray):
            x = batches.array_batches(x, y, batch_size, options.pop("shuffle", True), self.draw_seed)
            y = batch_size = None
        history = super().fit(x, y, batch_size=batch_size, epochs=epochs, **{"shuffle": False, **options})
        history.history = {name: [float(np.mean(one)) for one in values] for name, values in history.history.items()}
        return history

    def train_step(self, data):
        """One step of the training (Gulrajani et al. 2017, algorithm 1), in the order of the published code.

        The discriminator learns from new real images, and the average follows the generator, `n_critic` times. Then
        the generator learns. See `prepare_private` for the private step.
        """
        if self.private is not None:
            return self.private.train_step(data)
        count = self.config.n_critic
        unit = self.config.mbstd_group_size * self.training_config.accumulation * count
        images, labels = batches.as_tensors(data, self.resolution, self.label_count, unit)
        self.begin_step()
        real_batches = zip(tf.split(self.prepare_images(images), count), tf.split(labels, count), strict=True)
        values = []
        for number, (real, real_labels) in enumerate(real_batches):
            values.append(discriminator_step(self, real, real_labels, number))
            self.update_average()
        values.append(generator_step(self, real_labels))
        self.images_seen.assign_add(replicas.global_batch(row_count(labels)))
        means = self.running_means.add(values)
        # `fit` needs something to return; shape [1], as scalars break the reduction of several workers.
        return {name: tf.reshape(means[name], [1]) for name in ("loss_d", "loss_g")}

    def generator_loss(self, z, labels, augmentation_draw=None) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """Loss of each example [N], with the images and their logits; augmented if the draw for that is given."""
        images = self.generator([z, labels], training=True)
        shown = images if augmentation_draw is None else self.augmentation(images, augmentation_draw)
        loss, parts = self.objective.generator(self.discriminator, shown, labels)
        return loss, {**parts, "images": images}

    def _maybe_symbolic_build(self, iterator=None, data_batch=None) -> None:
        """Nothing: the networks are built, and Keras's own fails for pairs of tensors on several workers."""

    # --- the average and the metrics ----------------------------------------------------------------------------------

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

    @property
    def average_state(self) -> list[keras.Variable]:
        """The averaged generator's weights, without the state that `refresh_average` computes."""
        pairs = zip(self.ema_generator.variables, self.generator.variables, strict=True)
        return [average for average, weight in pairs if weight.trainable]

    @property
    def extra_state(self) -> dict[str, list[tf.Variable]]:
        """Further variables that change during training, by part: all but networks, optimizers and `images_seen`."""
        augmentation = {"augmentation": [self.augmentation.strength]} if self.augmentation else {}
        return augmentation | ({"privacy": self.private.variables} if self.private else {})

    @property
    def metric_sums(self) -> tf.Variable:
        """The variables from which `take_metrics` computes its means."""
        return self.running_means.sums

    def take_metrics(self, steps: int) -> dict[str, float]:
        """Means since the last call, over `steps` training steps; then the sums are 0 again. See `RunningMeans`."""
        return self.running_means.take(steps)
