"""The trivial classifiers of a run: fitted in seconds, and stored beside the deep ones in the same form."""

import logging
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from medgan_tf.classification.conditions import Condition, condition_key, inputs_sha256
from medgan_tf.classification.predictions import Predictions, write_predictions
from medgan_tf.classification.trivial import FEATURES, PROTOCOL, features_of, fit_trivial, small_images
from medgan_tf.config.schema import Experiment
from medgan_tf.data.records.reader import DatasetFolder, FoldArrays
from medgan_tf.evidence.utility.classifier_results import (
    PREDICTIONS,
    RESULT,
    finished_result,
    scored_as_asked,
    scores_of,
    summary,
)
from medgan_tf.files.hashing import sha256_of
from medgan_tf.files.result_files import write_json
from medgan_tf.metrics.auc import auc_per_label

log = logging.getLogger(__name__)


class SmallFolds:
    """The folds that trivial classifiers need, each read and made small once."""

    def __init__(self) -> None:
        self._kept: dict[tuple[Path, str], FoldArrays] = {}

    def get(self, dataset: DatasetFolder, fold: str) -> FoldArrays:
        """A fold whose `images` are float64 [N, 64]."""
        place = dataset.path, fold
        if place not in self._kept:
            found = dataset.read_fold(fold)
            self._kept[place] = replace(found, images=small_images(found.images))
        return self._kept[place]


def classify_trivial(
    experiment: Experiment,
    condition: Condition,
    real: DatasetFolder,
    synthetic: DatasetFolder | None,
    resume: bool,
    folds: SmallFolds,
) -> dict[str, Any]:
    """Fits a trivial classifier to the train fold and tests it on the real test fold, unless it is up to date.

    Args:
        experiment: Names, and the switches of `original_code`.
        condition: A training set with `features`.
        real: The prepared dataset.
        synthetic: The synthetic one, where the condition takes it.
        resume: Keep a finished one.
        folds: Folds that were made small before.

    Returns:
        The content of the result file, with the keys of a deep classifier's.
    """
    folder, named = condition.folder(experiment).classifier, f"{condition.name} seed {experiment.seed}"
    key = condition_key(condition, experiment, real, synthetic)
    if resume and (done := finished_result(folder, key)) is not None:
        done = scored_as_asked(experiment, folder, done)
        log.info(f"{named}: up to date, {summary(done)}")
        return done
    started = time.monotonic()
    values, predictions = _fitted(condition, real, synthetic, folds)
    folder.mkdir(parents=True, exist_ok=True)
    write_predictions(folder / PREDICTIONS, predictions)
    result = {
        "format_version": 1,
        "what": "trivial classifier",
        "experiment": experiment.name,
        "condition": condition.name,
        "title": condition.title,
        "seed": experiment.seed,
        "key": key,
        "inputs_sha256": inputs_sha256(condition, real, synthetic),
        "predictions_sha256": sha256_of(folder / PREDICTIONS),
        "exported": False,
        "label_names": list(real.label_names),
        "settings": {"features": FEATURES[condition.features], "protocol": PROTOCOL},
        **values,
        **scores_of(experiment, values, predictions),
        "seconds": {"all": time.monotonic() - started},
    }
    write_json(folder / RESULT, result)
    log.info(f"{named}: {summary(result)}")
    return result


def _fitted(
    condition: Condition, real: DatasetFolder, synthetic: DatasetFolder | None, folds: SmallFolds
) -> tuple[dict[str, Any], Predictions]:
    """Counts and validation AUCs, in the form of a training of one epoch, and the predictions of the test fold."""
    source = synthetic if condition.synthetic else real
    train, valid, test = folds.get(source, "train"), folds.get(source, "valid"), folds.get(real, "test")
    classifier = fit_trivial(features_of(train.images, condition.features), train.labels)

    def scores(fold: FoldArrays) -> np.ndarray:
        return classifier.probabilities(features_of(fold.images, condition.features))

    aucs = auc_per_label(valid.labels, scores(valid))
    values = {
        "images": {"train": len(train.images), "valid": len(valid.images)},
        "best_epoch": 1,
        "history": [{"label_aucs": [float(auc) if np.isfinite(auc) else None for auc in aucs]}],
    }
    truth = test.labels.astype("float64")
    return values, Predictions(real.label_names, test.image_ids, test.patients, truth, scores(test))
