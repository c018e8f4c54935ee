"""Nearest real images as text for terminals."""

from typing import Any

import numpy as np

from medgan_tf.evidence.neighbours.measure import NeighbourResult
from medgan_tf.features.comparable import incomparable


def neighbour_lines(result: NeighbourResult) -> str:
    """The lines for the terminal."""
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
    lines += incomparable(summary["extractor"])
    lines.append("distances alone prove nothing: `medgan-tf privacy` tests")
    return "\n".join(lines)


def summarise_neighbours(result: dict[str, Any]) -> str:
    """The content of `neighbours.json` in one line: the median distances."""
    medians = {name: values["50%"] for name, values in result["nearest_distance"].items()}
    # Among more images there is a nearer one by chance, so as many training as held-out images are compared.
    equal = next((name for name in medians if name.startswith("train_part_of_")), "train")
    line = f"median distance to the nearest training image {medians[equal]:.4g}"
    return f"{line}, held-out image {medians['held_out']:.4g}" if "held_out" in medians else line
