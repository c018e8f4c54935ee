"""The gap of each group of test patients, and whether training on synthetic images widens the difference of groups.

The gap of a group is measured as that of all patients, on the images of the group. The difference of two groups is
the AUC of the first less that of the second; synthetic training changes it by the difference of the two groups' gaps.
"""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from medgan_tf.data.records.covariate_bytes import UNKNOWN
from medgan_tf.evidence.utility.estimates.joint_aucs import JointAucs
from medgan_tf.evidence.utility.estimates.seed_contrast import FEWEST_OF_A_GAP, SeedContrast
from medgan_tf.evidence.utility.estimates.seed_scores import SeedScores
from medgan_tf.evidence.utility.subgroups.decide import change_findings, change_tests, gap_findings, gap_tests
from medgan_tf.evidence.utility.subgroups.group_aucs import GroupAucs, group_aucs, labels_in_mean, worth_of
from medgan_tf.metrics.clustered_auc import FEWEST_PATIENTS

LEVEL = 0.95
GAP = (1.0, -1.0)
REAL, SYNTHETIC, CHANGE, SUM = (1, 0, -1, 0), (0, 1, 0, -1), (-1, 1, 1, -1), (1, 1, -1, -1)
FIRST, SECOND = (1, -1, 0, 0), (0, 0, 1, -1)
"""Weights of the AUCs real and synthetic of a first group, then of a second one: the difference of the groups after
training on real images, after training on synthetic ones, the second less the first of these, and their sum; and the
gaps of both groups."""


def measure_groups(
    seeds: Sequence[SeedScores],
    groups: Mapping[str, np.ndarray],
    margin: float,
    switches: Sequence[str],
    by_label: bool = True,
) -> dict[str, Any]:
    """Gaps by group, and changes of the differences between groups, for each covariate.

    Args:
        seeds: Predictions of all seeds.
        groups: Group of each test image by covariate, str [N].
        margin: The largest gap that does not matter, also for a change of a difference between groups.
        switches: Switches of `original_code` that are on.
        by_label: Whether each label is measured too, and not only means.

    Returns:
        `margin`, `covariates` and `how`, as docs/utility.md describes them.
    """
    names = seeds[0].predictions["real"].label_names
    measured = {name: group_aucs(seeds, values, switches) for name, values in groups.items()}
    covariates = {
        name: {
            "groups": {
                group: _group(found, group, names if by_label else (), margin) for group in _ordered(found.names)
            },
            "pairs": [_pair(found, pair, names, margin) for pair in _pairs(found.names)],
        }
        for name, found in measured.items()
    }
    rows = [group for one in covariates.values() for group in one["groups"].values()]
    gap_findings([row["verdict"] for row in rows if row["shown"]])
    labels = [label for row in rows for label in row["labels"].values() if label["shown"]]
    gap_findings([label["verdict"] for label in labels])
    pairs = [pair for one in covariates.values() for pair in one["pairs"]]
    change_findings([pair for pair in pairs if pair["shown"]])
    return {"margin": margin, "covariates": covariates, "how": _how(len(rows), len(pairs))}


def _ordered(names: Sequence[str]) -> list[str]:
    return sorted(names, key=lambda name: (name == UNKNOWN, name))


def _pairs(names: Sequence[str]) -> list[tuple[str, str]]:
    """Every two groups; patients of whom nothing is known are no group."""
    return list(itertools.combinations([name for name in _ordered(names) if name != UNKNOWN], 2))


def _how(rows: int, pairs: int) -> dict[str, Any]:
    return {
        "interval": "as of the gap: seeds and test patients together",
        "level": LEVEL,
        "fewest_patients": FEWEST_OF_A_GAP,
        "labels": f"in a mean with {FEWEST_PATIENTS} patients with and without the finding; only those with "
        f"{FEWEST_OF_A_GAP} where the mean of the others would have no interval",
        "corrected": f"p-values of findings by Holm: over {rows} groups, over all their labels, over {pairs} pairs",
        "change": "difference of the groups after training on synthetic images less that after training on real ones",
        "widened": "the change and the sum of both differences are shown to have the same sign",
        "narrowed": "they are shown to have different signs",
        "below margin": "the change is shown to lie within the margin, two one-sided tests",
        "loses_more": "the change is shown not to be 0, two-sided: synthetic training costs one group more",
    }


def _group(found: GroupAucs, group: str, names: Sequence[str], margin: float) -> dict[str, Any]:
    aucs, place = found.of(group), found.names.index(group)
    entry = {"images": int(found.images[place]), "patients": int(found.patients[place])}
    counted = labels_in_mean(aucs, GAP)
    entry |= _gap(aucs, counted, margin)
    entry["labels_in_mean"] = int(counted.sum()) if entry["shown"] else 0
    entry["left_out"] = [name for name, one in zip(names, counted, strict=False) if not one]
    positive, negative = aucs.positive_patients(), aucs.negative_patients()
    entry["labels"] = {
        name: {"positive_patients": int(positive[k]), "negative_patients": int(negative[k])}
        | _gap(aucs, np.arange(len(aucs.counted)) == k, margin)
        for k, name in enumerate(names)
    }
    return entry


def _shown(worth: int) -> dict[str, Any]:
    """Whether there are patients enough for an interval, and how many are missing."""
    missing = max(FEWEST_OF_A_GAP - worth, 0)
    return {"counts_as": worth, "missing_patients": missing, "shown": not missing}


def _gap(aucs: JointAucs, labels: np.ndarray, margin: float) -> dict[str, Any]:
    """The gap of one group, as a mean over some labels; without enough patients nothing but their number."""
    worth = worth_of(aucs, labels, GAP)
    entry = _shown(worth)
    if entry["shown"]:
        contrast = aucs.contrast(GAP, labels)
        real, synthetic = contrast.aucs.mean(axis=1)
        entry |= {"real": float(real), "synthetic": float(synthetic), "gap": _numbers(contrast)}
        entry["verdict"] = gap_tests(contrast, worth, margin)
    return entry


def _numbers(contrast: SeedContrast) -> dict[str, Any]:
    """A value of each seed and their mean, with intervals; of one training over patients only."""
    values = contrast.values
    return {
        "values": values,
        "mean": float(values.mean()),
        "interval": contrast.interval(LEVEL) if len(values) > 1 else contrast.each_seed(LEVEL)[0],
    }


def _pair(found: GroupAucs, pair: tuple[str, str], names: Sequence[str], margin: float) -> dict[str, Any]:
    """The difference of two groups after either training, and its change."""
    aucs = found.of(*pair)
    # The smaller of two groups decides how much their difference is worth.
    sums = (FIRST, SECOND, CHANGE)
    labels = labels_in_mean(aucs, *sums)
    worth = worth_of(aucs, labels, *sums)
    entry = {"groups": list(pair)} | _shown(worth)
    entry["labels_in_mean"] = int(labels.sum()) if entry["shown"] else 0
    entry["left_out"] = [name for name, one in zip(names, labels, strict=True) if not one]
    if entry["shown"]:
        change = aucs.contrast(CHANGE, labels)
        entry["real"] = _numbers(aucs.contrast(REAL, labels))
        entry["synthetic"] = _numbers(aucs.contrast(SYNTHETIC, labels))
        entry["change"] = _numbers(change)
        entry["verdict"] = change_tests(change, aucs.contrast(SUM, labels), worth, margin)
    return entry
