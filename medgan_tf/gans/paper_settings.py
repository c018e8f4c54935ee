"""What the paper used where the configuration leaves a value open: each architecture has settings of its own."""

from dataclasses import dataclass

from medgan_tf.config.schema import Experiment, GanConfig, TrainingConfig
from medgan_tf.registry import GANS


@dataclass(frozen=True)
class PaperSettings:
    """Published settings of one architecture (paper S.2.1 to S.2.3).

    Attributes:
        base_channels: channels(stage) = min(base_channels / 2**stage, max_channels).
        batch: Real images per discriminator step.
        generator_learning_rate, discriminator_learning_rate: Adam's.
        latent_size, max_channels, loss, gradient_penalty, drift, n_critic: See `GanConfig`.
        orthogonal_weight: See `GanConfig`; None for an architecture without spectral normalisation.
    """

    base_channels: int
    batch: int = 256
    generator_learning_rate: float = 0.005
    discriminator_learning_rate: float = 0.005
    latent_size: int = 512
    max_channels: int = 512
    loss: str = "wasserstein"
    gradient_penalty: float = 10.0
    drift: float = 0.001
    n_critic: int = 1
    orthogonal_weight: float | None = None


def resolve_gan(config: GanConfig, resolution: int) -> GanConfig:
    """The section with every open value set to what the paper used for its architecture."""
    return _filled(config, GANS.get(config.architecture).paper_settings(resolution))


def resolve_training(training: TrainingConfig, architecture: str, resolution: int) -> TrainingConfig:
    """The section with every open value set to what the paper used for an architecture."""
    return _filled(training, GANS.get(architecture).paper_settings(resolution))


def resolve_experiment(experiment: Experiment) -> Experiment:
    """The experiment as it is run: sections `gan` and `training` with every open value set."""
    resolution = experiment.data.resolution
    gan = resolve_gan(experiment.gan, resolution)
    training = resolve_training(experiment.training, gan.architecture, resolution)
    return experiment.model_copy(update={"gan": gan, "training": training})


def checked_experiment(experiment: Experiment) -> Experiment:
    """The experiment as it is run, see `resolve_experiment`.

    Raises:
        ConfigError: The architecture does not know an option, or cannot be built or grown with these settings.
    """
    resolved = resolve_experiment(experiment)
    architecture = GANS.get(resolved.gan.architecture)
    architecture.check_settings(resolved.gan, resolved.data.resolution)
    architecture.plan_phases(resolved.gan, resolved.data.resolution, resolved.training)
    return resolved


def _filled(section, settings: PaperSettings):
    open_values = {
        name: getattr(settings, name)
        for name in type(section).model_fields
        if getattr(section, name) is None and getattr(settings, name, None) is not None
    }
    return section.model_copy(update=open_values)
