"""Trains classifiers on real and on synthetic images and tests all of them on the same real images."""

import logging
import os
import time
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from medgan_tf.classification.conditions import (
    SYNTHETIC,
    Condition,
    check_folds,
    check_synthetic,
    compose,
    condition_key,
    inputs_sha256,
    synthetic_dataset,
)
from medgan_tf.classification.export import weights_sha256
from medgan_tf.classification.figures import write_classifier_figures
from medgan_tf.classification.identity import architecture_identity, settings_without_paths, title_of
from medgan_tf.classification.predictions import Predictions, write_predictions
from medgan_tf.classification.state import TrainingState
from medgan_tf.classification.trainer import Training
from medgan_tf.classification.training_set import TrainingSet
from medgan_tf.config.schema import Experiment, TrainingConfig
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.errors import ConfigError, RunError
from medgan_tf.evidence.utility.arms.inputs import arm_inputs, arm_values, further_sets, start_weights
from medgan_tf.evidence.utility.baselines.classify_trivial import SmallFolds, classify_trivial
from medgan_tf.evidence.utility.classifier_results import (
    PREDICTIONS,
    RESULT,
    finished_result,
    scored_as_asked,
    scores_of,
    summary,
)
from medgan_tf.evidence.utility.trainers import Trainer, Trainers
from medgan_tf.files.hashing import sha256_of
from medgan_tf.files.locks import locked
from medgan_tf.files.log_file import logging_to
from medgan_tf.files.result_files import write_json

log = logging.getLogger(__name__)


def check_devices(training: TrainingConfig) -> None:
    """Raises `ConfigError` on a cluster: the classifier is trained on the devices of one machine."""
    several = "TF_CONFIG" in os.environ and training.strategy == "auto"
    if training.strategy == "multi_worker" or several:
        raise ConfigError(
            "the classifier trains on one machine. Received: a cluster (training.strategy multi_worker, or TF_CONFIG); "
            "train the GAN there, then call this on one machine with --set training.strategy=mirrored or one"
        )


def classify(
    experiment: Experiment,
    conditions: Sequence[Condition],
    real: DatasetFolder,
    *,
    resume: bool = True,
    trainers: Trainers | None = None,
) -> dict[str, dict[str, Any]]:
    """Trains and tests the classifier of every condition; those that are up to date are not trained again.

    Progress goes to the logger `medgan_tf`. Each classifier folder gets `predictions.csv` and `result.json`; those of
    long trainings get figures, and the real and the synthetic one the SavedModel `model/` with `model.json`.

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
    trainers, folds, results = trainers or Trainers(), SmallFolds(), {}
    for condition in conditions:
        folder = condition.folder(experiment)
        with locked(folder.path), logging_to(folder.log):
            try:
                arguments = (experiment, condition, real, synthetic, resume)
                if condition.features:
                    results[condition.name] = classify_trivial(*arguments, folds)
                else:
                    results[condition.name] = _classify(*arguments, trainers)
            except tf.errors.ResourceExhaustedError as error:
                raise RunError(
                    f"the device ran out of memory with classifier.batch={experiment.classifier.batch}; lower it, or "
                    "classifier.image_size"
                ) from error
    return results


def _classify(experiment, condition, real, synthetic, resume, trainers) -> dict[str, Any]:
    folder, named = condition.folder(experiment), f"{condition.name} seed {experiment.seed}"
    key = condition_key(condition, experiment, real, synthetic)
    inputs_of_arm = arm_inputs(condition, experiment, synthetic)
    state = TrainingState(folder.classifier / "state", "|".join([key, *inputs_of_arm.values()]))
    if not resume:
        state.remove()
    elif (done := finished_result(folder.classifier, key, inputs_of_arm)) is not None:
        done = scored_as_asked(experiment, folder.classifier, done)
        log.info(f"{named}: up to date, {summary(done)}")
        return done
    started, data = time.monotonic(), _data(experiment, condition, real, synthetic, named)
    trainer = trainers.get(experiment, len(real.label_names), real.resolution)
    training = _trained(experiment, condition, trainer, data, state, named)
    trained = time.monotonic()
    predictions = predict_test_fold(trainer, real)
    write_predictions(folder.classifier / PREDICTIONS, predictions)
    inputs, weights = inputs_sha256(condition, real, synthetic), trainer.weights()
    if condition.is_exported:
        trainer.export(folder.classifier, _card(experiment, condition, real, inputs))
    values = _training_values(data, training)
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
        "network": title_of(experiment.classifier),
        "settings": settings_without_paths(experiment.classifier),
        **arm_values(condition, data, real, inputs_of_arm),
        **values,
        **scores_of(experiment, values, predictions),
        "seconds": {"training": trained - started, "all": time.monotonic() - started},
    }
    if not condition.longest:
        write_classifier_figures(folder.classifier, predictions, condition.title)
    write_json(folder.classifier / RESULT, result)
    state.remove()
    log.info(f"{named}: {summary(result)}")
    return result


def _data(experiment, condition, real, synthetic, named) -> TrainingSet:
    further = further_sets(condition, experiment, synthetic)
    data = compose(condition, real, synthetic, experiment.seed, experiment.classifier.flip, further)
    log.info(f"{named}: training on {len(data.train):,} images ({condition.title}), validating on {len(data.valid):,}")
    return data


def _trained(experiment, condition, trainer, data, state, named) -> Training:
    start, folder = start_weights(condition, experiment, trainer), condition.folder(experiment)
    tensorboard = folder.tensorboard / "classifier" if experiment.training.tensorboard else None
    seed = condition.training_seed(experiment.seed)
    return trainer.train(data, seed, state, tensorboard, named, condition.longest, start)


def predict_test_fold(trainer: Trainer, real: DatasetFolder) -> Predictions:
    """Predictions of the real test fold with the trainer's present weights."""
    fold = real.read_fold("test")
    scores = trainer.probabilities(fold.images).astype("float64")
    return Predictions(real.label_names, fold.image_ids, fold.patients, fold.labels.astype("float64"), scores)


def _card(experiment: Experiment, condition: Condition, real: DatasetFolder, inputs: dict) -> dict[str, Any]:
    return {
        "network": title_of(experiment.classifier),
        "architecture": architecture_identity(experiment.classifier),
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
