"""The configuration's part of cpD-GAN (DuMont Schütte et al. 2020, section S.2.2), without its networks."""

from medgan_tf.gans.options import check_options
from medgan_tf.gans.paper_settings import PaperSettings
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
