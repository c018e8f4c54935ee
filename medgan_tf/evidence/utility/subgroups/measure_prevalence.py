"""What a synthetic training set is made of, held against the real one: how many images have a label, or show a group.

A classifier that learns from other shares of a label is another classifier. Nothing is reweighted; where the shares
are shown to differ, the result says so beside the gap.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from medgan_tf.evidence.utility.subgroups.shares import Share, real_share, share_difference, synthetic_share

LEVEL, ALPHA = 0.95, 0.05


@dataclass(frozen=True)
class RealRows:
    """The real training images.

    Attributes:
        labels: bool [N, L].
        patients: str [N], "" where unknown.
        groups: Group of each image by covariate, str [N].
    """

    labels: np.ndarray
    patients: np.ndarray
    groups: Mapping[str, np.ndarray]


@dataclass(frozen=True)
class SyntheticCounts:
    """The synthetic training images of all sets together.

    Attributes:
        sets: Number of different sets; seeds may share one.
        images: Number of images.
        labels: Number with each label, int64 [L].
        groups: Number by covariate and group; None where the sets do not say.
        same_labels: Whether every set has each combination of labels exactly as often as the real images.
    """

    sets: int
    images: int
    labels: np.ndarray
    groups: Mapping[str, Mapping[str, int]] | None
    same_labels: bool


def measure_prevalence(names: tuple[str, ...], real: RealRows, synthetic: SyntheticCounts) -> dict[str, Any]:
    """Shares of every label, and of every group of patients where the synthetic set knows them.

    Args:
        names: L labels.
        real: The real training images.
        synthetic: The synthetic ones.

    Returns:
        `labels` and `groups` (None where the synthetic set has no covariates): `real`, `synthetic`, `difference`, each
        with `value`, `low`, `high`, and `differs`; the numbers of images; `differ`, names of the labels that differ.
    """
    members = {name: (real.labels[:, k], int(synthetic.labels[k])) for k, name in enumerate(names)}
    labels = _compared(members, real.patients, synthetic.images, synthetic.same_labels)
    groups = None
    if synthetic.groups is not None:
        groups = {
            covariate: _compared(_members(values, counts), real.patients, synthetic.images)
            for covariate, values in real.groups.items()
            if (counts := synthetic.groups.get(covariate))
        }
    return {
        "images": {"real": len(real.labels), "synthetic": synthetic.images, "synthetic_sets": synthetic.sets},
        "patients": len(set(real.patients.tolist()) - {""}) or None,
        "labels_as_real": synthetic.same_labels,
        "labels": labels,
        "differ": [name for name, entry in labels.items() if entry["differs"]],
        "groups": groups,
        "how": {
            "fold": "train",
            "level": LEVEL,
            "differs": "the interval of the difference without 0, by Bonferroni over the rows of a table",
            "reweighted": False,
        },
    }


def _members(values: np.ndarray, counts: Mapping[str, int]) -> dict[str, tuple[np.ndarray, int]]:
    names = sorted(set(values.tolist()) | {name for name, count in counts.items() if count})
    return {name: (values == name, counts.get(name, 0)) for name in names}


def _compared(
    members: Mapping[str, tuple[np.ndarray, int]], patients: np.ndarray, images: int, same: bool = False
) -> dict[str, dict[str, Any]]:
    strict = 1 - ALPHA / max(len(members), 1)
    found = {}
    for name, (real, count) in members.items():
        one, other = real_share(real, patients, LEVEL), synthetic_share(count, images, LEVEL)
        difference = share_difference(other, one)
        judged = share_difference(synthetic_share(count, images, strict), real_share(real, patients, strict))
        if same:
            # The labels were taken from the real images: no chance is left in the difference.
            difference = judged = Share(0.0, 0.0, 0.0)
        found[name] = {
            "real": asdict(one),
            "synthetic": asdict(other),
            "difference": asdict(difference),
            "differs": bool(judged.low > 0 or judged.high < 0),
        }
    return found
