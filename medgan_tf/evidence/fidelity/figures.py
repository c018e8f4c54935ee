"""Pictures of fidelity: FID while training, and FID of every label combination, with the floor."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from medgan_tf.presentation.figure_style import (
    GREY,
    REAL,
    SYNTHETIC,
    new_figure,
    plain_numbers,
    save_figure,
    short,
    styled,
    tidy,
)
from medgan_tf.training.callbacks.fid import Evaluation

_LONGEST_TITLE = 34


@styled
def draw_history(path: Path, history: Sequence[Evaluation], result: dict[str, Any]) -> None:
    """FID against images seen, with the best evaluation, and the floor of the same extractor.

    Args:
        path: The PNG file to write.
        history: The evaluations during training, at least one.
        result: Result of `job.evaluate`, for the floor.
    """
    figure = new_figure(7.5, 4.2)
    axes = figure.subplots()
    seen = np.array([one.images_seen for one in history])
    unit, factor = ("million", 1e6) if seen.max() >= 2e6 else ("thousand", 1e3)
    values = [one.fid for one in history]
    axes.plot(seen / factor, values, "o-", color=SYNTHETIC, markersize=4, label="averaged generator")
    best = int(np.nanargmin(values)) if np.isfinite(values).any() else None
    if best is not None:
        label = f"best, {values[best]:.3g} at {seen[best]:,}"
        axes.plot(seen[best] / factor, values[best], "*", color=SYNTHETIC, markersize=14, label=label)
    lowest = result["floor"]["real"].get("fid")
    if lowest is not None:
        label = f"floor: real against held-out real, n = {result['floor']['images']:,}"
        axes.axhline(lowest, color=REAL, linestyle="--", label=label)
    axes.set_xlabel(f"real images seen, {unit}s")
    axes.set_ylabel(f"FID ({short(result['extractor']['name'])})")
    drawn = [value for value in (*values, lowest) if value is not None and value > 0]
    if drawn and max(drawn) > 10 * min(drawn):
        axes.set_yscale("log")
        plain_numbers(axes.yaxis)
    else:
        axes.set_ylim(bottom=0)
    axes.legend(frameon=False)
    tidy(axes)
    save_figure(figure, path)


@styled
def draw_combinations(path: Path, result: dict[str, Any], largest: int = 40) -> None:
    """FID of each label combination at as many images as are held out of it, beside the floor at the same number.

    Args:
        path: The PNG file to write.
        result: Result of `job.evaluate`, with FID and at least one combination.
        largest: Combinations shown, most frequent first.
    """
    rows = result["combinations"][:largest]
    figure = new_figure(8.5, 1.4 + 0.42 * len(rows))
    axes = figure.subplots()
    place = np.arange(len(rows))[::-1]
    even = [row.get("floor", {}) for row in rows]
    # Without held-out images all synthetic ones, and no floor.
    synthetic = [
        part["synthetic"]["fid"] if part else row["values"]["fid"] for row, part in zip(rows, even, strict=True)
    ]
    real = [part["real"]["fid"] if part else np.nan for part in even]
    axes.barh(place + 0.19, synthetic, 0.36, color=SYNTHETIC, label="synthetic against real")
    if np.isfinite(real).any():
        axes.barh(place - 0.19, real, 0.36, color=REAL, label="floor: held-out real against real")
    overall = result["floor"]["real"]["fid"]
    axes.axvline(overall, color=GREY, linestyle="--", label=f"floor of all, n = {result['floor']['images']:,}")
    titles = []
    for row, part in zip(rows, even, strict=True):
        name = short("|".join(row["labels"]) or "(none)", _LONGEST_TITLE)
        titles.append(f"{name}\nn = {part['images'] if part else min(row['images_real'], row['images_synthetic']):,}")
    axes.set_yticks(place, titles, fontsize=8)
    axes.set_xlabel(f"FID ({short(result['extractor']['name'])}); few images raise both bars alike")
    axes.legend(
        frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.35 / (1 + 0.2 * len(rows))), ncols=3, fontsize=8
    )
    tidy(axes)
    save_figure(figure, path)
