"""Effects of the switches of `original_code` on a classifier's scores, and how results name those that were on."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from medgan_tf.classification.predictions import Predictions
from medgan_tf.config.schema import Experiment
from medgan_tf.metrics.auc import auc_per_label, flipped_below_half, mean_over_labels

DROPPED, FLIPPED, UNDEFINED_AS_ZERO = "last_brain_image_dropped", "auc_flipped", "undefined_validation_auc_zero"
FLIPPED_MARK = "*"
FLIPPED_TITLE = "AUC below 0.5 flipped, as in the published code"
_WORDS = {
    "random_patient_split": "patients split without strata",
    "brain_min_count": "combinations above 110 images",
    UNDEFINED_AS_ZERO: "an undefined validation AUC counted as 0",
    DROPPED: "the last test image dropped",
    FLIPPED: "AUC below 0.5 flipped",
    "occlusion_patch_4": "patches of 4x4 pixels",
}


def classifier_switches(experiment: Experiment) -> list[str]:
    """Names of the switches that bear on the classifiers of an experiment and on their scores."""
    code, data = experiment.original_code, experiment.data
    return [*code.in_dataset(data), *code.in_validation(), *code.in_test(data)]


def gap_switches(experiment: Experiment) -> list[str]:
    """Names of the switches that bear on test AUCs."""
    return [name for name in classifier_switches(experiment) if name != UNDEFINED_AS_ZERO]


def validation_mean(label_aucs: Sequence[float | None], switches: Collection[str]) -> float:
    """The mean validation AUC of an epoch as it is reported; None stands for an undefined AUC."""
    aucs = np.array([np.nan if value is None else value for value in label_aucs], np.float64)
    return mean_over_labels(np.nan_to_num(aucs) if UNDEFINED_AS_ZERO in switches else aucs).value


def counted_predictions(predictions: Predictions, switches: Collection[str]) -> Predictions:
    """The predictions that count: without the last image where that is dropped; a single one is kept."""
    if DROPPED not in switches or len(predictions.truth) < 2:
        return predictions
    names = ("image_ids", "patients", "truth", "scores")
    return replace(predictions, **{name: getattr(predictions, name)[:-1] for name in names})


def reported_aucs(predictions: Predictions, switches: Collection[str]) -> tuple[np.ndarray, list[str]]:
    """AUC of each label [L] as it is reported, and the names of the labels whose AUC was flipped."""
    aucs = auc_per_label(predictions.truth, predictions.scores)
    if FLIPPED not in switches:
        return aucs, []
    return flipped_below_half(aucs), [predictions.label_names[k] for k in np.flatnonzero(aucs < 0.5)]


def published_code_line(switches: Sequence[str], flipped: Collection[str] | None = None, mark: str = "") -> str:
    """The remark beside results: which departures of the published code are in the numbers; "" for none.

    Args:
        switches: Names of the switches that were on.
        flipped: Labels whose AUC was flipped; None does not count them.
        mark: Mark of their numbers in the table.
    """
    words = dict(zip(switches, (_WORDS[name] for name in switches), strict=True))
    if FLIPPED in words and flipped is not None:
        count = len(set(flipped))
        labels = f"{count} label{'s' if count > 1 else ''}" if count else "no label"
        words[FLIPPED] += f" ({labels}, marked {mark})" if count and mark else f" ({labels})"
    return f"as in the published code: {'; '.join(words.values())}" if words else ""


def flipped_labels(gap: dict[str, Any], seed: int | None = None) -> list[str]:
    """Labels of a `gap.json` whose AUC was flipped in any condition, of the seed at that place or of all seeds."""
    chosen = slice(None) if seed is None else slice(seed, seed + 1)
    found = {
        label for entry in gap["conditions"].values() for names in entry.get("flipped", [])[chosen] for label in names
    }
    return [label for label in gap["label_names"] if label in found]


def flipped_title(gap: dict[str, Any]) -> str:
    """A further line for the titles of figures whose AUCs are flipped; "" where they are as they were measured."""
    return f"\n{FLIPPED_TITLE}" if FLIPPED in gap.get("original_code", ()) else ""
