"""The phases of a training: a pure function of the configuration, driven by the number of real images seen.

prog-GAN stabilises its first resolution, then every doubling fades in and stabilises, each for the same number of
images (paper S.2.1): 5 phases of 1.4 M images end at 32x32 after 7 M, 7 of 1 M at 64x64 after 7 M, 9 of 1 M at 128x128
after 9 M.
"""

from dataclasses import dataclass, replace

from medgan_tf.errors import ConfigError
from medgan_tf.gans.settings import GrowthConfig

_PAPER_IMAGES_AT_32 = 1_400_000
_PAPER_IMAGES = 1_000_000


@dataclass(frozen=True)
class Phase:
    """A stretch of training with one structure, batch and learning rate.

    Attributes:
        resolution: Highest resolution in use, pixels.
        fading: Whether that resolution fades in, linearly from `start` to `end`.
        start, end: Real images seen at its beginning and end; whole batches apart.
        batch: Real images per discriminator step over all replicas.
        generator_learning_rate, discriminator_learning_rate: Adam's.
        n_critic: Discriminator steps per generator step.
    """

    resolution: int
    fading: bool
    start: int
    end: int
    batch: int
    generator_learning_rate: float
    discriminator_learning_rate: float
    n_critic: int = 1

    @property
    def images_per_step(self) -> int:
        """Real images per training step: one batch for each of its discriminator steps."""
        return self.batch * self.n_critic


def single_phase(
    resolution: int, batch: int, total_images: int, learning_rates: tuple[float, float], n_critic: int = 1
) -> Phase:
    """Training without growth: one phase of whole training steps.

    Args:
        resolution: Full resolution, pixels.
        batch: Real images per discriminator step over all replicas.
        total_images: Real images of the whole training, rounded up to whole steps.
        learning_rates: Adam's, of generator and discriminator.
        n_critic: Discriminator steps per generator step.
    """
    steps = -(-total_images // (batch * n_critic))
    return Phase(resolution, False, 0, steps * batch * n_critic, batch, *learning_rates, n_critic)


def growth_phases(resolution: int, growth: GrowthConfig, total_images: int, n_critic: int = 1) -> list[Phase]:
    """The phases of progressive growing; the last one lasts until `total_images`.

    Args:
        resolution: Full resolution, pixels.
        growth: Start, length, batches and learning rates.
        total_images: Real images of the whole training.
        n_critic: Discriminator steps per generator step.

    Raises:
        ConfigError: Growth starts above the full resolution, or `total_images` ends before it is reached.
    """
    if growth.start_resolution > resolution:
        raise ConfigError(
            f"gan.growth.start_resolution must be at most data.resolution = {resolution}. "
            f"Received: start_resolution={growth.start_resolution}"
        )
    length = growth.images_per_phase or (_PAPER_IMAGES_AT_32 if resolution <= 32 else _PAPER_IMAGES)
    structures, side = [(growth.start_resolution, False)], 2 * growth.start_resolution
    while side <= resolution:
        structures += [(side, True), (side, False)]
        side *= 2
    phases, start = [], 0
    for side, fading in structures:
        doublings = (side // growth.start_resolution).bit_length() - 1
        batch = growth.batch[min(doublings, len(growth.batch) - 1)]
        rate = growth.learning_rate[min(doublings, len(growth.learning_rate) - 1)]
        images_per_step = batch * n_critic
        end = start + max(1, round(length / images_per_step)) * images_per_step
        phases.append(Phase(side, fading, start, end, batch, rate, rate, n_critic))
        start = end
    last = phases[-1]
    # Whole batches make the sum of the phases differ a little from the product.
    if total_images < last.start + 0.5 * length:
        raise ConfigError(
            f"the growth schedule reaches {resolution}x{resolution} pixels only after {last.start:,} images and "
            f"stabilises it until {last.end:,}. Received: training.total_images={total_images}; raise it, or "
            "lower gan.growth.images_per_phase"
        )
    steps = max(1, -(-(total_images - last.start) // last.images_per_step))
    end = max(last.end, last.start + steps * last.images_per_step) if total_images >= last.end else last.end
    return [*phases[:-1], replace(last, end=end)]
