"""What follows a run, as its settings ask for it."""

import contextlib
from collections.abc import Iterator

from medgan_tf.config.schema import Experiment
from medgan_tf.files.event_file import EventFile
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.training.callbacks.interruption import Interrupted
from medgan_tf.training.tracking.mlflow_store import MlflowStore
from medgan_tf.training.tracking.mlflow_tracker import MlflowTracker
from medgan_tf.training.tracking.tags import OF_THE_MACHINE
from medgan_tf.training.tracking.tensorboard import TensorBoardTracker
from medgan_tf.training.tracking.tracker import NoTracker, Status, Tracker, Trackers


def make_tracker(experiment: Experiment, folder: RunFolder, events: EventFile | None) -> Tracker:
    """TensorBoard where there is an event file, and MLflow where the experiment asks for it. Contacts nobody yet.

    Of a private training, MLflow gets no speed and no memory: how long a draw took depends a little on the patients.

    Raises:
        ConfigError: MLflow is asked for and not installed.
    """
    trackers: list[Tracker] = [TensorBoardTracker(events)] if events is not None else []
    if experiment.training.tracking == "mlflow":
        hidden = OF_THE_MACHINE if experiment.private else ()
        trackers.append(MlflowTracker(mlflow_store(experiment), folder.tracking, hidden))
    return Trackers(trackers) if trackers else NoTracker()


def mlflow_store(experiment: Experiment) -> MlflowStore:
    """MLflow as the experiment asks for it. Raises `ConfigError` where it is not installed."""
    training, name = experiment.training, f"{experiment.gan.architecture}-seed{experiment.seed}"
    return MlflowStore(training.tracking_uri, training.output, experiment.name, name)


@contextlib.contextmanager
def followed(tracker: Tracker) -> Iterator[None]:
    """Tells a tracker how the block ended. What the block raises goes on."""
    try:
        yield
    except (Interrupted, KeyboardInterrupt):
        tracker.end(Status.STOPPED)
        raise
    except BaseException:
        tracker.end(Status.FAILED)
        raise
    tracker.end(Status.FINISHED)
