"""The folders of an experiment. Needs no TensorFlow, so that every command can name a path at once."""

from medgan_tf.config.schema import Experiment
from medgan_tf.files.run_folders import RunFolder


def run_folder(experiment: Experiment) -> RunFolder:
    """The folder of an experiment's training run: that of its GAN and its seed."""
    return RunFolder.of(experiment.training.output, experiment.name, experiment.generator_name, experiment.seed)


def real_folder(experiment: Experiment) -> RunFolder:
    """The folder of results that come from an experiment's real images alone; all its GANs share it."""
    return RunFolder.of_real(experiment.training.output, experiment.name, experiment.seed)
