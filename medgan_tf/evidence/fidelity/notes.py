"""Sentences that the reader of a fidelity result has to know."""

from collections.abc import Sequence
from typing import Any

from medgan_tf.evidence.fidelity.protocol import comparison_key, difference
from medgan_tf.features.extractor import ExtractorDescription
from medgan_tf.metrics.fidelity.fid import PATIENTS_PER_FEATURE
from medgan_tf.metrics.metric import Metric, Sample
from medgan_tf.metrics.overlap import Overlap, overlap_of


def notes_of(
    real: Sample,
    held_out: Sample,
    synthetic: Sample,
    extractor: ExtractorDescription,
    metrics: Sequence[Metric],
    halved: bool,
) -> list[str]:
    """What is particular about these sets and this extractor.

    Args:
        real, held_out, synthetic: The samples.
        extractor: The extractor.
        metrics: The metrics that were computed.
        halved: Whether `held_out` is a half of the real images.
    """
    notes, size = [], extractor.feature_size
    count = min(len(real), len(synthetic))
    units = min(int(one.units.max()) + 1 for one in (real, synthetic))
    if any(metric.name == "fid" for metric in metrics) and units < PATIENTS_PER_FEATURE * size:
        notes.append(
            f"warning: {units:,} {real.unit} for {size:,} features ({extractor.name}): FID is above its true value and "
            f"has no interval, which needs {PATIENTS_PER_FEATURE * size:,}; compare it with the floor at the same n, "
            "and look at KID first"
        )
    if any(metric.needs_features for metric in metrics) and not extractor.comparable:
        notes.append(
            f"warning: extractor {extractor.name!r} is for smoke runs; its values cannot be compared with any others"
        )
    if len(held_out) < count:
        notes.append(
            f"the floor is at {len(held_out):,} images, as there are no more held-out ones; compare it with the "
            "synthetic value at that number"
        )
    if real.unit == "images":
        notes.append(
            "the patients of the real images are not known: intervals are over images, and too narrow where a patient "
            "has several"
        )
    notes += _shared("synthetic", overlap_of(real, synthetic))
    return notes if halved else [*notes, *_shared("held-out", overlap_of(real, held_out))]


def _shared(name: str, shared: Overlap) -> list[str]:
    notes = []
    if shared.images:
        plural = "images are" if shared.images > 1 else "image is"
        notes.append(f"warning: {shared.images:,} {plural} in both the real and the {name} set, with equal pixels")
    if shared.patients:
        plural = "patients have" if shared.patients > 1 else "patient has"
        notes.append(f"warning: {shared.patients:,} {plural} images in both the real and the {name} set")
    return notes


def disagreement(results: list[dict[str, Any]], sets: int) -> list[str]:
    """A warning when extractors put the synthetic sets into different orders by FID.

    Args:
        results: Results for each extractor, and in them for each synthetic set.
        sets: Number of synthetic sets.
    """
    if sets < 2 or "fid" not in results[0]["metrics"]:
        return []
    keys = [comparison_key(result) for result in results[:sets]]
    reasons = [reason for key in keys[1:] if (reason := difference(keys[0], key))]
    if reasons:
        return [f"warning: the FIDs of the synthetic sets cannot be compared: {reasons[0]}"]
    if len(results) <= sets:
        return []
    orders = {}
    for start in range(0, len(results), sets):
        panel = sorted(results[start : start + sets], key=lambda result: result["metrics"]["fid"]["value"])
        orders[results[start]["extractor"]["name"]] = [result["synthetic"]["name"] for result in panel]
    if len(set(map(tuple, orders.values()))) == 1:
        return []
    told = "; ".join(f"{name}: {' < '.join(order)}" for name, order in orders.items())
    return [f"warning: the extractors disagree on the order by FID ({told})"]
