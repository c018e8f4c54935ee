"""A differentially private training step: one discriminator step, and a generator step when it is due.

The discriminator's gradient is the sum of a real and a generated half, divided by the expected batch. Each unit's
gradient of the real half is clipped, and Gaussian noise is added to the sum. The generated half sees no real image: its
number of images and its labels are public, and the networks are covered already. Its gradients are clipped image by
image like the real ones, or else it would outweigh them. The generator's step sees no real image either.
"""

import functools
from collections.abc import Callable

import keras
import tensorflow as tf

from medgan_tf.errors import ConfigError
from medgan_tf.gans import draws, replicas
from medgan_tf.gans.optimisation import apply_gradients
from medgan_tf.gans.private.adaptive import DiscriminatorSteps
from medgan_tf.gans.private.gradients import ClippedSum
from medgan_tf.gans.private.halves import fake_names, fake_sum, real_sum
from medgan_tf.gans.private.noise import gaussian_noise
from medgan_tf.gans.private.patients import Patients
from medgan_tf.gans.private.refusals import check_private_networks
from medgan_tf.gans.private.sampling import Draw, draw_units
from medgan_tf.gans.private.terms import SECRET_STREAMS, StepTerms
from medgan_tf.gans.steps import generator_step
from medgan_tf.layers.batch_norm import BatchNorm

GENERATOR_VALUES = ("loss_g", "gradients_g", "accuracy_fake")


class PrivateTraining:
    """The private part of a GAN in training.

    Args:
        gan: A `ConditionalGan` after `prepare_training`, with a label table.
        terms: What each step is charged for.
        patients: The training images by unit.

    Attributes:
        steps: When a generator step is due.
        metric_names: Names of all values that are averaged over a tick. None of them depends on a real image but
            through the networks.

    Raises:
        ConfigError: The networks or their training cannot be private, see `refusals`.
        ValueError: There is no label table.
    """

    def __init__(self, gan, terms: StepTerms, patients: Patients):
        check_private_networks(gan.config, gan.training_config, terms.discriminator_steps is None)
        for layer in gan.discriminator._flatten_layers(include_self=False):
            if isinstance(layer, BatchNorm | keras.layers.BatchNormalization):
                raise ConfigError(
                    "privacy.dp: batch normalisation in the discriminator mixes the images of several patients; choose "
                    f"another gan.architecture. Received: {layer.path}"
                )
        if gan.label_table is None:
            raise ValueError("private training needs a table of labels, noisy or public: prepare_training(labels=...)")
        self.gan, self.terms, self.patients = gan, terms, patients
        self.steps = DiscriminatorSteps(terms.discriminator_steps)
        names = ["loss_d", "loss_g", "score_fake", "gradients_g", "gradients_d"]
        names += ["accuracy_fake"] if gan.objective.adversarial.signed else []
        names += ["augmentation_strength"] if gan.augmentation else []
        self.metric_names = (*names, "discriminator_steps", *fake_names(gan)[2:])
        first = tf.VariableAggregation.ONLY_FIRST_REPLICA
        # In a step without a generator step the last one's values stand for it.
        self._last = tf.Variable(tf.zeros(len(GENERATOR_VALUES)), trainable=False, aggregation=first)

    @property
    def variables(self) -> list[tf.Variable]:
        """What a checkpoint holds beside networks, optimizers and `images_seen`."""
        return [*self.steps.variables, self._last]

    def train_step(self, seeds: tf.Tensor) -> dict[str, tf.Tensor]:
        """One discriminator step, and a generator step when it is due. Outside a strategy, or eagerly; see `step_of`.

        Args:
            seeds: int64 [1, len(SECRET_STREAMS), 2], the secret seeds, the same on all replicas.

        Returns:
            The losses, [1] each, as `ConditionalGan.train_step` does.
        """
        values, labels = self._begin(seeds)
        tf.cond(self.steps.generator_is_due(), lambda: self._generator_step(labels), lambda: None)
        return self._end(values)

    def step_of(self, run: Callable[[Callable], Callable]) -> Callable[[list[tf.Tensor]], dict[str, tf.Tensor]]:
        """`train_step` for a graph under a strategy.

        Within a branch replicas cannot update variables together, so the branch is taken outside of them.

        Args:
            run: From a function of replicas to a function that runs it on all of them, given the list of arguments.

        Returns:
            A function from the list [seeds] to the losses.
        """
        begin, generator, end = run(self._begin), run(self._generator_step), run(self._end)

        def step(arguments: list[tf.Tensor]) -> dict[str, tf.Tensor]:
            values, labels = begin(arguments)
            rounds = tf.cast(self.steps.generator_is_due(), tf.int32)

            def round_of_generator(number: tf.Tensor) -> list[tf.Tensor]:
                generator([labels])
                return [number + 1]

            # A loop of one round or none: the keys of the replicas' sums reach a function in a loop, but not one in a
            # `tf.cond`.
            tf.while_loop(lambda number: number < rounds, round_of_generator, [tf.constant(0)])
            return end([values])

        return step

    def _begin(self, seeds: tf.Tensor) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
        self.gan.begin_step()
        found = self._discriminator_step(tf.ensure_shape(seeds, [1, len(SECRET_STREAMS), 2])[0])
        self.gan.update_average()
        self.steps.count_discriminator_step()
        return found

    def _end(self, values: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        last = tf.unstack(tf.convert_to_tensor(self._last))
        values = values | dict(zip(GENERATOR_VALUES, last, strict=True))
        self.gan.images_seen.assign_add(self.terms.expected_batch)
        means = self.gan.running_means.add([values])
        return {name: tf.reshape(means[name], [1]) for name in ("loss_d", "loss_g")}

    def _discriminator_step(self, seeds: tf.Tensor) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
        """Updates the discriminator. Returns the values of the step, and the labels of the generated images."""
        gan, terms = self.gan, self.terms
        gan.prepare_network(gan.discriminator)
        batch = terms.expected_batch // replicas.replica_count()
        z = gan.batch_draws("discriminator latents", batch, draws.normal, gan.config.latent_size)
        labels = gan.batch_draws("discriminator labels", batch, gan.label_table.draw)
        fakes = gan.generator([z, labels], training=True)
        if gan.augmentation:
            shape = gan.augmentation.draw_shape
            fakes = gan.augmentation(fakes, gan.batch_draws("augmentation fake", batch, draws.uniform, *shape))
        numbers = gan.augmentation.draw_shape[0] * gan.augmentation.draw_shape[1] if gan.augmentation else 0
        draw = draw_units(seeds[0], seeds[1], self.patients.starts, terms, terms.expected_batch, numbers)
        # Gathered outside of any branch, where replicas may wait for each other.
        partners = _over_replicas(fakes) if "gradient_norm" in gan.objective.penalties else None
        every = gan.config.penalty_every if gan.objective.penalties else 1
        due = tf.equal((gan.images_seen - gan.phase.start) // terms.expected_batch % every, 0)
        halves = functools.partial(self._halves, draw, fakes, labels, partners)
        if every == 1:
            real, fake = halves(True)
        else:
            real, fake = tf.cond(due, lambda: halves(True), lambda: halves(False))
        norm = apply_gradients(self._gradients(real, fake, seeds[2:]), gan.discriminator, gan.discriminator_optimizer)
        values = {name: total / batch for name, total in fake.values.items()}
        values |= {"gradients_d": norm, "due": tf.cast(due, tf.float32)}
        values["discriminator_steps"] = tf.cast(tf.convert_to_tensor(self.steps.number), tf.float32)
        if gan.augmentation:
            values["augmentation_strength"] = tf.convert_to_tensor(gan.augmentation.strength)
        return values, labels

    def _halves(self, draw: Draw, fakes, labels, partners, penalised: bool) -> tuple[ClippedSum, ClippedSum]:
        gan, terms = self.gan, self.terms
        real = real_sum(gan, terms, self.patients, draw, partners, penalised)
        return real, fake_sum(gan, terms, fakes, labels, penalised)

    def _gradients(self, real: ClippedSum, fake: ClippedSum, noise_seeds: tf.Tensor) -> list[tf.Tensor]:
        """This replica's share of the noisy mean gradient."""
        gan, terms, count = self.gan, self.terms, replicas.replica_count()
        variables = [variable.value for variable in gan.discriminator.trainable_variables]
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(variables)
            penalty = tf.convert_to_tensor(gan.weight_penalty(gan.discriminator)) / count
        zero = tf.UnconnectedGradients.ZERO
        added = tape.gradient(penalty, variables, unconnected_gradients=zero)
        shapes = [variable.shape for variable in variables]
        # All replicas draw the same noise, and each adds its part of it.
        noise = gaussian_noise(noise_seeds, shapes, terms.clip * terms.noise_multiplier)
        whole = zip(real.gradients, fake.gradients, noise, added, strict=True)
        return [(one + other + rest / count) / terms.expected_batch + weight for one, other, rest, weight in whole]

    def _generator_step(self, labels: tf.Tensor) -> None:
        values = generator_step(self.gan, labels)
        # Negative logits mean "generated".
        told = replicas.batch_mean(tf.cast(values["score_fake"] < 0.0, tf.float32))
        loss, accuracy = replicas.sum_over_replicas([replicas.batch_mean(values["loss_g"]), told])
        self.steps.count_generator_step(accuracy)
        self._last.assign(tf.stack([loss, values["gradients_g"], accuracy]))


def _over_replicas(rows: tf.Tensor) -> tf.Tensor:
    """The rows of all replicas, in their order."""
    if replicas.replica_count() == 1:
        return rows
    return tf.distribute.get_replica_context().all_gather(rows, axis=0)
