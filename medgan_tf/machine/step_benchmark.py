"""Speed of a training step and the highest speed of this machine, both measured in the same run.

The yardstick is the step's own largest convolution alone, forward and backward (data and filter gradient), in the
step's precision.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from medgan_tf.config.schema import GanConfig, TrainingConfig
from medgan_tf.gans.build import build_gan
from medgan_tf.gans.gan import ConditionalGan
from medgan_tf.gans.resolve import plan_phases, resolve_gan, resolve_training
from medgan_tf.machine.operations import Convolution, count_operations
from medgan_tf.metrics.streams import stream

# Real images, more than any growth schedule of the paper needs.
_ENOUGH = 100_000_000


@dataclass(frozen=True)
class StepSpeed:
    """One measured setting.

    Attributes:
        channels, batch, resolution, precision: The setting; the batch is that of one discriminator step.
        phase: Phase of a growing GAN, e.g. "8x8" or "16x16 fading"; the full resolution for any other GAN.
        images_per_second: Real images of whole training steps (discriminator, average, generator), median step.
        gflop_per_image: 10^9 multiplications and additions per real image, counted in the step's graph.
        step_rate: GFLOP/s of the step.
        convolution: The step's largest convolution, e.g. "64x32x32x128 3x3 -> 128".
        convolution_rate: GFLOP/s of that convolution alone, forward and backward.
        fraction: step_rate / convolution_rate.
        first_step_seconds: Time to build the graph and do the first step.
    """

    channels: int
    batch: int
    resolution: int
    precision: str
    phase: str
    images_per_second: float
    gflop_per_image: float
    step_rate: float
    convolution: str
    convolution_rate: float
    fraction: float
    first_step_seconds: float


def measure_step(
    architecture: str,
    channels: int,
    batch: int,
    resolution: int,
    precision: str,
    *,
    label_count: int = 6,
    steps: int = 10,
    jit_compile: bool = False,
    phase: int = -1,
) -> StepSpeed:
    """Times the training step on random images.

    The steps and the convolution take turns, so that a machine whose speed drifts slows both.

    Args:
        architecture: Registered GAN.
        channels: Width of all layers, and length of z.
        batch: Images per step.
        resolution: Pixels.
        precision: `float32` or `mixed_bfloat16`.
        label_count: Length of the label vectors.
        steps: Timed steps, after two that are not counted.
        jit_compile: Compile the step with XLA.
        phase: Which of the architecture's phases, the last one by default.
    """
    gan = build_gan(
        architecture,
        resolution=resolution,
        label_count=label_count,
        precision=precision,
        latent_size=channels,
        max_channels=channels,
    )
    step, trace, entered = _step_function(gan, batch, label_count, jit_compile, phase)
    images = batch * gan.config.n_critic
    started = time.perf_counter()
    operations, largest = count_operations(trace())
    step()
    first = time.perf_counter() - started
    convolution = convolution_passes(largest, tf.bfloat16 if precision == "mixed_bfloat16" else tf.float32)
    step_seconds, convolution_seconds = alternate(step, convolution, steps)
    step_rate = operations / step_seconds / 1e9
    convolution_rate = 3 * largest.operations / convolution_seconds / 1e9
    return StepSpeed(
        channels=channels,
        batch=batch,
        resolution=resolution,
        precision=precision,
        phase=f"{entered.resolution}x{entered.resolution}" + (" fading" if entered.fading else ""),
        images_per_second=images / step_seconds,
        gflop_per_image=operations / images / 1e9,
        step_rate=step_rate,
        convolution=_describe(largest),
        convolution_rate=convolution_rate,
        fraction=step_rate / convolution_rate,
        first_step_seconds=first,
    )


def phase_count(architecture: str, resolution: int) -> int:
    """Number of phases of an architecture with the paper's settings."""
    gan = resolve_gan(GanConfig(architecture=architecture), resolution)
    training = resolve_training(TrainingConfig(total_images=_ENOUGH), architecture, resolution)
    return len(plan_phases(gan, resolution, training))


def _step_function(gan: ConditionalGan, batch: int, label_count: int, jit_compile: bool, number: int):
    """A call that does one step and waits for it, a call that returns its traced function, and the phase."""
    random = stream(0, "inputs of the benchmark")
    count = batch * gan.config.n_critic
    images = tf.constant(random.integers(0, 256, (count, gan.resolution, gan.resolution, 1), dtype=np.uint8))
    labels = tf.constant(np.eye(label_count, dtype=np.float32)[random.integers(0, label_count, count)])
    training = TrainingConfig(batch=batch, total_images=_ENOUGH)
    training = resolve_training(training, gan.config.architecture, gan.resolution)
    gan.prepare_training(training, seed=0, labels=labels.numpy())
    phase = plan_phases(gan.config, gan.resolution, training)[number]
    gan.images_seen.assign(phase.start)
    gan.enter_phase(phase, begins=True)
    function = tf.function(
        lambda images, labels: gan.train_step((images, labels)), jit_compile=jit_compile, autograph=False
    )

    def step() -> None:
        function(images, labels)
        gan.images_seen.numpy()

    return step, lambda: function.get_concrete_function(images, labels), phase


def convolution_passes(convolution: Convolution, dtype: tf.DType) -> Callable[[], None]:
    """A call that computes the convolution, its data gradient and its filter gradient, and waits for them."""
    random = stream(0, "inputs of the benchmark")
    strides, padding = [1, convolution.stride, convolution.stride, 1], convolution.padding
    images = tf.cast(tf.constant(random.standard_normal(convolution.images, np.float32)), dtype)
    kernel = tf.cast(tf.constant(random.standard_normal(convolution.kernel, np.float32)), dtype)
    upstream = tf.nn.conv2d(images, kernel, strides, padding)

    @tf.function
    def passes(images, kernel, upstream):
        forward = tf.nn.conv2d(images, kernel, strides, padding)
        data = tf.raw_ops.Conv2DBackpropInput(
            input_sizes=convolution.images, filter=kernel, out_backprop=upstream, strides=strides, padding=padding
        )
        weights = tf.raw_ops.Conv2DBackpropFilter(
            input=images, filter_sizes=convolution.kernel, out_backprop=upstream, strides=strides, padding=padding
        )
        # One value of each, so that nothing is pruned and nothing else is computed.
        return [tf.reshape(result, [-1])[0] for result in (forward, data, weights)]

    return lambda: [value.numpy() for value in passes(images, kernel, upstream)]


def alternate(first: Callable[[], None], second: Callable[[], None], rounds: int) -> tuple[float, float]:
    """Median seconds of two calls that take turns, after two rounds that are not counted."""
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds + 2):
        for call, seconds in zip((first, second), times, strict=True):
            started = time.perf_counter()
            call()
            if number >= 2:
                seconds.append(time.perf_counter() - started)
    return statistics.median(times[0]), statistics.median(times[1])


def _describe(convolution: Convolution) -> str:
    size = "x".join(str(side) for side in convolution.images)
    rows, columns, _, filters = convolution.kernel
    return f"{size} {rows}x{columns} -> {filters}" + (f" /{convolution.stride}" if convolution.stride > 1 else "")
