"""What the baselines add to the gap: classifiers without a deep network, of permuted labels, and of two halves."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from medgan_tf.classification.conditions import Condition
from medgan_tf.classification.trivial import FEATURES
from medgan_tf.evidence.utility.estimates.joint_aucs import joint_aucs
from medgan_tf.evidence.utility.estimates.seed_contrast import SeedContrast
from medgan_tf.evidence.utility.estimates.seed_scores import SeedScores
from medgan_tf.metrics.auc import auc_per_label
from medgan_tf.metrics.group_tests import repeats

_GAP = (1.0, -1.0)


def trivial_gaps(
    seeds: Sequence[SeedScores], shared: Sequence[str], measured: np.ndarray, switches: Sequence[str], level: float
) -> dict[str, dict[str, Any]]:
    """The gap of the trivial classifiers, by kind of features; nothing for those that were not made.

    An interval is NaN where the gap is exactly 0: both classifiers then order the test images in the same way, which
    says nothing about other images.

    Args:
        seeds: Predictions of all seeds.
        shared: Conditions that every seed has.
        measured: Labels that are in the means, bool [L].
        switches: Switches of `original_code` that are on.
        level: Coverage of the intervals.
    """
    found = {}
    for kind, title in FEATURES.items():
        names = (f"{kind}_real", f"{kind}_synthetic")
        if set(names) <= set(shared):
            contrast = joint_aucs(seeds, names, switches).contrast(_GAP, measured)
            found[kind] = {
                "title": title,
                "values": contrast.values,
                "mean": float(contrast.values.mean()),
                "interval": _known(contrast.interval(level), contrast.values),
                "each_seed": [
                    _known(one, value) for one, value in zip(contrast.each_seed(level), contrast.values, strict=True)
                ],
            }
    return found


def _known(interval: dict[str, float], gaps: np.ndarray | float) -> dict[str, float]:
    """The interval; NaN where every gap is 0 but for rounding: both classifiers order the images in the same way."""
    if np.abs(gaps).max() > 1e-9:
        return interval
    return interval | {"low": float("nan"), "high": float("nan")}


def permuted_labels(
    seeds: Sequence[SeedScores], conditions: Mapping[str, Condition], measured: np.ndarray
) -> dict[str, Any] | None:
    """The AUCs of classifiers of permuted labels, as a range over all of them; None without any.

    Their labels teach nothing, yet an AUC far from 0.5 is nothing unusual: any direction in the images goes along with
    the true labels or against them. So there is no interval around a mean. The range of n exchangeable values contains
    another one with a probability of (n - 1) / (n + 1). No AUC is flipped: the side of 0.5 is what they show.

    Args:
        seeds: Predictions of all seeds.
        conditions: Conditions that every seed has, by name.
        measured: Labels that are in the means, bool [L].
    """
    names = [name for name, condition in conditions.items() if condition.is_permuted and condition.longest]
    # One long training of earlier versions is not exchangeable with short ones; it counts where there is nothing else.
    names = names or [name for name, condition in conditions.items() if condition.is_permuted]
    if not names:
        return None
    aucs = np.array(
        [
            [auc_per_label(entry.predictions[name].truth, entry.predictions[name].scores) for entry in seeds]
            for name in names
        ]
    )
    means = aucs[:, :, measured].mean(axis=2) if measured.any() else np.full(aucs.shape[:2], np.nan)
    labels, defined = seeds[0].predictions["real"].label_names, np.isfinite(aucs).all(axis=(0, 1))
    return {
        "classifiers": {
            name: {"values": means[row], "label_aucs": aucs[row]} for row, name in enumerate(names)
        },
        "count": means.size,
        "contains_another": (means.size - 1) / (means.size + 1),
        "low": float(means.min()),
        "high": float(means.max()),
        "labels": {
            label: {"low": float(aucs[..., k].min()), "high": float(aucs[..., k].max())}
            for k, label in enumerate(labels)
            if defined[k]
        },
    }  # fmt: skip


def halves_difference(
    seeds: Sequence[SeedScores], shared: Sequence[str], switches: Sequence[str], level: float
) -> dict[str, Any] | None:
    """The difference that two trainings on two halves of the real patients show; None where there are no halves.

    It is a size to compare the gap with, not a limit of what can be detected: more seeds detect smaller gaps, but do
    not make this difference smaller.
    """
    if not {"half_a", "half_b"} <= set(shared):
        return None
    halves = joint_aucs(seeds, ("half_a", "half_b"), switches)
    difference: SeedContrast = halves.contrast(_GAP, halves.counted)
    return {
        "values": difference.values,
        "absolute_mean": float(np.abs(difference.values).mean()),
        "over_seeds": asdict(repeats(difference.values)),
        "interval": difference.interval(level),
    }
