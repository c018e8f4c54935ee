"""AUCs on resamples of whole patients: another way to their covariance."""

import numpy as np

from medgan_tf.metrics.auc import weighted_auc
from medgan_tf.metrics.bootstrap import patient_weights


def bootstrap_auc(
    truth: np.ndarray, scores: list[np.ndarray], patients: np.ndarray, draws: int, seed: int
) -> np.ndarray:
    """AUCs of several classifiers on the same resamples of the test patients.

    Args:
        truth: [N, L] of 0 and 1.
        scores: One [N, L] for each classifier.
        patients: str [N].
        draws, seed: See `patient_weights`.

    Returns:
        float64 [C, draws, L]; NaN where a resample leaves one class.
    """
    parts = []
    for weights in patient_weights(patients, draws, seed):
        parts.append([[weighted_auc(truth[:, k], s[:, k], weights) for k in range(truth.shape[1])] for s in scores])
    return np.concatenate([np.asarray(part).transpose(0, 2, 1) for part in parts], axis=1)
