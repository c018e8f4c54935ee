"""The configuration's part of cpD-GAN (DuMont Schütte et al. 2020, section S.2.2), without its networks."""

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
    """The paper's values; they are the same at every resolution."""
    return PaperSettings(base_channels=16384)


def check_settings(config: GanConfig, resolution: int) -> None:
    """Raises `ConfigError` for options that do not fit; the section has no open values."""
    check_options(config, SPECIAL_OPTIONS)


def plan_phases(config: GanConfig, resolution: int, training: TrainingConfig) -> list[Phase]:
    """One phase at the full resolution."""
    rates = (training.generator_learning_rate, training.discriminator_learning_rate)
    return [single_phase(resolution, training.batch, training.total_images, rates, config.n_critic)]


def discriminator_parameters(config: GanConfig, resolution: int, labels: int) -> int:
    """Trainable parameters of the discriminator, for label vectors of length `labels`."""

    def width(stage: int) -> int:
        return stage_channels(stage, config.base_channels, config.max_channels)

    stages = resolution_stages(resolution)
    count = convolution(1, width(stages[-1] - 1), 1)
    for r in stages:
        high, low = width(r - 1), width(r - 2)
        count += convolution(high, high) + convolution(high, low) + convolution(high, low, 1, bias=False)
    # The deviation within a batch is one more channel; the first dense layer is a 4x4 convolution.
    count += convolution(width(1) + 1, width(1)) + convolution(width(1), width(0), 4)
    return count + convolution(width(0), labels, 1)
