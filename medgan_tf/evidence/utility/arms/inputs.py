"""What an arm is trained from beside the real and the synthetic set: weights to start from, and further sets."""

from pathlib import Path
from typing import Any, Protocol

import numpy as np

from medgan_tf.classification.arms.further import fitting_set, further_set
from medgan_tf.classification.arms.images import needs
from medgan_tf.classification.arms.names import RARE
from medgan_tf.classification.conditions import Condition, content_sha256
from medgan_tf.classification.training_set import TrainingSet
from medgan_tf.config.run_folders import run_folder
from medgan_tf.config.schema import Experiment
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.errors import DataError
from medgan_tf.files.json_files import read_json

INPUTS = "arm_inputs"
"""Key of a result file that has them."""
_START, _TOPPED_UP = "weights to start from", "topped_up"


def arm_inputs(condition: Condition, experiment: Experiment, synthetic: DatasetFolder | None) -> dict[str, str]:
    """Hashes of an arm's weights to start from and of its further sets, as far as these are there; else nothing.

    Others than those of a finished or an interrupted training begin it anew.
    """
    found = {}
    if condition.start:
        result = condition.start.folder(experiment).classifier / "result.json"
        found[_START] = str(read_json(result).get("weights_sha256", "")) if result.is_file() else ""
    for name in _further_names(condition, experiment):
        further = fitting_set(run_folder(experiment), name, synthetic)
        if further is not None:
            found[f"further set {name}"] = content_sha256(further.manifest)
    return found


def is_made_from(result: dict[str, Any], inputs: dict[str, str]) -> bool:
    """Whether a result was made from the inputs that are there now; further sets may have been removed since."""
    stated = result.get(INPUTS) or {}
    return isinstance(stated, dict) and all(stated.get(name) == value for name, value in inputs.items())


def further_sets(condition: Condition, experiment: Experiment, synthetic: DatasetFolder | None) -> list[DatasetFolder]:
    """The further sets that a condition is trained on, in their order. Raises `DataError` where one is missing."""
    names = _further_names(condition, experiment)
    return [further_set(run_folder(experiment), name, synthetic) for name in names]


def missing_sets(condition: Condition, experiment: Experiment, synthetic: DatasetFolder) -> list[str]:
    """Names of further sets that a condition is trained on and that are not there."""
    names = _further_names(condition, experiment)
    return [name for name in names if fitting_set(run_folder(experiment), name, synthetic) is None]


def _further_names(condition: Condition, experiment: Experiment) -> list[str]:
    return condition.arm.further_sets(experiment.external is not None) if condition.arm else []


class _Exporting(Protocol):
    """A trainer that can read back what it exported."""

    def exported(self, folder: Path) -> list[np.ndarray]:
        """The weights of the exported classifier in a folder, as `train` takes them to start from."""


def start_weights(condition: Condition, experiment: Experiment, trainer: _Exporting) -> list[np.ndarray] | None:
    """The weights that a condition starts from; None for those of the config.

    Raises:
        DataError: The classifier that they come from is not trained, or damaged.
    """
    if condition.start is None:
        return None
    folder = condition.start.folder(experiment).classifier
    if not (folder / "result.json").is_file():
        raise DataError(
            f"{condition.title}: no classifier of {condition.start.title} images in {folder} to start from; "
            "`medgan-tf classify EXPERIMENT.yaml --on synthetic` trains it"
        )
    return trainer.exported(folder)


def arm_values(condition: Condition, data: TrainingSet, real: DatasetFolder, inputs: dict[str, str]) -> dict[str, Any]:
    """What the result file of an arm says more than others; nothing for other conditions.

    A rare arm says how many synthetic images its combinations lacked, and how many of these it did not get.
    """
    if condition.arm is None:
        return {}
    values: dict[str, Any] = {INPUTS: inputs}
    if condition.arm.kind == RARE:
        labels = real.read_labels("train")
        needed, added = needs(labels, condition.arm.up_to), len(data.train) - len(labels)
        wanted = sum(need.images for need in needed)
        values[_TOPPED_UP] = {"combinations": len(needed), "added": added, "missing": wanted - added}
    return values


def read_topped_up(result: Path) -> dict[str, int] | None:
    """What the result file of a rare arm says of the images that it got; None for others.

    Raises:
        DataError: The file is damaged.
    """
    found = read_json(result).get(_TOPPED_UP) if result.is_file() else None
    if found is None:
        return None
    names = ("combinations", "added", "missing")
    if not isinstance(found, dict) or not all(isinstance(found.get(name), int) for name in names):
        raise DataError(f"{result} has a wrong value of {_TOPPED_UP} ({found!r:.60}); train the classifier again")
    return {name: found[name] for name in names}
