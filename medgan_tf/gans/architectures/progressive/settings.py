"""The configuration's part of prog-GAN (DuMont Schütte et al. 2020, section S.2.1), without its networks."""

from medgan_tf.gans.channels import resolution_stages, stage_channels
from medgan_tf.gans.options import check_options
from medgan_tf.gans.paper_settings import PaperSettings
from medgan_tf.gans.parameters import convolution
from medgan_tf.gans.schedule import Phase, growth_phases
from medgan_tf.gans.settings import GanConfig, GrowthConfig
from medgan_tf.training.settings import TrainingConfig

SPECIAL_OPTIONS = frozenset({"auxiliary_weight", "growth"})
"""The options among `options.SPECIAL_OPTIONS` that this architecture has."""


def paper_settings(resolution: int) -> PaperSettings:
    """The paper's values; they are the same at every resolution."""
    rate = 0.001
    return PaperSettings(base_channels=8192, generator_learning_rate=rate, discriminator_learning_rate=rate)


def check_settings(config: GanConfig, resolution: int) -> None:
    """Raises `ConfigError` for options that do not fit; the section has no open values."""
    check_options(config, SPECIAL_OPTIONS)


def plan_phases(config: GanConfig, resolution: int, training: TrainingConfig) -> list[Phase]:
    """The phases of progressive growing. Raises `ConfigError` where they do not fit."""
    return growth_phases(resolution, config.growth or GrowthConfig(), training.total_images, config.n_critic)


def discriminator_parameters(config: GanConfig, resolution: int, labels: int) -> int:
    """Trainable parameters of the discriminator at all levels of detail, for label vectors of length `labels`."""

    def width(stage: int) -> int:
        return stage_channels(stage, config.base_channels, config.max_channels)

    count = convolution(1, width(1), 1)
    for r in resolution_stages(resolution):
        high, low = width(r - 1), width(r - 2)
        count += convolution(1, high, 1) + convolution(high, high) + convolution(high, low)
    # The deviation within a batch is one more channel; the first dense layer is a 4x4 convolution.
    count += convolution(width(1) + 1, width(1)) + convolution(width(1), width(0), 4)
    return count + convolution(width(0), 1 + labels, 1)
