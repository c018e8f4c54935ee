"""Trains classifiers on real and on synthetic images and tests all of them on the same real images."""

import logging
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import tensorflow as tf

from medgan_tf.classification.conditions import (
    SYNTHETIC,
    Condition,
    check_folds,
    check_synthetic,
    compose,
    condition_key,
    content_sha256,
    synthetic_dataset,
)
from medgan_tf.classification.export import export_classifier, weights_sha256
from medgan_tf.classification.figures import write_classifier_figures
from medgan_tf.classification.predictions import Predictions, read_predictions, write_predictions
from medgan_tf.classification.published_code import classifier_switches, published_code_line, validation_mean
from medgan_tf.classification.scores import score_predictions
from medgan_tf.classification.state import TrainingState
from medgan_tf.classification.trainer import ClassifierTrainer, Training
from medgan_tf.classification.training_set import TrainingSet
from medgan_tf.classification.weights import weights_identity
from medgan_tf.config.schema import ClassifierConfig, Experiment, TrainingConfig
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.errors import ConfigError, DataError, RunError
from medgan_tf.files.hashing import sha256_of
from medgan_tf.files.json_files import read_json
from medgan_tf.files.locks import locked
from medgan_tf.files.log_file import logging_to
from medgan_tf.files.result_files import plain, write_json
from medgan_tf.presentation.text_table import number
from medgan_tf.training.devices.strategy import make_strategy

log = logging.getLogger(__name__)

RESULT = "result.json"
PREDICTIONS = "predictions.csv"


def check_devices(training: TrainingConfig) -> None:
    """Raises `ConfigError` on a cluster: the classifier is trained on the devices of one machine."""
    several = "TF_CONFIG" in os.environ and training.strategy == "auto"
    if training.strategy == "multi_worker" or several:
        raise ConfigError(
            "the classifier trains on one machine. Received: a cluster (training.strategy multi_worker, or TF_CONFIG); "
            "train the GAN there, then call this on one machine with --set training.strategy=mirrored or one"
        )


class Trainers:
    """Keeps the last trainer, so that all classifiers of one shape in a command share one traced network."""

    def __init__(self) -> None:
        self._key: tuple[str, int, int] | None = None
        self._trainer: ClassifierTrainer | None = None
        self._strategy: tf.distribute.Strategy | None = None

    def get(self, experiment: Experiment, label_count: int, resolution: int) -> ClassifierTrainer:
        """The trainer for an experiment's classifier section and a dataset's shape."""
        config: ClassifierConfig = experiment.classifier
        key = (config.model_dump_json(), label_count, resolution)
        if key != self._key:
            self._strategy = self._strategy or make_strategy(experiment.training)
            # The one before goes first, so that the memory never holds two networks.
            self._trainer = self._key = None
            self._trainer, self._key = ClassifierTrainer(label_count, resolution, config, self._strategy), key
        return self._trainer


def classify(
    experiment: Experiment,
    conditions: Sequence[Condition],
    real: DatasetFolder,
    *,
    resume: bool = True,
    trainers: Trainers | None = None,
) -> dict[str, dict[str, Any]]:
    """Trains and tests the classifier of every condition; those that are up to date are not trained again.

    Progress goes to the logger `medgan_tf`. Each classifier folder gets `predictions.csv`, `result.json`, figures and,
    for the real and the synthetic classifier, the SavedModel `model/` with `model.json`.

    Args:
        experiment: Names, seed and the section `classifier`.
        conditions: The training sets.
        real: The prepared dataset; its test fold tests every classifier.
        resume: Go on with an interrupted training and keep finished ones; False starts again from the beginning.
        trainers: Shared trainers of a longer job.

    Returns:
        The contents of the result files, by condition.

    Raises:
        ConfigError, DataError, RunError: Data or settings that do not fit; see the functions called.
    """
    check_devices(experiment.training)
    check_folds(real, ("train", "valid", "test"), "prepare it with other fractions (data.fold_fractions)")
    synthetic = None
    if any(condition.synthetic for condition in conditions):
        synthetic = synthetic_dataset(SYNTHETIC.folder(experiment))
        check_synthetic(real, synthetic)
        check_folds(synthetic, ("train", "valid"), "generate it again with generate.folds=[train, valid]")
    trainers, results = trainers or Trainers(), {}
    for condition in conditions:
        folder = condition.folder(experiment)
        with locked(folder.path), logging_to(folder.log):
            try:
                results[condition.name] = _classify(experiment, condition, real, synthetic, resume, trainers)
            except tf.errors.ResourceExhaustedError as error:
                raise RunError(
                    f"the device ran out of memory with classifier.batch={experiment.classifier.batch}; lower it, or "
                    "classifier.image_size"
                ) from error
    return results


def finished_result(folder: Path, key: str) -> dict[str, Any] | None:
    """The result file in a classifier folder, if it belongs to `key` and its predictions are as it says."""
    if not (folder / RESULT).is_file() or not (folder / PREDICTIONS).is_file():
        return None
    try:
        result = read_json(folder / RESULT)
    except DataError as error:
        log.warning(f"{error}: this classifier counts as not trained")
        return None
    if result.get("key") != key or result.get("predictions_sha256") != sha256_of(folder / PREDICTIONS):
        return None
    if result.get("exported") and not (folder / "model" / "saved_model.pb").is_file():
        return None
    return result


def is_finished(
    condition: Condition, experiment: Experiment, real: DatasetFolder, synthetic: DatasetFolder | None
) -> bool:
    """Whether a condition's classifier is up to date, and scored with the switches of `original_code` that are on."""
    key = condition_key(condition, experiment, real, synthetic)
    result = finished_result(condition.folder(experiment).classifier, key)
    return result is not None and _is_scored_as_asked(result, experiment)


def _is_scored_as_asked(result: dict[str, Any], experiment: Experiment) -> bool:
    return result.get("original_code", []) == classifier_switches(experiment)


def _scores(experiment: Experiment, trained: dict[str, Any], predictions: Predictions) -> dict[str, Any]:
    """The parts of a result that follow from `history`, `best_epoch` and predictions, without training again."""
    switches = classifier_switches(experiment)
    history = [epoch | {"mean_auc": validation_mean(epoch["label_aucs"], switches)} for epoch in trained["history"]]
    return {
        "original_code": switches,
        "validation_auc": history[trained["best_epoch"] - 1]["mean_auc"],
        "history": history,
        "test": score_predictions(predictions, switches),
    }


def _classify(experiment, condition, real, synthetic, resume, trainers) -> dict[str, Any]:
    folder, named = condition.folder(experiment), f"{condition.name} seed {experiment.seed}"
    key = condition_key(condition, experiment, real, synthetic)
    state = TrainingState(folder.classifier / "state", key)
    if not resume:
        state.remove()
    elif (done := finished_result(folder.classifier, key)) is not None:
        done = _scored(experiment, folder.classifier, done)
        log.info(f"{named}: up to date, {_summary(done)}")
        return done
    started = time.monotonic()
    data = compose(condition, real, synthetic, experiment.seed, experiment.classifier.flip)
    log.info(f"{named}: training on {len(data.train):,} images ({condition.title}), validating on {len(data.valid):,}")
    trainer = trainers.get(experiment, len(real.label_names), real.resolution)
    tensorboard = folder.tensorboard / "classifier" if experiment.training.tensorboard else None
    training = trainer.train(data, experiment.seed, state, tensorboard, named)
    trained = time.monotonic()
    predictions = predict_test_fold(trainer, real)
    write_predictions(folder.classifier / PREDICTIONS, predictions)
    inputs = {"real": content_sha256(real.manifest)}
    if condition.synthetic:
        inputs["synthetic"] = content_sha256(synthetic.manifest)
    weights = trainer.network.get_weights()
    if condition.is_exported:
        export_classifier(folder.classifier, weights, experiment.classifier, _card(experiment, condition, real, inputs))
    values, settings = _training_values(data, training), experiment.classifier.model_dump(mode="json")
    result = {
        "format_version": 1,
        "what": "classifier",
        "experiment": experiment.name,
        "condition": condition.name,
        "title": condition.title,
        "seed": experiment.seed,
        "key": key,
        "inputs_sha256": inputs,
        "weights_sha256": weights_sha256(weights),
        "predictions_sha256": sha256_of(folder.classifier / PREDICTIONS),
        "exported": condition.is_exported,
        "label_names": list(real.label_names),
        # The hash of a weights file, not its path, which may name people.
        "settings": settings | {"weights": weights_identity(experiment.classifier)},
        **values,
        **_scores(experiment, values, predictions),
        "seconds": {"training": trained - started, "all": time.monotonic() - started},
    }
    write_classifier_figures(folder.classifier, predictions, condition.title)
    write_json(folder.classifier / RESULT, result)
    state.remove()
    log.info(f"{named}: {_summary(result)}")
    return result


def _scored(experiment: Experiment, folder: Path, done: dict[str, Any]) -> dict[str, Any]:
    """A finished result with the scores that are asked for; its predictions are scored again where they were not."""
    if not _is_scored_as_asked(done, experiment):
        done = plain(done | _scores(experiment, done, read_predictions(folder / PREDICTIONS)))
        write_json(folder / RESULT, done)
    return done


def _summary(result: dict[str, Any]) -> str:
    remark = published_code_line(result.get("original_code", ()), result["test"].get("flipped", ()))
    line = f"mean test AUC {number(result['test']['mean_auc'])} on {result['test']['images']} real test images"
    return f"{line}, {remark}" if remark else line


def predict_test_fold(trainer: ClassifierTrainer, real: DatasetFolder) -> Predictions:
    """Predictions of the real test fold with the trainer's present weights."""
    fold = real.read_fold("test")
    scores = trainer.probabilities(fold.images).astype("float64")
    return Predictions(real.label_names, fold.image_ids, fold.patients, fold.labels.astype("float64"), scores)


def _card(experiment: Experiment, condition: Condition, real: DatasetFolder, inputs: dict) -> dict[str, Any]:
    return {
        "network": "DenseNet-121",
        "experiment": experiment.name,
        "trained_on": condition.name,
        "label_names": list(real.label_names),
        "resolution": real.resolution,
        "image_size": experiment.classifier.image_size,
        "seed": experiment.seed,
        "dataset_sha256": inputs["synthetic" if condition.synthetic else "real"],
    }


def _training_values(data: TrainingSet, training: Training) -> dict[str, Any]:
    return {
        "images": {"train": len(data.train), "valid": len(data.valid)},
        "augmentation": data.augmentation,
        "epochs": len(training.history),
        "best_epoch": training.best_epoch,
        "stopped_because": training.reason,
        "history": training.history,
    }
