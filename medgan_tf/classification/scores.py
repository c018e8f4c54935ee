"""Computes every number that is reported about one classifier from its predictions of the test images."""

from collections.abc import Collection
from dataclasses import asdict
from typing import Any

import numpy as np

from medgan_tf.classification.predictions import Predictions
from medgan_tf.classification.published_code import FLIPPED, counted_predictions, reported_aucs
from medgan_tf.metrics.auc import average_precision_per_label, mean_over_labels
from medgan_tf.metrics.auc_arms import AucArms
from medgan_tf.metrics.calibration import brier_per_label, reliability
from medgan_tf.metrics.clustered_auc import FEWEST_PATIENTS, ClusteredAucs, auc_interval, clustered_aucs

LEVEL = 0.95


def score_predictions(predictions: Predictions, switches: Collection[str] = ()) -> dict[str, Any]:
    """AUC with intervals over patients, average precision, Brier score and calibration error.

    Args:
        predictions: Predictions of the real test fold.
        switches: Names of the switches of `original_code` that are on.

    Returns:
        `mean_auc`, `mean_auc_interval`, `defined_labels`, `undefined` (names of labels with one class in the test
        fold), `not_in_interval` (names of labels of too few patients for an interval), `flipped` (names of labels whose
        AUC is 1 - AUC, because `auc_flipped` is on), `labels` (by name: auc, auc_interval, average_precision, brier,
        calibration_error, positives), `mean_average_precision`, `calibration_error`, `images`, `patients`. What is
        undefined is NaN.
    """
    predictions = counted_predictions(predictions, switches)
    names, truth, scores = predictions.label_names, predictions.truth, predictions.scores
    values, flipped = reported_aucs(predictions, switches)
    aucs = clustered_aucs(truth, scores, predictions.patients)
    if FLIPPED in switches:
        aucs = aucs.flipped_below_half()
    precisions, briers = average_precision_per_label(truth, scores), brier_per_label(truth, scores)
    mean, defined = mean_over_labels(values), np.isfinite(values)
    in_interval = np.isfinite(np.diag(aucs.covariance)) & (aucs.fewer_patients >= FEWEST_PATIENTS)
    labels = {
        name: {
            "auc": values[k],
            "auc_interval": asdict(auc_interval(aucs, k, LEVEL)) | {"level": LEVEL},
            "average_precision": precisions[k],
            "brier": briers[k],
            "calibration_error": reliability(truth[:, k], scores[:, k]).error,
            "positives": int(truth[:, k].sum()),
        }
        for k, name in enumerate(names)
    }
    return {
        "mean_auc": mean.value,
        "mean_auc_interval": mean_interval(aucs),
        "defined_labels": mean.defined,
        "undefined": [name for name, is_defined in zip(names, defined, strict=True) if not is_defined],
        "not_in_interval": [name for k, name in enumerate(names) if defined[k] and not in_interval[k]],
        "flipped": flipped,
        "labels": labels,
        "mean_average_precision": mean_over_labels(precisions).value,
        "calibration_error": reliability(truth, scores).error,
        "images": len(truth),
        "patients": aucs.patients,
    }


def mean_interval(aucs: ClusteredAucs) -> dict[str, Any]:
    """Interval of the mean over the labels with patients enough for an interval, from their joint covariance.

    Returns:
        `value`, the mean over these labels; `low`, `high`, `level`; and their number `labels`. NaN without such labels.
    """
    enough = np.isfinite(np.diag(aucs.covariance)) & (aucs.fewer_patients >= FEWEST_PATIENTS)
    if not enough.any():
        nan = float("nan")
        return {"value": nan, "low": nan, "high": nan, "level": LEVEL, "labels": 0}
    weights = enough / enough.sum()
    value = float(aucs.values[enough].mean())
    variance = weights[enough] @ aucs.covariance[np.ix_(enough, enough)] @ weights[enough]
    if enough.sum() == 1:
        single = auc_interval(aucs, int(np.flatnonzero(enough)[0]), LEVEL)
        low, high = single.low, single.high
    else:
        patients = aucs.fewer_patients[enough].min(keepdims=True)
        degrees = np.array([aucs.degrees(weights)])
        arms = AucArms(np.ones(1), np.array([value]), np.array([[variance]]), degrees, patients)
        low, high = (float(end[0]) for end in arms.limits((1 - LEVEL) / 2))
    return {"value": value, "low": low, "high": high, "level": LEVEL, "labels": int(enough.sum())}
