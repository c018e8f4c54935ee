"""The reference generator of an experiment with canaries: the same training, on patients who were set apart."""

from medgan_tf.classification.conditions import REAL
from medgan_tf.config.schema import Experiment
from medgan_tf.data.canary_sets import reference_dataset, reference_experiment
from medgan_tf.data.prepare import prepared_dataset
from medgan_tf.errors import ConfigError
from medgan_tf.evidence.utility.classify import Trainers, classify
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.presentation.progress import Progress, Silent
from medgan_tf.workflow.context import Context
from medgan_tf.workflow.stage import run_stage
from medgan_tf.workflow.stages import Train


def train_reference(experiment: Experiment, progress: Progress | None = None, resume: bool = True) -> RunFolder:
    """Trains the reference generator, and the classifier whose features the attack on canaries uses.

    What is there and up to date is not trained again. Progress goes to the logger `medgan_tf`.

    Args:
        experiment: The experiment with canaries; its dataset is prepared if it is missing.
        progress: Shows the progress of `prepare`.
        resume: Go on with an interrupted training.

    Returns:
        The run folder of the reference generator.

    Raises:
        ConfigError: The experiment has no canaries.
        DataError, RunError: What the stages raise.
    """
    if not experiment.data.canaries:
        raise ConfigError(
            "a reference generator needs patients who were set apart; set data.canaries and prepare again"
        )
    prepared_dataset(experiment, progress)
    reference, dataset = reference_experiment(experiment), reference_dataset(experiment)
    trainers = Trainers()
    context = Context(reference, dataset, resume, False, trainers, Silent())
    run_stage(Train(), context)
    classify(reference, [REAL], dataset, resume=resume, trainers=trainers)
    return context.folder
