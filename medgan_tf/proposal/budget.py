"""What a number of hours on this machine allows: resolution, width of the networks, batch and images to train on.

The cost of a training is counted from the shapes of the networks; the speed of the machine is an estimate, or was
measured. `medgan-tf plan` measures the whole training once its dataset is prepared.
"""

import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from medgan_tf.cores import usable_cores
from medgan_tf.gans.channels import resolution_stages, stage_channels

GPU_RATE = 20_000.0
"""GFLOP/s that stand for a data-centre GPU. No GPU was measured."""
CORE_RATE = 85.0
"""GFLOP/s for each CPU core that computes in bfloat16: 170 were measured on two cores."""
SLOW_CORE_RATE = 28.0
"""GFLOP/s for each other CPU core, on which the quickstart takes three times as long."""
MOST_CORES = 16
"""More cores than this do not make the small convolutions of these networks faster."""
TRAINING_SHARE = 0.75
"""Share of the hours for the GAN; classifiers and evidence take the rest."""
RESOLUTIONS = (32, 64, 128)
PAPER_WIDTH = 512
# Channels: (images shown, batch, decay of the average). 107,000 images were enough at 32 channels and 32x32 pixels, and
# the paper takes 7 million at 512; the others lie between these, by the same factor for each doubling.
_RECIPES = {
    32: (100_000, 16, 0.98),
    64: (300_000, 32, 0.99),
    128: (850_000, 64, 0.995),
    256: (2_400_000, 128, 0.998),
    512: (7_000_000, 256, 0.999),
}
_STEP_FACTOR = 9.1
"""Operations of a whole training step for those of generator and discriminator once forward; from graphs of cpD-GAN."""
_CPU_FLAGS = frozenset({"avx512_bf16", "amx_bf16"})


@dataclass(frozen=True)
class Device:
    """What trains.

    Attributes:
        name: In words.
        rate: GFLOP/s of training steps.
        measured: Whether the rate was measured here; else it is an estimate.
    """

    name: str
    rate: float
    measured: bool = False


@dataclass(frozen=True)
class Training:
    """One training that can be afforded, or not.

    Attributes:
        resolution, width, batch: Side of the images, channels of the widest layer, images per step.
        images: Images that it shows to the discriminator.
        ema_decay: Decay of the averaged generator.
        images_per_second: By the device's rate.
        hours: Time that it takes.
    """

    resolution: int
    width: int
    batch: int
    images: int
    ema_decay: float
    images_per_second: float
    hours: float

    def as_dict(self) -> dict[str, Any]:
        """JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class Budget:
    """What the hours allow.

    Attributes:
        hours: The hours, for everything.
        device: What trains.
        choices: For each resolution the widest networks that can be afforded; the narrowest ones where none can.
        chosen: One of these, or None where the narrowest networks at the lowest resolution take too long.
    """

    hours: float
    device: Device
    choices: tuple[Training, ...]
    chosen: Training | None

    @property
    def training_hours(self) -> float:
        """The part of the hours that the GAN gets."""
        return self.hours * TRAINING_SHARE

    def as_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {**asdict(self), "training_hours": self.training_hours}


def operations_per_image(resolution: int, width: int) -> float:
    """10^9 operations of a training step of cpD-GAN, for each real image.

    Args:
        resolution: Side of the images, pixels.
        width: Channels of the widest layer; `gan.base_channels` is 32 times that, as in the paper.
    """

    def channels(stage: int) -> int:
        return stage_channels(stage, base_channels(width), width)

    once = 2 * 2 * 16 * 9 * channels(1) ** 2
    for stage in resolution_stages(resolution):
        pixels, low, high = 4**stage, channels(stage - 2), channels(stage - 1)
        # In both networks: a 3x3 convolution at this resolution, and a 4x4 one whose stride of 2 leads from or to half.
        once += 2 * 2 * pixels * (9 * high * high + 4 * low * high)
    return _STEP_FACTOR * once / 1e9


def base_channels(width: int) -> int:
    """`gan.base_channels` for networks of a width, in the paper's proportion."""
    return 32 * width


def make_budget(hours: float, device: Device, largest_image: int | None = None) -> Budget:
    """The widest networks that a number of hours allows, at each resolution.

    Args:
        hours: Time for the whole experiment.
        device: What trains.
        largest_image: Side of the images, pixels; no higher resolution is proposed. None where it is not known.
    """
    useful = [one for one in RESOLUTIONS if largest_image is None or one <= max(largest_image, RESOLUTIONS[0])]
    time = hours * TRAINING_SHARE
    choices = []
    for resolution in useful:
        trainings = [_training(resolution, width, device) for width in _RECIPES]
        choices.append(next((one for one in reversed(trainings) if one.hours <= time), trainings[0]))
    fitting = [one for one in choices if one.hours <= time]
    # Narrower networks at a higher resolution show less than wider ones at a lower one.
    wide = [one for one in fitting if one.width >= one.resolution]
    chosen = wide[-1] if wide else fitting[0] if fitting else None
    return Budget(hours, device, tuple(choices), chosen)


def _training(resolution: int, width: int, device: Device) -> Training:
    images, batch, decay = _RECIPES[width]
    # As in the paper: 7 million at 32 and 64 pixels, 9 million at 128.
    images = round(images * 9 / 7, -4) if resolution > 64 else images
    speed = device.rate / operations_per_image(resolution, width)
    return Training(resolution, width, batch, int(images), decay, speed, images / speed / 3600)


def this_device() -> Device:
    """What TensorFlow would train on here, with an estimate of its speed."""
    # Without these files there is no NVIDIA GPU, and TensorFlow, which takes seconds to start, need not be asked.
    gpus = _gpus() if os.path.exists("/dev/nvidiactl") or os.path.exists("/dev/dxg") else 0
    if gpus:
        return Device(f"{gpus} GPU{'s' if gpus > 1 else ''}", GPU_RATE * gpus)
    cores = usable_cores()
    fast = bool(_CPU_FLAGS & _processor_flags())
    name = f"{cores} CPU core{'s' if cores > 1 else ''} {'with' if fast else 'without'} bfloat16"
    return Device(name, min(cores, MOST_CORES) * (CORE_RATE if fast else SLOW_CORE_RATE))


def measured_device(measure: Callable[[], float]) -> Device:
    """The device with a measured speed.

    Args:
        measure: Returns GFLOP/s of training steps, e.g. `trial_rate`.
    """
    return Device(this_device().name, measure(), True)


def trial_rate() -> float:
    """GFLOP/s of a few training steps of cpD-GAN with 64 channels at 32x32 pixels, on this machine; a minute."""
    # Loads TensorFlow, which the other functions here do without.
    from medgan_tf.machine.step_benchmark import measure_step
    from medgan_tf.training.devices.precision import working_precision

    return measure_step("cpd", 64, 32, 32, working_precision("auto"), steps=5).step_rate


def _gpus() -> int:
    import tensorflow as tf

    return len(tf.config.list_physical_devices("GPU"))


def _processor_flags() -> frozenset[str]:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            line = next((line for line in file if line.startswith("flags")), "")
    except (OSError, ValueError):
        return frozenset()
    return frozenset(line.partition(":")[2].split())
