"""Settings of the training that a private run refuses: what would look at real images outside the guarantee.

Loads no TensorFlow.
"""

from medgan_tf.config.schema import Experiment
from medgan_tf.errors import ConfigError
from medgan_tf.gans.resolve import plan_phases
from medgan_tf.training.settings import WatchdogConfig


def check_private_training(experiment: Experiment) -> None:
    """Raises `ConfigError`, with the reason and the setting to change, for what does not go with `privacy.dp`."""
    if not experiment.private:
        return
    training, fid = experiment.training, experiment.evaluation.fid.during_training
    if fid != "never":
        raise ConfigError(
            "privacy.dp does not cover FID while training, which compares with real images, and a generator that is "
            f"chosen by it. Received: evaluation.fid.during_training={fid}; set it to never"
        )
    floor = training.watchdog.diversity_floor
    if floor not in (None, WatchdogConfig().diversity_floor):
        raise ConfigError(
            "privacy.dp does not cover the spread of real images, with which the watchdog compares. Received: "
            f"training.watchdog.diversity_floor={floor:g}; remove it"
        )
    if training.strategy == "multi_worker":
        raise ConfigError(
            "privacy.dp trains on one machine, where its secret key lies. Received: training.strategy=multi_worker; "
            "set it to auto, one or mirrored"
        )
    if training.profile_steps is not None:
        raise ConfigError(
            "privacy.dp does not cover the time of single steps, which tells how many patients were drawn. Received: "
            f"training.profile_steps={list(training.profile_steps)}; remove it"
        )
    for phase in plan_phases(experiment.gan, experiment.data.resolution, training):
        if phase.images_per_step != training.batch:
            raise ConfigError(
                "privacy.dp takes patients with the same probability in every step. Received: a phase with "
                f"{phase.batch} images x gan.n_critic={phase.n_critic}, and an expected batch of {training.batch}; set "
                f"gan.growth.batch to [{training.batch}] and gan.n_critic to 1"
            )


def diversity_is_measured(experiment: Experiment) -> bool:
    """Whether the watchdog compares the spread of generated images with that of real ones."""
    return experiment.training.watchdog.diversity_floor is not None and not experiment.private
