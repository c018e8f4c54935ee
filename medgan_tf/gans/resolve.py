"""Open values of the sections `gan` and `training`, filled in with what the paper used. Loads no TensorFlow.

An architecture says in its `settings.py` what the paper used for it, which options it has, and in which phases it
trains. Values are resolved once for each run: after that no value is open, and networks and training take them as they
are.
"""

from typing import Any, TypeVar

from medgan_tf.config.schema import Experiment, GanConfig, TrainingConfig
from medgan_tf.gans.paper_settings import PaperSettings
from medgan_tf.gans.schedule import Phase
from medgan_tf.registry import GANS

COMPILE_OPTIONS = (
    "generator_learning_rate",
    "discriminator_learning_rate",
    "beta_1",
    "beta_2",
    "epsilon",
    "ema_decay",
    "ema_half_life",
    "batch",
    "accumulation",
    "jit_compile",
)
"""Fields of `TrainingConfig` that a GAN uses outside the training loop; `batch` only for `ema_half_life`."""

_Filled = TypeVar("_Filled", GanConfig, TrainingConfig)


def resolve_gan(config: GanConfig, resolution: int) -> GanConfig:
    """The section with every open value set to what the paper used for its architecture.

    Args:
        config: The section `gan`.
        resolution: Side of the images, pixels.
    """
    return _filled(config, GANS.settings(config.architecture).paper_settings(resolution))


def resolve_training(training: TrainingConfig, architecture: str, resolution: int) -> TrainingConfig:
    """The section with every open value set to what the paper used for an architecture.

    Args:
        training: The section `training`.
        architecture: Registered name.
        resolution: Side of the images, pixels.
    """
    return _filled(training, GANS.settings(architecture).paper_settings(resolution))


def compile_settings(architecture: str, resolution: int, options: dict[str, Any]) -> TrainingConfig:
    """Settings without open values, from what a user gives to `compile`.

    Args:
        architecture: Registered name.
        resolution: Side of the images, pixels.
        options: Values of `COMPILE_OPTIONS`, by name; what is missing becomes the paper's.

    Raises:
        ValueError: Another name, or a value that `TrainingConfig` refuses.
    """
    unknown = sorted(set(options) - set(COMPILE_OPTIONS))
    if unknown:
        known = ", ".join(COMPILE_OPTIONS)
        raise ValueError(f"compile takes seed, labels, run_eagerly and {known}. Received: {', '.join(unknown)}")
    return resolve_training(TrainingConfig(**options), architecture, resolution)


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
    check_gan(resolved.gan, resolved.data.resolution)
    plan_phases(resolved.gan, resolved.data.resolution, resolved.training)
    return resolved


def check_gan(config: GanConfig, resolution: int) -> None:
    """Raises `ConfigError` for options that the architecture does not know, or that do not go together.

    Args:
        config: The section `gan` without open values.
        resolution: Side of the images, pixels.
    """
    GANS.settings(config.architecture).check_settings(config, resolution)


def plan_phases(config: GanConfig, resolution: int, training: TrainingConfig) -> list[Phase]:
    """The phases of a whole run, in order, from sections without open values.

    Raises:
        ConfigError: The schedule of growth does not fit the resolution or `training.total_images`.
    """
    return GANS.settings(config.architecture).plan_phases(config, resolution, training)


def _filled(section: _Filled, settings: PaperSettings) -> _Filled:
    open_values = {
        name: getattr(settings, name)
        for name in type(section).model_fields
        if getattr(section, name) is None and getattr(settings, name, None) is not None
    }
    return section.model_copy(update=open_values)
