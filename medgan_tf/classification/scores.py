"""Computes every number that is reported about one classifier from its predictions of the test images."""

from collections.abc import Collection
from dataclasses import asdict
from typing import Any

import numpy as np

from medgan_tf.classification.predictions import Predictions
from medgan_tf.classification.published_code import FLIPPED, counted_predictions, reported_aucs
from medgan_tf.metrics.auc import average_precision_per_label, flipped_below_half, mean_over_labels
from medgan_tf.metrics.bootstrap import bootstrap_auc, mean_of_defined, patient_numbers, percentile_interval
from medgan_tf.metrics.calibration import brier_per_label, reliability


def score_predictions(
    predictions: Predictions, draws: int, seed: int, switches: Collection[str] = ()
) -> dict[str, Any]:
    """AUC with intervals over patients, average precision, Brier score and calibration error.

    Args:
        predictions: Predictions of the real test fold.
        draws: Bootstrap draws.
        seed: Seed of the draws.
        switches: Names of the switches of `original_code` that are on.

    Returns:
        `mean_auc`, `mean_auc_interval`, `defined_labels`, `undefined` (names of labels with one class in the test
        fold), `flipped` (names of labels whose AUC is 1 - AUC, because `auc_flipped` is on), `labels` (by name: auc,
        auc_interval, average_precision, brier, calibration_error, positives), `mean_average_precision`,
        `calibration_error`, `images`, `patients`. What is undefined is NaN.
    """
    predictions = counted_predictions(predictions, switches)
    names, truth, scores = predictions.label_names, predictions.truth, predictions.scores
    aucs, flipped = reported_aucs(predictions, switches)
    samples = bootstrap_auc(truth, [scores], predictions.patients, draws, seed)[0]
    samples = flipped_below_half(samples) if FLIPPED in switches else samples
    precisions, briers = average_precision_per_label(truth, scores), brier_per_label(truth, scores)
    mean, defined = mean_over_labels(aucs), np.isfinite(aucs)
    labels = {
        name: {
            "auc": aucs[k],
            "auc_interval": asdict(percentile_interval(samples[:, k])),
            "average_precision": precisions[k],
            "brier": briers[k],
            "calibration_error": reliability(truth[:, k], scores[:, k]).error,
            "positives": int(truth[:, k].sum()),
        }
        for k, name in enumerate(names)
    }
    return {
        "mean_auc": mean.value,
        "mean_auc_interval": asdict(percentile_interval(mean_of_defined(samples, defined))),
        "defined_labels": mean.defined,
        "undefined": [name for name, is_defined in zip(names, defined, strict=True) if not is_defined],
        "flipped": flipped,
        "labels": labels,
        "mean_average_precision": mean_over_labels(precisions).value,
        "calibration_error": reliability(truth, scores).error,
        "images": len(truth),
        "patients": int(patient_numbers(predictions.patients).max()) + 1,
    }
