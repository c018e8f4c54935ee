"""The configuration's part of prog-GAN (DuMont Schütte et al. 2020, section S.2.1), without its networks."""

from medgan_tf.gans.options import check_options
from medgan_tf.gans.paper_settings import PaperSettings
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
