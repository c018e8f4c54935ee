"""All fidelity metrics of one synthetic set against one real set: values, intervals, floor, label combinations."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from medgan_tf.evidence.image_sets import ImageSet
from medgan_tf.metrics.frechet import frechet_distance_of
from medgan_tf.metrics.kernel import discrepancy_influences, kernel_distance, squared_discrepancy
from medgan_tf.metrics.manifold import manifold_counts
from medgan_tf.metrics.resampling import bootstrap_interval, extrapolate, mean_interval
from medgan_tf.metrics.sliced_wasserstein import patch_descriptors, sliced_distance
from medgan_tf.metrics.structural_similarity import multiscale_similarity, random_pairs

METRICS = ("fid", "kid", "prdc", "ms_ssim", "swd")
"""FID; KID; precision, recall, density and coverage; MS-SSIM; sliced Wasserstein distance."""
FEATURE_METRICS = ("fid", "kid", "prdc")
PRDC = ("precision", "recall", "density", "coverage")
_PAIRS = 1000
_PAIRS_PER_COMBINATION = 200
_DIRECTIONS, _FEW_DIRECTIONS = 512, 32
_NAN = float("nan")

Step = Callable[[str], None]


@dataclass(frozen=True)
class Sample:
    """Images of one set with their features (None when no metric needs them)."""

    set: ImageSet
    features: np.ndarray | None

    def __len__(self) -> int:
        return len(self.set)

    def take(self, rows: np.ndarray) -> "Sample":
        """Some of them."""
        return Sample(self.set.take(rows), None if self.features is None else self.features[rows])


def measure(
    real: Sample, synthetic: Sample, metrics: tuple[str, ...], neighbours: int, bootstrap: int, step: Step
) -> dict[str, Any]:
    """Values with 95 % intervals.

    Args:
        real, synthetic: The two sets.
        metrics: Of `METRICS`.
        neighbours: k of precision, recall, density and coverage.
        bootstrap: Resamples behind the interval of FID.
        step: Called with what is done next.

    Returns:
        By metric a dict with `value`, `interval` and what belongs to it.
    """
    found: dict[str, Any] = {}
    if "fid" in metrics:
        found["fid"] = _fid(real.features, synthetic.features, bootstrap, step)
    if "kid" in metrics:
        step("KID")
        found["kid"] = _kid(real.features, synthetic.features)
    if "prdc" in metrics:
        found |= _prdc(real.features, synthetic.features, neighbours, step)
    if "ms_ssim" in metrics:
        step("MS-SSIM")
        found["ms_ssim"] = {
            where: {"real": _similarity(real.set, where), "synthetic": _similarity(synthetic.set, where)}
            for where in ("within", "between")
        }
    if "swd" in metrics:
        found["swd"] = _swd(real.set, synthetic.set, bootstrap, step)
    return found


def _fid(real: np.ndarray, synthetic: np.ndarray, bootstrap: int, step: Step) -> dict[str, Any]:
    step("FID")
    value = frechet_distance_of(real, synthetic)
    count = 0

    def counted(what: str) -> Callable[..., float]:
        def statistic(*samples: np.ndarray) -> float:
            nonlocal count
            count += 1
            step(f"FID {what} {count}")
            return frechet_distance_of(*samples, quick=True)

        return statistic

    interval = bootstrap_interval(value, counted("of resample"), [real, synthetic], bootstrap)
    count = 0
    smallest = max(real.shape[1] + 1, min(len(real), len(synthetic)) // 2)
    infinite = extrapolate(counted("of smaller set"), [real, synthetic], smallest)
    return {"value": value, "interval": interval, "bootstrap": bootstrap, "infinite": infinite}


def _kid(real: np.ndarray, synthetic: np.ndarray) -> dict[str, Any]:
    result = kernel_distance(real, synthetic)
    _, *influences = discrepancy_influences(real, synthetic)
    return {
        "value": result.value,
        "standard_error": result.standard_error,
        "interval": mean_interval(result.value, influences),
        "subsets": result.subsets,
        "subset_size": result.subset_size,
    }


def _prdc(real: np.ndarray, synthetic: np.ndarray, neighbours: int, step: Step) -> dict[str, Any]:
    if min(len(real), len(synthetic)) <= neighbours:
        return {name: {"value": _NAN, "neighbours": neighbours} for name in PRDC}
    counts = manifold_counts(
        real, synthetic, neighbours, lambda done, total: step(f"neighbours of {done:,} of {total:,} images")
    )
    return {
        # The neighbourhoods stay as they are; what is resampled is which images lie in them.
        name: {
            "value": value,
            "interval": mean_interval(value, [getattr(counts, name)]),
            "neighbours": neighbours,
        }
        for name, value in counts.values().items()
    }


def _similarity(images: ImageSet, where: str, pairs: int = _PAIRS) -> dict[str, Any]:
    labels = images.labels if images.labels is not None else np.zeros((len(images), 1))
    if where == "within" and images.labels is None:
        return {"value": _NAN, "pairs": 0}
    # Without labels all pairs count as pairs between combinations.
    chosen = random_pairs(labels, pairs, within=where == "within" or images.labels is None)
    if not len(chosen) or images.images.shape[1] < 11:
        return {"value": _NAN, "pairs": 0}
    values = multiscale_similarity(images.images[chosen[:, 0]], images.images[chosen[:, 1]])
    value = float(values.mean())
    return {"value": value, "interval": mean_interval(value, [values]), "pairs": len(chosen)}


def _swd(real: ImageSet, synthetic: ImageSet, bootstrap: int, step: Step) -> dict[str, Any]:
    step("sliced Wasserstein distance")
    if real.images.shape[1] < 16:
        return {"value": _NAN, "levels": {}}
    first, second = patch_descriptors(real.images, 0), patch_descriptors(synthetic.images, 1)
    levels = {}
    for side in first:
        step(f"sliced Wasserstein distance at {side} pixels")
        levels[str(side)] = sliced_distance(first[side], second[side], _DIRECTIONS)

    def average(*rows: np.ndarray) -> float:
        step("sliced Wasserstein distance of a resample")
        pairs = ((first[side][rows[0]], second[side][rows[1]]) for side in first)
        return float(np.mean([sliced_distance(one, other, _FEW_DIRECTIONS) for one, other in pairs]))

    value = float(np.mean(list(levels.values())))
    numbers = [np.arange(len(real)), np.arange(len(synthetic))]
    interval = bootstrap_interval(value, average, numbers, min(bootstrap, 10))
    return {"value": value, "interval": interval, "levels": levels}


def quick_values(real: Sample, synthetic: Sample, metrics: tuple[str, ...], neighbours: int) -> dict[str, float]:
    """Values alone: for the floor and for label combinations. NaN where there are too few images."""
    found: dict[str, float] = {}
    few = min(len(real), len(synthetic))
    if "fid" in metrics:
        found["fid"] = frechet_distance_of(real.features, synthetic.features) if few > 1 else _NAN
    if "kid" in metrics:
        found["kid"] = squared_discrepancy(real.features, synthetic.features) if few > 1 else _NAN
    if "prdc" in metrics:
        enough = few > neighbours
        found |= (
            manifold_counts(real.features, synthetic.features, neighbours).values()
            if enough
            else dict.fromkeys(PRDC, _NAN)
        )
    if "ms_ssim" in metrics:
        found["ms_ssim"] = _similarity(synthetic.set, "within", _PAIRS_PER_COMBINATION)["value"]
        found["ms_ssim_real"] = _similarity(real.set, "within", _PAIRS_PER_COMBINATION)["value"]
    if "swd" in metrics and real.set.images.shape[1] >= 16:
        first, second = patch_descriptors(real.set.images, 0), patch_descriptors(synthetic.set.images, 1)
        found["swd"] = float(np.mean([sliced_distance(first[s], second[s], _FEW_DIRECTIONS) for s in first]))
    return found


def floor(
    real: Sample, held_out: Sample, synthetic: Sample, metrics: tuple[str, ...], neighbours: int, step: Step
) -> dict[str, Any]:
    """What real images score against other real images, and the synthetic ones at that same number.

    Returns:
        `images` n, `real` values of n real against n held-out images, `synthetic` values of n real against n
        synthetic ones.
    """
    count = min(len(real), len(held_out), len(synthetic))
    thin = [sample.take(_thinned(len(sample), count)) for sample in (real, held_out, synthetic)]
    step(f"floor: {count:,} held-out real images")
    lowest = quick_values(thin[0], thin[1], metrics, neighbours)
    step(f"{count:,} synthetic images beside the floor")
    return {"images": count, "real": lowest, "synthetic": quick_values(thin[0], thin[2], metrics, neighbours)}


def by_combination(
    real: Sample, held_out: Sample | None, synthetic: Sample, metrics: tuple[str, ...], neighbours: int, step: Step
) -> list[dict[str, Any]]:
    """The metrics of every label combination that both sets have, most frequent first.

    Returns:
        `labels`, `images_real`, `images_synthetic`, `values`, and `floor` as from `floor` where held-out images exist.
    """
    if real.set.labels is None or synthetic.set.labels is None:
        return []
    vectors, counts = np.unique(real.set.labels, axis=0, return_counts=True)
    rows = []
    for vector in vectors[np.argsort(-counts, kind="stable")]:
        names = [name for name, value in zip(real.set.label_names, vector, strict=True) if value]
        parts = [_with_labels(sample, vector) for sample in (real, synthetic)]
        title = "|".join(names) or "(none)"
        step(f"combination {title}")
        row = {"labels": names, "images_real": len(parts[0]), "images_synthetic": len(parts[1])}
        row["values"] = quick_values(*parts, metrics, neighbours)
        held = _with_labels(held_out, vector) if held_out is not None and held_out.set.labels is not None else None
        if held is not None and min(len(held), len(parts[1])) > 1:
            row["floor"] = floor(parts[0], held, parts[1], metrics, neighbours, step)
        rows.append(row)
    return rows


def _with_labels(sample: Sample, vector: np.ndarray) -> Sample:
    return sample.take(np.flatnonzero((sample.set.labels == vector).all(axis=1)))


def _thinned(count: int, wanted: int) -> np.ndarray:
    return np.sort(np.random.default_rng(1).permutation(count)[:wanted])
