"""The result files of a classifier: whether they are finished, and their scores, which need no training."""

import logging
from pathlib import Path
from typing import Any

from medgan_tf.classification.conditions import Condition, condition_key
from medgan_tf.classification.predictions import PREDICTIONS, Predictions, read_predictions
from medgan_tf.classification.published_code import classifier_switches, published_code_line, validation_mean
from medgan_tf.classification.scores import score_predictions
from medgan_tf.config.schema import Experiment
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.errors import DataError
from medgan_tf.evidence.utility.arms.inputs import arm_inputs, is_made_from
from medgan_tf.files.hashing import sha256_of
from medgan_tf.files.json_files import read_json
from medgan_tf.files.result_files import plain, write_json
from medgan_tf.presentation.text_table import number

log = logging.getLogger(__name__)

RESULT = "result.json"


def finished_result(folder: Path, key: str, inputs: dict[str, str] | None = None) -> dict[str, Any] | None:
    """The result file in a classifier folder, if it belongs to `key` and its predictions are as it says.

    Args:
        folder: The classifier folder.
        key: See `condition_key`.
        inputs: See `arm_inputs`.
    """
    if not (folder / RESULT).is_file() or not (folder / PREDICTIONS).is_file():
        return None
    try:
        result = read_json(folder / RESULT)
    except DataError as error:
        log.warning(f"{error}: this classifier counts as not trained")
        return None
    if result.get("key") != key or result.get("predictions_sha256") != sha256_of(folder / PREDICTIONS):
        return None
    if not is_made_from(result, inputs or {}):
        return None
    if result.get("exported") and not (folder / "model" / "saved_model.pb").is_file():
        return None
    return result


def is_finished(
    condition: Condition, experiment: Experiment, real: DatasetFolder, synthetic: DatasetFolder | None
) -> bool:
    """Whether a condition's classifier is up to date, and scored with the switches of `original_code` that are on."""
    key = condition_key(condition, experiment, real, synthetic)
    inputs = arm_inputs(condition, experiment, synthetic)
    result = finished_result(condition.folder(experiment).classifier, key, inputs)
    return result is not None and is_scored_as_asked(result, experiment)


def is_scored_as_asked(result: dict[str, Any], experiment: Experiment) -> bool:
    """Whether a result was scored with the switches of `original_code` that are on."""
    return result.get("original_code", []) == classifier_switches(experiment)


def scores_of(experiment: Experiment, trained: dict[str, Any], predictions: Predictions) -> dict[str, Any]:
    """The parts of a result that follow from `history`, `best_epoch` and predictions, without training again."""
    switches = classifier_switches(experiment)
    history = [epoch | {"mean_auc": validation_mean(epoch["label_aucs"], switches)} for epoch in trained["history"]]
    return {
        "original_code": switches,
        "validation_auc": history[trained["best_epoch"] - 1]["mean_auc"],
        "history": history,
        "test": score_predictions(predictions, switches),
    }


def scored_as_asked(experiment: Experiment, folder: Path, done: dict[str, Any]) -> dict[str, Any]:
    """A finished result with the scores that are asked for; its predictions are scored again where they were not."""
    if not is_scored_as_asked(done, experiment):
        done = plain(done | scores_of(experiment, done, read_predictions(folder / PREDICTIONS)))
        write_json(folder / RESULT, done)
    return done


def summary(result: dict[str, Any]) -> str:
    """The mean test AUC in one line."""
    remark = published_code_line(result.get("original_code", ()), result["test"].get("flipped", ()))
    line = f"mean test AUC {number(result['test']['mean_auc'])} on {result['test']['images']} real test images"
    return f"{line}, {remark}" if remark else line
