"""The price of a private training after every tick, and its end where the budget ends."""

import logging
import math

import keras

from medgan_tf.gans.gan import ConditionalGan
from medgan_tf.training.private.session import PrivateSession
from medgan_tf.training.state import Tick

log = logging.getLogger(__name__)


class PrivacyBudget(keras.callbacks.Callback):
    """Adds `epsilon` to the tick's values and ends the run before the budget is exceeded.

    It also checks that steps whose noise was drawn before were the same again. So it comes right after `TickMetrics`,
    before anything of the tick is written.

    Args:
        gan: The GAN in training.
        tick: The measured tick.
        private: The private part of the run.
        total: Images seen at the end of the run, if the budget allows it.
    """

    def __init__(self, gan: ConditionalGan, tick: Tick, private: PrivateSession, total: int):
        super().__init__()
        self.gan = gan
        self.tick = tick
        self.private = private
        self.total = total

    def on_epoch_end(self, epoch, logs=None):
        tick, private, batch = self.tick, self.private, self.private.terms.step.expected_batch
        step, last = tick.after // batch, private.last_step
        private.confirm(step, self.gan)
        tick.values["epsilon"] = private.epsilon(step)
        if last * batch >= self.total:
            return
        left = max(0, last - step) / max(1, private.terms.steps - step)
        tick.values["seconds_left"] *= left
        if step < last or tick.last:
            return
        private.finished = tick.last = True
        self.gan.stop_training = True
        log.warning(budget_words(private))


def budget_words(private: PrivateSession) -> str:
    """Why the run ends before its last image."""
    terms = private.terms
    return (
        f"the privacy budget is used up: one more step would exceed epsilon {terms.target_epsilon:g} at delta "
        f"{terms.delta:.2g}; the run ends after {private.last_step:,} of {terms.steps:,} steps"
    )


def epsilon_words(epsilon: float, target: float | None) -> str:
    """`epsilon 2.31 of 10`."""
    value = f"{epsilon:.3g}" if math.isfinite(epsilon) else "infinite"
    return f"epsilon {value}" + (f" of {target:g}" if target is not None and math.isfinite(target) else "")
