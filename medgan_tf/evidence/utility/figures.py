"""Figures of the gap: per label, all training sets side by side, the mixing curve, ROC curves of both classifiers."""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.metrics import roc_curve

from medgan_tf.classification.predictions import Predictions
from medgan_tf.classification.published_code import FLIPPED_TITLE, flipped_title
from medgan_tf.evidence.utility.arms.figures import curves_figure, has_curves
from medgan_tf.evidence.utility.gap_view import OLDER, GapView, gap_view, shown_interval
from medgan_tf.presentation.blocks import is_number
from medgan_tf.presentation.figure_style import GREY, REAL, SYNTHETIC, new_figure, save_figure, short, styled, tidy


def write_gap_figures(folder: Path, gap: dict[str, Any], real: Predictions, synthetic: Predictions) -> list[Path]:
    """Writes `gap.png`, `conditions.png`, `roc.png`, with mixtures `mixing.png`, with arms `learning_curves.png`.

    Args:
        folder: Folder to write to.
        gap: Result of `measure_gap`.
        real, synthetic: Predictions of the first seed, for the ROC curves.

    Returns:
        The files.
    """
    view = gap_view(gap)
    figures = {
        "gap.png": gap_figure(view, f"{gap['experiment']}, {gap['architecture']}; margin {view.margin:g}"),
        "conditions.png": conditions_figure(gap),
        "roc.png": roc_pair_figure(gap, real, synthetic),
    }
    if any(name.startswith("mix_") for name in gap["conditions"]):
        figures["mixing.png"] = mixing_figure(gap)
    if has_curves(gap):
        figures["learning_curves.png"] = curves_figure(gap)
    for name, figure in figures.items():
        save_figure(figure, folder / name)
    return [folder / name for name in figures]


@styled
def gap_figure(view: GapView, title: str = "") -> Figure:
    """Each label's gap and that of the mean with its interval, seeds as dots, the margin as a band.

    Args:
        view: The gap to draw.
        title: Title of the figure; where AUCs are flipped, a further line says so.
    """
    rows = (*view.rows, view.mean)
    figure = new_figure(7.2, 1.3 + 0.34 * len(rows))
    axes = figure.subplots()
    axes.axvspan(-view.margin, view.margin, color="#ececec", zorder=0)
    axes.axvline(0, color=GREY, linewidth=1)
    for place, row in enumerate(reversed(rows)):
        if not is_number(row.gap):
            axes.text(0, place, " undefined: one class in the test fold", va="center", fontsize=9, color=GREY)
            continue
        colour = "black" if row is view.mean else SYNTHETIC
        if row.interval.defined:
            axes.plot([row.interval.low, row.interval.high], [place, place], color=colour, linewidth=2)
        if len(row.values) > 1:
            values = [value if is_number(value) else np.nan for value in row.values]
            axes.plot(values, [place] * len(values), ".", color=colour, alpha=0.5, markersize=7)
        axes.plot(row.gap, place, "D", color=colour, markersize=6)
    axes.set_yticks(range(len(rows)), [short(row.label) for row in reversed(rows)])
    axes.set_ylim(-0.6, len(rows) - 0.4)
    dots = ", dots: seeds" if len(view.seeds) > 1 else ""
    over = "seeds and patients" if len(view.seeds) > 1 and view.finding != OLDER else "patients"
    axes.set_xlabel(f"AUC(real) - AUC(synthetic)\nline: {view.level:.0%} over {over}{dots}; grey: within the margin")
    tidy(axes)
    if titles := [line for line in (short(title, 90), FLIPPED_TITLE if view.flipped else "") if line]:
        axes.set_title("\n".join(titles), fontsize=10)
    return figure


@styled
def conditions_figure(gap: dict[str, Any]):
    """Mean AUC on real test patients for everything a classifier was trained on."""
    entries, permuted = list(gap["conditions"].values()), gap.get("permutations")
    lowest = -1 if permuted else 0
    figure = new_figure(7.5, 1.2 + 0.36 * (len(entries) - lowest))
    axes = figure.subplots()
    axes.axvline(0.5, color=GREY, linewidth=1, linestyle=":")
    for row, entry in enumerate(entries):
        y, auc = len(entries) - 1 - row, entry["mean_auc"]
        colour = SYNTHETIC if entry["synthetic_share"] else REAL
        found = shown_interval(auc)
        if found.defined:
            axes.plot([found.low, found.high], [y, y], color=colour, linewidth=2)
        axes.plot(auc["values"], np.full(len(auc["values"]), y), ".", color=colour, alpha=0.5, markersize=7)
        axes.plot(auc["over_seeds"]["mean"], y, "D", color=colour, markersize=6)
    titles = [short(entry["title"]) for entry in entries][::-1]
    if permuted:
        values = [value for found in permuted["classifiers"].values() for value in found["values"]]
        axes.plot(values, np.full(len(values), -1), ".", color=GREY, markersize=7)
        titles = [f"real, labels permuted ({permuted['count']})", *titles]
    axes.set_yticks(range(lowest, len(entries)), titles)
    axes.set_xlabel(f"mean AUC on real test patients\nline: 95 % {_over(gap)}, dots: seeds, diamond: their mean")
    tidy(axes)
    title = short(f"{gap['experiment']}, {gap['architecture']}", 60)
    axes.set_title(f"{title}: trained on{flipped_title(gap)}", fontsize=11)
    return figure


@styled
def mixing_figure(gap: dict[str, Any]):
    """Mean AUC against the synthetic share, one line for each share of real images."""
    figure = new_figure(6, 4)
    axes = figure.subplots()
    names = [name for name in gap["conditions"] if name in ("real", "synthetic") or name.startswith("mix_")]
    entries = [gap["conditions"][name] for name in names]
    shares = sorted({entry["real_share"] for entry in entries}, reverse=True)
    shades = np.linspace(0, 0.65, len(shares))
    for share, shade in zip(shares, shades, strict=True):
        _mixing_line(axes, [entry for entry in entries if entry["real_share"] == share], share, str(shade))
    axes.set(xlabel="share of the synthetic images", ylabel="mean AUC on real test patients", xlim=(-0.06, 1.06))
    tidy(axes)
    axes.legend(title="real images", frameon=False, fontsize=9)
    title = f"Mixing real and synthetic images; bars: 95 % {_over(gap)}{flipped_title(gap)}"
    axes.set_title(title, fontsize=11)
    return figure


def _over(gap: dict[str, Any]) -> str:
    return "over seeds and patients" if len(gap["seeds"]) > 1 and "verdict" in gap else "over patients"


def _mixing_line(axes: Axes, entries: list[dict], share: float, colour: str) -> None:
    entries = sorted(entries, key=lambda entry: entry["synthetic_share"])
    means = np.array([entry["mean_auc"]["over_seeds"]["mean"] for entry in entries])
    found = [shown_interval(entry["mean_auc"]) for entry in entries]
    ends = np.array([[one.low, one.high] if one.defined else [np.nan, np.nan] for one in found], np.float64)
    # The intervals of version 0.1 need not contain the estimate when the test fold is tiny.
    errors = np.maximum([means - ends[:, 0], ends[:, 1] - means], 0)
    x = [entry["synthetic_share"] for entry in entries]
    axes.errorbar(
        x, means, errors, marker="o", markersize=5, capsize=3, linewidth=1.6, color=colour, label=f"{share:.0%}"
    )


@styled
def roc_pair_figure(gap: dict[str, Any], real: Predictions, synthetic: Predictions):
    """ROC curves of the real and the synthetic classifier, one panel for each label."""
    names = gap["label_names"]
    columns = min(4, len(names))
    rows = -(-len(names) // columns)
    figure = new_figure(2.3 * columns, 2.45 * rows + 0.5)
    panels = np.atleast_1d(figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)).ravel()
    for k, (name, axes) in enumerate(zip(names, panels, strict=False)):
        axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.8, linestyle=":")
        for predictions, kind, colour in ((real, "real", REAL), (synthetic, "synthetic", SYNTHETIC)):
            if name in gap["undefined"]:
                axes.text(0.5, 0.5, "undefined:\none class", ha="center", va="center", fontsize=9, color=GREY)
                break
            false, true, _ = roc_curve(predictions.truth[:, k], predictions.scores[:, k], drop_intermediate=False)
            axes.plot(false, true, color=colour, linewidth=1.5, label=f"trained on {kind} images")
        axes.set_title(short(name, 24), fontsize=10)
        axes.set(aspect="equal", xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), xticks=[0, 0.5, 1], yticks=[0, 0.5, 1])
        tidy(axes)
    for axes in panels[len(names) :]:
        axes.set_visible(False)
    figure.supxlabel("false positive rate", fontsize=10)
    figure.supylabel("true positive rate", fontsize=10)
    with_lines = next((axes for axes in panels if axes.get_legend_handles_labels()[0]), panels[0])
    figure.legend(
        *with_lines.get_legend_handles_labels(), loc="outside upper center", ncols=2, frameon=False, fontsize=9
    )
    return figure
