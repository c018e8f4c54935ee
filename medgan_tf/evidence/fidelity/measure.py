"""The chosen metrics of one synthetic set against one real set: values, intervals, floor, label combinations."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from medgan_tf.metrics.metric import Metric, Options, Sample
from medgan_tf.metrics.streams import chosen_rows


def measure(real: Sample, synthetic: Sample, metrics: Sequence[Metric], options: Options) -> dict[str, Any]:
    """Values with 95 % intervals.

    Args:
        real, synthetic: The two sets, with features if a metric needs them.
        metrics: The metrics to compute.
        options: How they are computed.

    Returns:
        By key a dict with `value`, `interval` and further values of the metric; see `Quantity.found`.
    """
    found: dict[str, Any] = {}
    for metric in metrics:
        found |= metric(real, synthetic, options)
    return found


def quick_values(real: Sample, synthetic: Sample, metrics: Sequence[Metric], options: Options) -> dict[str, float]:
    """Values alone, by key: for the floor and for label combinations. NaN where there are too few images."""
    found: dict[str, float] = {}
    for metric in metrics:
        found |= metric.values(real, synthetic, options)
    return found


def floor(
    real: Sample, held_out: Sample, synthetic: Sample, metrics: Sequence[Metric], options: Options
) -> dict[str, Any]:
    """The values of real images against other real images, and of synthetic ones at the same number of images.

    Returns:
        `images` n, `real` values of n real against n held-out images, `synthetic` values of n real against n
        synthetic ones.
    """
    count, real, held_out, synthetic = _even(real, held_out, synthetic, options)
    options.step(f"floor: {count:,} held-out real images")
    lowest = quick_values(real, held_out, metrics, options)
    options.step(f"{count:,} synthetic images beside the floor")
    return {"images": count, "real": lowest, "synthetic": quick_values(real, synthetic, metrics, options)}


def beside(
    real: Sample, held_out: Sample, synthetic: Sample, metrics: Sequence[Metric], options: Options, halved: bool
) -> dict[str, Any]:
    """As `floor`, of all quantities and with intervals; and the synthetic images against the held-out real ones.

    The generator has seen the real images but not the held-out ones. Images that it copied are close to the first only.

    Args:
        real, held_out, synthetic: The samples.
        metrics: The metrics to compute.
        options: How they are computed.
        halved: Whether `held_out` is a half of the real images: then nothing was held out, and there is no
            `held_out` in the result.

    Returns:
        `images`, `real` and `synthetic` as of `floor`, `held_out` values of n held-out against n synthetic images, and
        `intervals` with the intervals of each of the three by key.
    """
    count, real, held_out, synthetic = _even(real, held_out, synthetic, options)
    pairs = {"real": (real, held_out), "synthetic": (real, synthetic)}
    if not halved:
        pairs["held_out"] = (held_out, synthetic)
    found: dict[str, Any] = {"images": count, "intervals": {}}
    quick = {one.key for metric in metrics for one in metric.quantities if one.quick}
    for name, pair in pairs.items():
        options.step(f"{count:,} images beside the floor: {name.replace('_', '-')}")
        measured = measure(*pair, metrics, options)
        quantities = {one.key: one.found(measured) for metric in metrics for one in metric.quantities}
        # What is undefined has a reason in the part `metrics`, which need not be said three times more.
        found[name] = {
            key: one["value"] for key, one in quantities.items() if one and (key in quick or np.isfinite(one["value"]))
        }
        found["intervals"][name] = {
            key: one["interval"] for key, one in quantities.items() if one and "interval" in one
        }
    return found


def _even(real: Sample, held_out: Sample, synthetic: Sample, options: Options) -> tuple[int, Sample, Sample, Sample]:
    """As many images of each as the smallest set has, and their number."""
    sets = real, held_out, synthetic
    count = min(map(len, sets))
    # One stream for all: generated images have the labels of the real ones row by row, and so have these.
    return count, *(one.take(chosen_rows(len(one), count, options.random("images beside the floor"))) for one in sets)


def by_combination(
    real: Sample,
    even: tuple[Sample, Sample, Sample],
    label_names: Sequence[str],
    metrics: Sequence[Metric],
    options: Options,
) -> list[dict[str, Any]]:
    """The metrics of every label combination of the real images, most frequent first.

    Args:
        real: All real images.
        even: Real, held-out and synthetic images of the floor; the real ones are a half where none are held out.
        label_names: Names of the labels.
        metrics: The metrics to compute.
        options: How they are computed.

    Returns:
        `labels`, `images_real`, `images_synthetic`, `values`, and `floor` as from `floor` where held-out images exist;
        nothing where labels are not known.
    """
    reference, held_out, synthetic = even
    if real.labels is None or synthetic.labels is None:
        return []
    vectors, counts = np.unique(real.labels, axis=0, return_counts=True)
    rows = []
    for vector in vectors[np.argsort(-counts, kind="stable")]:
        names = [name for name, value in zip(label_names, vector, strict=True) if value]
        parts = [_with_labels(sample, vector) for sample in (real, synthetic)]
        options.step(f"combination {'|'.join(names) or '(none)'}")
        row: dict[str, Any] = {"labels": names, "images_real": len(parts[0]), "images_synthetic": len(parts[1])}
        row["values"] = quick_values(*parts, metrics, options)
        held = _with_labels(held_out, vector) if held_out.labels is not None else None
        if held is not None and min(len(held), len(parts[1])) > 1:
            row["floor"] = floor(_with_labels(reference, vector), held, parts[1], metrics, options)
        rows.append(row)
    return rows


def combination_mean(rows: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Means over the rows of `by_combination`, weighted by real images: unlike the whole, they see swapped labels."""
    if not rows:
        return {}
    weights = np.array([row["images_real"] for row in rows], float)
    return {key: float(np.average([row["values"][key] for row in rows], weights=weights)) for key in rows[0]["values"]}


def _with_labels(sample: Sample, vector: np.ndarray) -> Sample:
    return sample.take(np.flatnonzero((sample.labels == vector).all(axis=1)))
