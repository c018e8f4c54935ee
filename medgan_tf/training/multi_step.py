"""Several training steps for each call from Python; the rest of a tick needs no second trace."""

import functools
from collections.abc import Callable, Iterator

import tensorflow as tf

from medgan_tf.gans.gan import ConditionalGan

_RETURNED = ("loss_d", "loss_g")


class MultiStepFunction:
    """The function that `fit` calls in place of Keras's own one.

    Keras's own function does whole calls only: 156 steps in calls of 10 would become 160. This one does what is left
    of an epoch in its last call. Each step is the GAN's `train_step` on the next batch, under the GAN's strategy, so
    the result does not depend on how many steps a call does.

    Args:
        gan: The GAN in training. `prepare` sets its `steps_per_execution` and its `train_function`.
        steps_per_call: Steps of a whole call.
    """

    def __init__(self, gan: ConditionalGan, steps_per_call: int):
        self.gan = gan
        self.steps_per_call = steps_per_call
        self.left = self.epoch = 0

    def prepare(self, steps: int) -> None:
        """Prepares the GAN for a `fit` of so many steps per epoch.

        The graph is made again when the GAN has no `train_function` any more, as after `enter_phase`.
        """
        self.left = self.epoch = steps
        self.gan.steps_per_execution = self.steps_per_call
        if self.gan.train_function is not self:
            self.gan.train_function = self
            self._function = self._make_function()

    def __call__(self, iterator: Iterator) -> dict[str, tf.Tensor]:
        """Does `steps_per_call` steps, or what is left of the epoch. Returns the last step's losses, [1] each."""
        count = min(self.steps_per_call, self.left)
        self.left = self.left - count or self.epoch
        return self._function(iterator, tf.constant(count))

    def run(self, iterator: Iterator, count: int) -> None:
        """Does exactly `count` steps outside `fit`, in calls as `fit` makes them, and waits for the last one."""
        self.prepare(count)
        for _ in range(0, count, self.steps_per_call):
            self(iterator)
        self.gan.images_seen.numpy()

    def _make_function(self) -> Callable:
        strategy, private, jit_compile = self.gan.distribute_strategy, self.gan.private, self.gan.jit_compile or None

        def on_replicas(function: Callable) -> Callable:
            return tf.function(functools.partial(strategy.run, function), autograph=False, jit_compile=jit_compile)

        one_step = private.step_of(on_replicas) if private else on_replicas(self.gan.train_step)

        def steps(iterator, count: tf.Tensor) -> dict[str, tf.Tensor]:
            def body(number, *_):
                losses = one_step([iterator.get_next()])
                local = [strategy.experimental_local_results(losses[name])[0] for name in _RETURNED]
                return [number + 1, *local]

            start = [tf.constant(0), *(tf.zeros([1]) for _ in _RETURNED)]
            _, *results = tf.while_loop(lambda number, *_: number < count, body, start, parallel_iterations=1)
            return dict(zip(_RETURNED, results, strict=True))

        return tf.function(steps, autograph=False, reduce_retracing=True)
