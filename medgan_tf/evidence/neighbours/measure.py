"""Nearest real images of synthetic ones (paper S.6, Figure 4), with held-out patients as the control."""

import csv
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from medgan_tf.errors import ConfigError, DataError
from medgan_tf.evidence.comparison import Steps
from medgan_tf.evidence.neighbours.figures import draw_neighbours
from medgan_tf.evidence.neighbours.settings import NeighboursConfig
from medgan_tf.evidence.set_features import FeatureStore
from medgan_tf.evidence.traced_set import TracedSet
from medgan_tf.files.atomic import atomic_path
from medgan_tf.files.result_files import write_json
from medgan_tf.metrics.neighbours import Neighbours, nearest
from medgan_tf.metrics.streams import chosen_rows, stream
from medgan_tf.presentation.progress import Progress, Silent

TABLE, RESULT = "neighbours.csv", "neighbours.json"
_QUARTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class NeighbourResult:
    """What was found.

    Attributes:
        synthetic: The M synthetic images that were looked up.
        train, held_out: Where they were looked up; `held_out` is None without a control.
        in_train, in_held_out: Their neighbours there.
        summary: What goes into `neighbours.json`.
    """

    synthetic: TracedSet
    train: TracedSet
    held_out: TracedSet | None
    in_train: Neighbours
    in_held_out: Neighbours | None
    summary: dict[str, Any]


def find_neighbours(
    train: TracedSet,
    held_out: TracedSet | None,
    synthetic: TracedSet,
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
        settings: How many of each.
        seed: Of the choice of synthetic images, and of the part of the training set.
        store: Makes the features.
        progress: Told about the work.

    Raises:
        ConfigError: Fewer training images than neighbours are asked for.
        DataError: From the extractor.
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
        **{name: one.describe() for name, one in sets.items()},
        "nearest_distance": distances,
        "seconds": round(time.monotonic() - started, 1),
    }
    return NeighbourResult(chosen, train, held_out, in_train, in_held_out, summary)


def check_labels(first: TracedSet, second: TracedSet) -> None:
    """Raises `DataError` when two sets have different labels."""
    if first.label_names and second.label_names and first.label_names != second.label_names:
        raise DataError(
            f"{second.name} images have the labels {', '.join(second.label_names)}; {first.name} images have "
            f"{', '.join(first.label_names)}"
        )


def _quantiles(found: Neighbours) -> dict[str, float]:
    return {f"{share:.0%}": float(np.quantile(found.distance[:, 0], share)) for share in _QUARTILES}


def save_neighbours(folder: Path, result: NeighbourResult, shown: int) -> list[Path]:
    """Writes `neighbours.csv` (every pair), `neighbours.json` and `neighbours.png`; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    _write_table(folder / TABLE, result)
    write_json(folder / RESULT, result.summary)
    draw_neighbours(folder / "neighbours.png", result, shown)
    return [folder / TABLE, folder / RESULT, folder / "neighbours.png"]


def _write_table(path: Path, result: NeighbourResult) -> None:
    header = "synthetic_id synthetic_labels among rank image_id patient fold labels distance".split()
    synthetic = (result.synthetic.image_ids, result.synthetic.combinations())
    with atomic_path(path) as partial, open(partial, "w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(header)
        for among, real, found in (
            ("train", result.train, result.in_train),
            ("held_out", result.held_out, result.in_held_out),
        ):
            if found is None:
                continue
            combinations = real.combinations()
            for query, rank in np.ndindex(found.index.shape):
                row = found.index[query, rank]
                table.writerow(
                    [
                        synthetic[0][query], synthetic[1][query], among, rank + 1, real.image_ids[row],
                        real.patients[row], real.folds[row], combinations[row], f"{found.distance[query, rank]:.9g}",
                    ]
                )  # fmt: skip


def neighbour_lines(result: NeighbourResult) -> str:
    """What the terminal shows."""
    summary = result.summary
    lines = [
        f"{len(result.synthetic):,} synthetic images against {len(result.train):,} training images, cosine distance in "
        f"the features of {summary['extractor']['name']}",
        "distance to the nearest image    5 %     median       95 %",
    ]
    for name, values in summary["nearest_distance"].items():
        title = name.replace("_", " ").replace("held out", "held-out patients").replace("train part", "training: part")
        title = title if title != "train" else "training images"
        lines.append(f"{title:<27}{values['5%']:>10.5f} {values['50%']:>10.5f} {values['95%']:>10.5f}")
    closest = np.argsort(result.in_train.distance[:, 0], kind="stable")[:3]
    for query in closest:
        row = result.in_train.index[query, 0]
        lines.append(
            f"closest: {result.synthetic.image_ids[query]} and {result.train.image_ids[row]}"
            + (f" of patient {result.train.patients[row]}" if result.train.patients[row] else "")
            + f", distance {result.in_train.distance[query, 0]:.5f}"
        )
    lines.append("distances alone prove nothing: `medgan-tf privacy` tests")
    return "\n".join(lines)
