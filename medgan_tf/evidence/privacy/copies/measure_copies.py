"""What the search for copies found, as figures: near copies, authenticity, data copying, images of one patient."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from medgan_tf.evidence.privacy.copies.disguises import CHANGED
from medgan_tf.evidence.privacy.copies.search import CopySearch
from medgan_tf.evidence.privacy.inputs import PrivacyInputs
from medgan_tf.metrics.privacy.data_copying import Excess, clopper_pearson, training_excess
from medgan_tf.metrics.privacy.near_copies import LEAKS, NearCopies, noticed, smallest_noticed
from medgan_tf.metrics.streams import stream

# A planted leak is judged as in an audit with so many rows; no audit has more.
_ROWS = 20


@dataclass(frozen=True)
class Copying:
    """The quantities of the search, each with its limits.

    Attributes:
        near: Share of near copies.
        authenticity: Excess at training images of images that are nearer to their nearest real image than another
            patient is.
        nearest: Excess at training images of all released images.
        single: Excess at training images of images that point to one patient.
    """

    near: NearCopies
    authenticity: Excess
    nearest: Excess
    single: Excess

    @classmethod
    def of(cls, search: CopySearch) -> "Copying":
        """The quantities of a search."""

        def excess(places, counts):
            return training_excess(places, counts, search.pool, search.strata)

        plain, places = search.plain, search.places
        return cls(
            NearCopies(excess(places, search.near), search.found, search.false_alarms),
            excess(places, places.relative < 1),
            excess(plain, np.ones(len(plain.row), bool)),
            excess(plain, plain.ratio < search.single_threshold),
        )


def copying_figures(inputs: PrivacyInputs, search: CopySearch, found: Copying) -> dict[str, Any]:
    """All figures of the search, for `privacy.json`."""
    level = inputs.settings.level
    authentic = search.places.relative >= 1
    return {
        "authenticity": {**found.authenticity.describe(level), "share": float(authentic.mean())},
        "data_copying": {
            **found.nearest.describe(level),
            "share": found.nearest.trained / found.nearest.images,
        },
        "copies": _copies(inputs, search, found.near),
        "planted": _planted(search, level),
        "planted_leaks": planted_leaks(inputs, search, found.near),
        "reidentification": {**found.single.describe(level), "threshold": search.single_threshold},
    }


def _copies(inputs: PrivacyInputs, search: CopySearch, near: NearCopies) -> dict[str, Any]:
    """Suspected copies: their number, those at held-out images, which can be no copies, and the list, nearest first."""
    settings, level = inputs.settings, inputs.settings.level
    low, high = near.limits((1 + level) / 2)
    suspected = search.suspected
    return {
        **near.excess.describe(level),
        "suspected": int(suspected.sum()),
        "at_held_out": near.excess.counted - near.excess.trained,
        "share": float(suspected.mean()),
        "near_copies": {"share": near.value, "interval": {"low": low, "high": high, "level": level}},
        "threshold": search.threshold,
        "false_alarms": _share(*search.false_alarms, level),
        "list": _listed(inputs, search)[: settings.listed],
    }


def _listed(inputs: PrivacyInputs, search: CopySearch) -> list[dict[str, Any]]:
    """Suspected images and their training images, nearest first."""
    places, combinations = search.places, inputs.train.combinations()
    order = np.argsort(places.relative, kind="stable")
    return [
        {
            "synthetic_id": str(inputs.synthetic.image_ids[query]),
            "image_id": str(inputs.train.image_ids[places.row[query]]),
            "patient": str(inputs.train.patients[places.row[query]]),
            "fold": str(inputs.train.folds[places.row[query]]),
            "labels": str(combinations[places.row[query]]),
            "distance": places.distance[query],
            "relative_distance": places.relative[query],
            "mirrored": bool(places.mirrored[query]),
        }
        for query in order[search.suspected[order]]
    ]


def _planted(search: CopySearch, level: float) -> dict[str, dict[str, Any]]:
    """Of each disguise, how many of the planted training images are found."""
    return {
        name: {"found": one.found, "planted": one.planted, **_share(one.found, one.planted, level)}
        for name, one in search.found.items()
    }


def planted_leaks(inputs: PrivacyInputs, search: CopySearch, near: NearCopies) -> dict[str, Any]:
    """The power of the verdict: how often whole leaks would have broken the limit of near copies.

    Returns:
        `broken`: by disguise and share of the released images, how often the limit is broken; `smallest`: by disguise,
        the smallest share that is noticed 80 times of 100, or None; and the `confidence` of each judgement.
    """
    random = stream(inputs.seed, "planted leaks")
    limit, confidence = inputs.settings.thresholds.copies.limit, 1 - (1 - inputs.settings.level) / _ROWS
    broken = {
        name: {share: noticed(near, search.outcomes[name], share, limit, confidence, random) for share in LEAKS}
        for name in CHANGED
    }
    return {
        "broken": {name: {f"{share:g}": power for share, power in one.items()} for name, one in broken.items()},
        "smallest": {name: smallest_noticed(one) for name, one in broken.items()},
        "confidence": confidence,
    }


def _share(found: int, count: int, level: float) -> dict[str, Any]:
    share, low, high = clopper_pearson(found, count, (1 + level) / 2)
    return {"share": share, "interval": {"low": low, "high": high, "level": level}}
