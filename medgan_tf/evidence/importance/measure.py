"""Importance maps of the real- and the synthetic-trained classifier, and their agreement (paper S.7, Figure 5)."""

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from medgan_tf.errors import ConfigError, DataError
from medgan_tf.evidence.image_sets import ImageSet
from medgan_tf.evidence.importance.classifier import LoadedClassifier
from medgan_tf.evidence.importance.map_agreement import (
    flat_below,
    importance_map,
    loss_increase,
    partial_rank_correlation,
    rank_correlation,
    top_overlap,
)
from medgan_tf.evidence.importance.occluder import Occluder
from medgan_tf.evidence.importance.settings import OcclusionConfig
from medgan_tf.files.atomic import atomic_path
from medgan_tf.files.npz_files import read_arrays
from medgan_tf.metrics.clustered_mean import clustered_mean
from medgan_tf.metrics.streams import stream
from medgan_tf.presentation.progress import Progress, Silent

ALL_LABELS = "all labels"


@dataclass
class ClassifierMaps:
    """One classifier's answers under all masks.

    Attributes:
        classifier: Title of the classifier.
        before: float32 [N, L], probabilities of the images.
        increase: float64 [N, n, n, L], loss increases, not floored.
        limits: float64 [N, L], increases up to which a map is flat.
        changes: float64 [N, n, n], mean absolute change of the grey values under each mask.
        masks_per_second: Speed of the masks that were computed and not read from the cache; NaN if none was computed.
        method, work: How masks were computed, and the share of a whole pass's multiplications that each mask costs.
    """

    classifier: LoadedClassifier
    before: np.ndarray
    increase: np.ndarray
    limits: np.ndarray
    changes: np.ndarray
    masks_per_second: float
    method: str
    work: dict[str, Any] | None = field(default=None)

    def maps(self, label: int | None) -> np.ndarray:
        """Importance maps [N, n, n] of one label or of all."""
        return np.stack([importance_map(one, label) for one in self.increase])

    def increases(self, label: int | None) -> np.ndarray:
        """Loss increases [N, n, n] of one label, or their mean over labels; at least 0."""
        return np.maximum(self.increase.mean(axis=3) if label is None else self.increase[..., label], 0.0)

    def flat(self, label: int | None) -> np.ndarray:
        """Images whose map says nothing, bool [N], see `OcclusionConfig.flat`."""
        limits = self.limits.mean(axis=1) if label is None else self.limits[:, label]
        return self.increases(label).max(axis=(1, 2)) <= limits


def chosen_images(images: ImageSet, settings: OcclusionConfig, seed: int) -> ImageSet:
    """The images to look at: those named, or a random one of each label combination in turn.

    Args:
        images: All that there are; without names only those of the test fold are drawn.
        settings: Names or number.
        seed: Seed of the draw.

    Raises:
        DataError: A named image is not there.
    """
    if settings.image_ids:
        rows = {image: row for row, image in enumerate(images.image_ids)}
        missing = [image for image in settings.image_ids if image not in rows]
        if missing:
            raise DataError(
                f"no image {missing[0]} in the dataset; expected pseudonyms as in neighbours.csv or predictions.csv"
            )
        return images.take(np.array([rows[image] for image in settings.image_ids]))
    random, combinations = stream(seed, "images of the importance maps"), images.combinations()
    test = np.flatnonzero(images.folds == "test")
    names, counts = np.unique(combinations[test], return_counts=True)
    turns = [random.permutation(test[combinations[test] == name]) for name in names[np.argsort(-counts, kind="stable")]]
    rows = [turn[number] for number in range(max(map(len, turns), default=0)) for turn in turns if number < len(turn)]
    return images.take(np.array(rows[: settings.images], np.int64))


def checked_labels(names: Sequence[str], known: Sequence[str]) -> list[str]:
    """Label names as given. Raises `ConfigError` for one that the dataset does not have."""
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ConfigError(f"evaluation.occlusion.labels: no label {unknown[0]!r}; the dataset has {', '.join(known)}")
    return list(names)


def occlude(
    classifiers: Sequence[LoadedClassifier],
    images: ImageSet,
    settings: OcclusionConfig,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> list[ClassifierMaps]:
    """All masks of all images for every classifier; images that were finished before are read.

    Args:
        classifiers: Classifiers of one dataset.
        images: Images with labels.
        settings: Patch, stride and batch.
        cache: Folder of finished maps; None keeps none.
        progress: Shows how many masks are finished.

    Raises:
        ConfigError: The patch is larger than the image.
    """
    progress, stride = progress or Silent(), settings.stride or settings.patch
    occluders = [Occluder(one, settings.patch, stride, settings.batch, fill=settings.fill) for one in classifiers]
    total, done = sum(one.positions**2 for one in occluders) * len(images), 0
    results = []
    for occluder in occluders:
        before, increase, limits, seconds, computed = [], [], [], 0.0, 0

        def report(masks: int, title: str = occluder.classifier.title) -> None:
            nonlocal done
            done += masks
            progress(done, total, f"{title} classifier")

        for image, truth in zip(images.images, images.labels, strict=True):
            path = _cache_path(cache, occluder, image)
            found = _read(path, (occluder.positions, occluder.positions, images.labels.shape[1]))
            if found is None:
                started = time.monotonic()
                found = occluder.probabilities(image, report)
                seconds, computed = seconds + time.monotonic() - started, computed + occluder.positions**2
                _write(path, *found)
            else:
                report(occluder.positions**2)
            before.append(found[0])
            increase.append(loss_increase(*found, truth))
            limits.append(flat_below(found[0], truth, settings.flat))
        work = occluder.work()
        results.append(
            ClassifierMaps(
                occluder.classifier,
                np.stack(before),
                np.stack(increase),
                np.stack(limits),
                np.stack([occluder.changes(image) for image in images.images]),
                computed / seconds if computed else float("nan"),
                occluder.method,
                asdict(work) if work else None,
            )
        )
    return results


def _cache_path(folder: Path | None, occluder: Occluder, image: np.ndarray) -> Path | None:
    if folder is None:
        return None
    described = [1, occluder.classifier.weights_sha256, occluder.patch, occluder.stride, list(image.shape)]
    described += [] if occluder.fill == "zero" else [occluder.fill]
    digest = hashlib.sha256(json.dumps(described).encode() + image.tobytes()).hexdigest()
    return folder / f"masks-{digest[:32]}.npz"


def _read(path: Path | None, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray] | None:
    if path is None or not path.is_file():
        return None
    try:
        arrays = read_arrays(path)
        before, after = arrays["before"], arrays["after"]
    except (DataError, KeyError):
        return None
    return (before, after) if after.shape == shape and before.shape == shape[2:] else None


def _write(path: Path | None, before: np.ndarray, after: np.ndarray) -> None:
    if path is None:
        return
    with atomic_path(path, shared=True) as partial:
        np.savez(partial, before=before, after=after)


def agreement(
    first: ClassifierMaps,
    second: ClassifierMaps,
    patients: np.ndarray,
    settings: OcclusionConfig,
    label: int | None,
) -> dict[str, Any]:
    """Agreement of two classifiers' maps, as means over the images with 95 % intervals over patients.

    Images where one of the two maps is flat are left out and counted.

    Returns:
        `rank_correlation`, `partial_rank_correlation` (after the change of the grey values is regressed out) and
        `top_overlap` with `value`, `interval` and one value for each image (NaN where left out); `compared`, the number
        of images; `flat`, the number of flat maps of either.
    """
    flat = first.flat(label), second.flat(label)
    maps = list(zip(first.maps(label), second.maps(label), first.changes, strict=True))
    values = {
        "rank_correlation": [rank_correlation(*pair) for *pair, _ in maps],
        "partial_rank_correlation": [partial_rank_correlation(*three) for three in maps],
        "top_overlap": [top_overlap(*pair, settings.top) for *pair, _ in maps],
    }
    result: dict[str, Any] = {
        name: _mean(np.where(flat[0] | flat[1], np.nan, found), patients, _BOUNDS[name])
        for name, found in values.items()
    }
    counts = {"first": int(flat[0].sum()), "second": int(flat[1].sum())}
    return result | {"compared": int((~(flat[0] | flat[1])).sum()), "flat": counts}


def brightness_part(maps: ClassifierMaps, patients: np.ndarray, label: int | None) -> dict[str, Any]:
    """Rank correlation of the maps with the change of the grey values under each mask, as in `agreement`."""
    found = [rank_correlation(*pair) for pair in zip(maps.maps(label), maps.changes, strict=True)]
    return _mean(np.where(maps.flat(label), np.nan, found), patients, (-1.0, 1.0))


_BOUNDS = {"rank_correlation": (-1.0, 1.0), "partial_rank_correlation": (-1.0, 1.0), "top_overlap": (0.0, 1.0)}


def _mean(values: np.ndarray, patients: np.ndarray, bounds: tuple[float, float]) -> dict[str, Any]:
    mean = clustered_mean(values, patients, bounds)
    interval = {"low": mean.low, "high": mean.high, "level": mean.level}
    return {"value": mean.value, "interval": interval, "patients": mean.patients, "images": values}
