"""Nearest real images of synthetic ones (paper S.6, Figure 4), with held-out patients as the control."""

import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from medgan_tf.errors import ConfigError
from medgan_tf.evidence.image_sets import ImageSet
from medgan_tf.evidence.neighbours.settings import NeighboursConfig
from medgan_tf.evidence.set_features import FeatureStore
from medgan_tf.metrics.neighbours import Neighbours, nearest
from medgan_tf.metrics.streams import chosen_rows, stream
from medgan_tf.presentation.progress import Progress, Silent
from medgan_tf.presentation.steps import Steps

_QUARTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class NeighbourResult:
    """Neighbours of synthetic images.

    Attributes:
        synthetic: The M synthetic images that were looked up.
        train, held_out: Where they were looked up; `held_out` is None without a control.
        in_train, in_held_out: Their neighbours there.
        summary: The content of `neighbours.json`.
    """

    synthetic: ImageSet
    train: ImageSet
    held_out: ImageSet | None
    in_train: Neighbours
    in_held_out: Neighbours | None
    summary: dict[str, Any]


def find_neighbours(
    train: ImageSet,
    held_out: ImageSet | None,
    synthetic: ImageSet,
    settings: NeighboursConfig,
    seed: int,
    store: FeatureStore,
    progress: Progress | None = None,
) -> NeighbourResult:
    """The nearest training images of synthetic ones, and their nearest held-out images.

    Held-out images are fewer, and among more images there is a nearer one by chance alone. So the control is fair only
    against as many training images: `summary` also holds distances to a random part of the training set of the same
    size.

    Args:
        train, held_out, synthetic: Images of one resolution.
        settings: How many images are looked up, and how many neighbours each has.
        seed: Seed of the choice of synthetic images, and of the part of the training set.
        store: Computes the features.
        progress: Shows how far the work is.

    Raises:
        ConfigError: There are fewer training images than neighbours are asked for.
        DataError: The extractor cannot take the images.
    """
    started, steps = time.monotonic(), Steps(progress or Silent())
    if settings.neighbours > len(train):
        raise ConfigError(
            f"evaluation.neighbours.neighbours must be at most the {len(train)} training images. Received: "
            f"{settings.neighbours}"
        )
    queries = stream(seed, "synthetic images looked up")
    chosen = synthetic.take(chosen_rows(len(synthetic), settings.queries or len(synthetic), queries))
    sets = {"synthetic": chosen, "train": train} | ({"held_out": held_out} if held_out is not None else {})
    features = {
        name: store.features(one.images, steps.counted(f"features of {one.name}")) for name, one in sets.items()
    }

    def search(name: str, base: np.ndarray, count: int) -> Neighbours:
        return nearest(features["synthetic"], base, count, lambda d, t: steps(f"searching {name}: {d} of {t} tiles"))

    in_train, in_held_out, equal = search("train", features["train"], settings.neighbours), None, None
    if held_out is not None:
        in_held_out = search("held-out", features["held_out"], min(settings.neighbours, len(held_out)))
        rows = chosen_rows(len(train), len(held_out), stream(seed, "part of the training images"))
        part = features["train"][rows]
        equal = search("a part of train", part, 1)
    distances = {"train": _quantiles(in_train)}
    if in_held_out is not None:
        distances |= {
            "held_out": _quantiles(in_held_out),
            f"train_part_of_{min(len(train), len(held_out))}": _quantiles(equal),
        }
    summary = {
        "format_version": 1,
        "what": "neighbours",
        "distance": "cosine",
        "extractor": store.extractor.describe(),
        "seed": seed,
        "settings": settings.model_dump(mode="json"),
        **{name: one.describe_patients() for name, one in sets.items()},
        "nearest_distance": distances,
        "seconds": round(time.monotonic() - started, 1),
    }
    return NeighbourResult(chosen, train, held_out, in_train, in_held_out, summary)


def _quantiles(found: Neighbours) -> dict[str, float]:
    return {f"{share:.0%}": float(np.quantile(found.distance[:, 0], share)) for share in _QUARTILES}
