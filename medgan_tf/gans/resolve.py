"""Fills and checks the sections `gan` and `training` by an architecture's settings. Loads no TensorFlow.

An architecture says in its `settings.py` what the paper used for it, which options it has, and in which phases it
trains. An `Experiment` has no open values, as it fills them in when it is made. `resolve_gan` and `resolve_training` do
the same for a GAN that is built without an experiment.
"""

from typing import Any

from medgan_tf.config.paper_values import filled, paper_values
from medgan_tf.config.schema import Experiment, GanConfig, TrainingConfig
from medgan_tf.data.private.selection import refuse_uncovered
from medgan_tf.gans.private.refusals import check_private_networks
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


def resolve_gan(config: GanConfig, resolution: int) -> GanConfig:
    """The section with every open value set to what the paper used for its architecture.

    Args:
        config: The section `gan`.
        resolution: Side of the images, pixels.
    """
    return filled(config, paper_values(config.architecture, resolution))


def resolve_training(training: TrainingConfig, architecture: str, resolution: int) -> TrainingConfig:
    """The section with every open value set to what the paper used for an architecture.

    Args:
        training: The section `training`.
        architecture: Registered name.
        resolution: Side of the images, pixels.
    """
    return filled(training, paper_values(architecture, resolution))


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


def checked_experiment(experiment: Experiment) -> Experiment:
    """The experiment itself, if its GAN can be built and trained.

    Raises:
        ConfigError: The architecture does not know an option, or cannot be built or grown with these settings; or a
            guarantee of privacy would not hold.
    """
    refuse_uncovered(experiment)
    check_gan(experiment.gan, experiment.data.resolution)
    dp = experiment.privacy.dp
    if dp is not None and dp.embedding is None:
        check_private_networks(experiment.gan, experiment.training, dp.discriminator_steps == "adaptive")
    plan_phases(experiment.gan, experiment.data.resolution, experiment.training)
    return experiment


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


def discriminator_parameters(config: GanConfig, resolution: int, labels: int) -> int | None:
    """Trainable parameters of the discriminator; None where the settings of the architecture do not tell.

    Args:
        config: The section `gan` without open values.
        resolution: Side of the images, pixels.
        labels: Length of a label vector.
    """
    count = getattr(GANS.settings(config.architecture), "discriminator_parameters", None)
    return None if count is None else count(config, resolution, labels)
