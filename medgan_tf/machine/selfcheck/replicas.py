"""Part `replicas`: two devices that share each batch compute what one device computes, up to rounding."""

import functools
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from medgan_tf.data.records.pipeline import training_batches
from medgan_tf.machine.selfcheck.cases import REPORTED, Case, Outcome, judged
from medgan_tf.machine.selfcheck.fixed import BATCH, fixed_gan, fixed_images, label_vectors
from medgan_tf.training.multi_step import MultiStepFunction

STEPS = 2
TOLERANCE = 0.02
"""Largest difference of a weight, as a share of the largest movement of any weight of the same network."""


def cases() -> list[Case]:
    """Two GPUs where there are two; on a machine without GPUs the CPU as two devices, which is demanded."""
    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:
        return [Case("two parts of the CPU", True, functools.partial(compared, True))]
    if len(gpus) == 1:
        return [Case("two GPUs", False, lambda: Outcome(REPORTED, "there is one GPU"))]
    return [Case("two GPUs", True, functools.partial(compared, False))]


def compared(on_cpu: bool) -> Outcome:
    """Two steps of a tiny network on one device and on two, in the way in which trainings do them."""
    kind = "CPU" if on_cpu else "GPU"
    if on_cpu:
        split_cpu()
    # Else a value that is rounded the other way would make 2,000 times the difference.
    tf.config.experimental.enable_tensor_float_32_execution(False)
    start, one = weights_after(tf.distribute.get_strategy())
    _, two = weights_after(tf.distribute.MirroredStrategy([f"{kind}:0", f"{kind}:1"]))
    found = difference(start, one, two)
    text = f"weights differ by {found:.1e} of their movement, {TOLERANCE:.0e} allowed"
    return judged(True, found <= TOLERANCE, text, {"difference": found, "allowed": TOLERANCE, "steps": STEPS})


def split_cpu() -> None:
    """Makes two devices of the CPU, unless it is two already. Before the first operation of the process."""
    cpu = tf.config.list_physical_devices("CPU")[0]
    if len(tf.config.get_logical_device_configuration(cpu) or ()) != 2:
        tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)


Weights = list[list[np.ndarray]]


def weights_after(strategy: tf.distribute.Strategy) -> tuple[Weights, Weights]:
    """Weights of generator and discriminator before and after the steps."""
    with strategy.scope():
        gan = fixed_gan("float32")
    networks = (gan.generator, gan.discriminator)
    start = [[variable.numpy() for variable in network.trainable_variables] for network in networks]
    batches = training_batches(
        fixed_images(4 * BATCH),
        label_vectors(4 * BATCH),
        batch=BATCH,
        seed=0,
        replicas=strategy.num_replicas_in_sync,
        group=gan.config.mbstd_group_size,
    )
    iterator = iter(strategy.experimental_distribute_dataset(batches))
    MultiStepFunction(gan, STEPS).run(iterator, STEPS)
    return start, [[variable.numpy() for variable in network.trainable_variables] for network in networks]


def difference(start: Weights, one: Weights, two: Weights) -> float:
    """The larger of both networks' differences, relative to the largest movement of a weight; NaN is infinite."""

    def largest(first: Sequence[np.ndarray], second: Sequence[np.ndarray]) -> float:
        values = [np.abs(a.astype(np.float64) - b).max() for a, b in zip(first, second, strict=True)]
        return float("inf") if not np.isfinite(values).all() else float(max(values))

    return max(largest(b, c) / largest(a, b) for a, b, c in zip(start, one, two, strict=True))
