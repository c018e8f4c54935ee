"""Several training steps for each call from Python, without tracing anew for the rest of a tick."""

from collections.abc import Callable, Iterator

import tensorflow as tf

from medgan_tf.gans.gan import ConditionalGan


class HostCalls:
    """What `fit` calls instead of its own function, which can only do whole calls: 156 steps in calls of 10 would
    become 160.

    Each step is the GAN's `train_step` on the next batch under its strategy, so the result does not depend on how
    many steps a call does.

    Args:
        gan: The GAN in training, compiled with ``steps_per_execution`` equal to `per_call`.
        per_call: Steps of a whole call.
    """

    def __init__(self, gan: ConditionalGan, per_call: int):
        self.gan = gan
        self.per_call = per_call
        self.left = 0

    def prepare(self, steps: int) -> None:
        """Makes the function for the GAN's phase, if there is none, for a `fit` of this many steps per epoch."""
        self.left = self.total = steps
        self.gan.steps_per_execution = self.per_call
        if self.gan.train_function is None:
            self.gan.train_function = self._call
            self._function = self._make_function()

    def _call(self, iterator: Iterator) -> dict[str, tf.Tensor]:
        """One call: `per_call` steps, or what is left of the epoch."""
        count = min(self.per_call, self.left)
        self.left = self.left - count or self.total
        return self._function(iterator, tf.constant(count))

    def _make_function(self) -> Callable:
        strategy, names = self.gan.distribute_strategy, ("loss_d", "loss_g")

        def step(batch) -> list[tf.Tensor]:
            results = strategy.run(self.gan.train_step, [batch])
            return [strategy.experimental_local_results(results[name])[0] for name in names]

        one_step = tf.function(step, autograph=False, jit_compile=self.gan.jit_compile or None)

        def steps(iterator, count: tf.Tensor) -> dict[str, tf.Tensor]:
            def body(number, *_):
                return [number + 1, *one_step(iterator.get_next())]

            start = [tf.constant(0), *(tf.zeros([1]) for _ in names)]
            _, *results = tf.while_loop(lambda number, *_: number < count, body, start, parallel_iterations=1)
            return dict(zip(names, results, strict=True))

        return tf.function(steps, autograph=False, reduce_retracing=True)
