"""The number of discriminator steps for each generator step, fixed or adaptive (Bie, Kamath, Zhang 2023, section 4).

Noise makes the discriminator learn slowly. The adaptive number goes up when the discriminator no longer tells generated
images, on which its accuracy needs no real image.
"""

import tensorflow as tf

LADDER = (1, 2, 5, 10, 20, 50, 100, 200, 500)
DECAY = 0.99
PATIENCE = 200
"""Generator steps at one number before the next may come: two time constants of the average."""
ACCURACY = 0.6


class DiscriminatorSteps:
    """Counts discriminator steps, and says when a generator step is due.

    The first generator step comes after the first discriminator step, so that its values are there from the beginning;
    each later one comes after the present number of discriminator steps.

    Args:
        fixed: Discriminator steps for each generator step; None: adaptive, from 1 on.

    Attributes:
        number: int64, discriminator steps for each generator step at present.
        since: int64, discriminator steps since the last generator step.
        stayed: int64, generator steps at the present number.
        average: float32, moving average of the accuracy on generated images; it starts as the first one. -1: none yet.
    """

    def __init__(self, fixed: int | None):
        self.adaptive = fixed is None
        first = fixed or LADDER[0]
        self.number = _variable(first, tf.int64)
        self.since = _variable(first - 1, tf.int64)
        self.stayed = _variable(0, tf.int64)
        self.average = _variable(-1.0, tf.float32)

    @property
    def variables(self) -> list[tf.Variable]:
        """What a checkpoint holds."""
        return [self.number, self.since, self.stayed, self.average]

    def generator_is_due(self) -> tf.Tensor:
        """Whether a generator step follows, bool scalar."""
        return tf.convert_to_tensor(self.since) >= tf.convert_to_tensor(self.number)

    def count_discriminator_step(self) -> None:
        """Notes a discriminator step."""
        self.since.assign_add(1)

    def count_generator_step(self, accuracy: tf.Tensor) -> None:
        """Notes a generator step, and goes up where it is time to.

        Args:
            accuracy: Share of the generated images that the discriminator tells as such, over all replicas, 0..1.
        """
        self.since.assign(0)
        before, number = tf.convert_to_tensor(self.average), tf.convert_to_tensor(self.number)
        average = tf.where(before < 0.0, accuracy, DECAY * before + (1.0 - DECAY) * accuracy)
        self.average.assign(average)
        stayed = tf.convert_to_tensor(self.stayed) + 1
        if not self.adaptive:
            self.stayed.assign(stayed)
            return
        ladder = tf.constant(LADDER, tf.int64)
        above = tf.searchsorted(ladder, number[None], side="right")[0]
        goes_up = (stayed >= PATIENCE) & (average <= ACCURACY) & (above < len(LADDER))
        self.number.assign(tf.where(goes_up, ladder[tf.minimum(above, len(LADDER) - 1)], number))
        self.stayed.assign(tf.where(goes_up, tf.zeros_like(stayed), stayed))


def _variable(value: float, dtype: tf.DType) -> tf.Variable:
    first = tf.VariableAggregation.ONLY_FIRST_REPLICA
    return tf.Variable(value, dtype=dtype, trainable=False, aggregation=first)
