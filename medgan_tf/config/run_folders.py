"""The folders of an experiment. Needs no TensorFlow, so that every command can name a path at once."""

from medgan_tf.config.schema import Experiment
from medgan_tf.files.run_folders import RunFolder


def run_folder(experiment: Experiment) -> RunFolder:
    """The folder of an experiment's training run: that of its GAN and its seed."""
    return RunFolder.of(experiment.training.output, experiment.name, experiment.generator_name, experiment.seed)


def trained_folder(experiment: Experiment) -> RunFolder:
    """The folder of the run whose generator makes the images: the experiment's own, or that of
    `generate.generator_seed`."""
    return run_folder(trained_experiment(experiment))


def trained_experiment(experiment: Experiment) -> Experiment:
    """The experiment with the seed of the GAN that makes its images."""
    seed = experiment.generate.generator_seed
    return experiment if seed is None else experiment.model_copy(update={"seed": seed})


def real_folder(experiment: Experiment) -> RunFolder:
    """The folder of results that come from an experiment's real images alone; all its GANs share it."""
    return RunFolder.of_real(experiment.training.output, experiment.name, experiment.seed)
