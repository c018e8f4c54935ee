"""What cannot be done with a generator from elsewhere, of which only images are known."""

from medgan_tf.config.schema import Experiment
from medgan_tf.errors import ConfigError


def refuse_external(experiment: Experiment, command: str) -> None:
    """Raises `ConfigError` for a command that needs a generator of this project, and says what to do instead."""
    if experiment.external is not None:
        raise ConfigError(
            f"{command}: experiment {experiment.name} evaluates {experiment.external.name}, a generator from elsewhere "
            "(section external), so there is nothing of ours to train or to generate with; `medgan-tf "
            "import-synthetic` brings its images in, and `medgan-tf run` does everything from there"
        )
