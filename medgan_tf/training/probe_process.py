"""The process in which `plan` probes a training: imports TensorFlow only after it has been told to be quiet."""

import os
import tempfile
from pathlib import Path
from typing import Any

from medgan_tf.errors import MedganError
from medgan_tf.quiet_tensorflow import quiet_tensorflow

_SWITCH = "TF_CPP_MIN_LOG_LEVEL"


def probe_and_send(experiment: dict[str, Any], seconds: float, sender) -> None:
    """Sends a `plan.TrainingPlan`, or the `MedganError` that it ended with.

    Args:
        experiment: An `Experiment` as JSON values.
        seconds: Time for steps.
        sender: One end of a pipe.
    """
    # The parent's own quiet start is inherited as a variable, which alone does not reach the first lines.
    if os.environ.get(_SWITCH) == "3":
        del os.environ[_SWITCH]
    quiet_tensorflow()
    from medgan_tf.config.schema import Experiment
    from medgan_tf.training.plan import probe

    try:
        with tempfile.TemporaryDirectory(prefix="medgan-plan-") as folder:
            sender.send(probe(Experiment.model_validate(experiment), seconds, Path(folder)))
    except MedganError as error:
        sender.send(error)
