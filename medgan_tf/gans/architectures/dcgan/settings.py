"""The configuration's part of the small DCGAN (Radford et al. 2016), without its networks. The paper has no such."""

from medgan_tf.gans.channels import resolution_stages, stage_channels
from medgan_tf.gans.options import check_options
from medgan_tf.gans.paper_settings import PaperSettings
from medgan_tf.gans.parameters import convolution
from medgan_tf.gans.schedule import Phase, single_phase
from medgan_tf.gans.settings import GanConfig
from medgan_tf.training.settings import TrainingConfig

SPECIAL_OPTIONS: frozenset[str] = frozenset()
"""The options among `options.SPECIAL_OPTIONS` that this architecture has."""


def paper_settings(resolution: int) -> PaperSettings:
    """Latent size, batch and learning rates of Radford et al. 2016, at a resolution in pixels.

    The widths are smaller: the first convolution of the discriminator has 8 channels at every resolution.
    """
    return PaperSettings(
        base_channels=2 * resolution,
        latent_size=100,
        max_channels=512,
        loss="non_saturating",
        gradient_penalty=0.0,
        drift=0.0,
        batch=128,
        generator_learning_rate=0.0002,
        discriminator_learning_rate=0.0002,
        of_paper=False,
    )


def check_settings(config: GanConfig, resolution: int) -> None:
    """Raises `ConfigError` for options that do not fit; the section has no open values."""
    check_options(config, SPECIAL_OPTIONS)


def plan_phases(config: GanConfig, resolution: int, training: TrainingConfig) -> list[Phase]:
    """One phase at the full resolution."""
    rates = (training.generator_learning_rate, training.discriminator_learning_rate)
    return [single_phase(resolution, training.batch, training.total_images, rates, config.n_critic)]


def discriminator_parameters(config: GanConfig, resolution: int, labels: int) -> int:
    """Trainable parameters of the discriminator, for label vectors of length `labels`."""
    count, channels = 0, 1
    for r in reversed(resolution_stages(resolution)):
        filters = stage_channels(r - 2, config.base_channels, config.max_channels)
        count, channels = count + convolution(channels, filters, 4), filters
    # The output sees 4x4 pixels: the score, and one number for each label.
    return count + convolution(16 * channels, 1 + labels, 1)
