"""Part `determinism`: the same training steps from the same state, twice, to the same bits."""

import functools

import numpy as np
import tensorflow as tf

from medgan_tf.machine.selfcheck.cases import Case, Outcome, judged
from medgan_tf.machine.selfcheck.fixed import fixed_gan, fixed_images, label_vectors
from medgan_tf.training.checkpoints import training_variables

STEPS = 3


def cases() -> list[Case]:
    """On a CPU equal bits are demanded. On a GPU they are reported, without and with TensorFlow's op determinism."""
    if not tf.config.list_physical_devices("GPU"):
        return [Case("training steps", True, functools.partial(compared, True))]
    return [
        Case("training steps", False, functools.partial(compared, False)),
        # Last: it cannot be switched off again in the same process.
        Case("training steps with op determinism", False, functools.partial(compared, False, ops=True)),
    ]


def compared(demanded: bool, ops: bool = False) -> Outcome:
    """Three steps of a tiny network, twice.

    Args:
        demanded: Whether other bits fail the check.
        ops: Whether TensorFlow is told to use only operations that give equal bits.
    """
    if ops:
        tf.config.experimental.enable_op_determinism()
    gan = fixed_gan("float32")
    images, labels = tf.constant(fixed_images()), tf.constant(label_vectors())
    step = tf.function(lambda *batch: gan.train_step(batch), autograph=False)
    state = [variable for part in training_variables(gan).values() for variable in part]
    begin = [variable.numpy() for variable in state]
    ends = []
    for _ in range(2):
        for variable, value in zip(state, begin, strict=True):
            variable.assign(value)
        for _ in range(STEPS):
            step(images, labels)
        ends.append([variable.numpy() for variable in state])
    moved = sum(not np.array_equal(one, two) for one, two in zip(begin, ends[0], strict=True))
    other = sum(one.tobytes() != two.tobytes() for one, two in zip(*ends, strict=True))
    text = "equal bits" if not other else f"{other} of {len(state)} variables differ"
    # A training that moves nothing would be equal, too.
    good = not other and moved > len(state) / 2
    return judged(demanded, good, text, {"variables": len(state), "different": other, "moved": moved})
