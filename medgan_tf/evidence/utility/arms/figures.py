"""Learning curves: AUC over the share of real patients, with and without pretraining, and over synthetic images."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from medgan_tf.classification.arms.names import FINE_TUNED, MULTIPLE
from medgan_tf.classification.published_code import flipped_title
from medgan_tf.evidence.utility.arms.words import arm_entries
from medgan_tf.evidence.utility.gap_view import shown_interval
from medgan_tf.presentation.figure_style import GREY, REAL, SYNTHETIC, new_figure, short, styled, tidy

Points = dict[float, dict[str, Any]]


def has_curves(gap: dict[str, Any]) -> bool:
    """Whether there is an arm that lies on a learning curve."""
    return any(entry["kind"] in (FINE_TUNED, MULTIPLE) for entry in arm_entries(gap))


@styled
def curves_figure(gap: dict[str, Any]) -> Figure:
    """One panel for fine-tuning and one for numbers of synthetic images, those of them that there are."""
    conditions, entries = gap["conditions"], arm_entries(gap)
    tuned = [entry for entry in entries if entry["kind"] == FINE_TUNED]
    multiples = [entry for entry in entries if entry["kind"] == MULTIPLE]
    count = bool(tuned) + bool(multiples)
    figure = new_figure(4.6 * count + 0.6, 4)
    panels = list(figure.subplots(1, count, sharey=True, squeeze=False)[0])
    if tuned:
        axes = panels.pop(0)
        alone = {entry["size"]: conditions[entry["control"]] for entry in tuned}
        after = {entry["size"]: conditions[entry["arm"]] for entry in tuned}
        # A little apart, so that bars do not hide each other.
        _line(axes, alone, REAL, "real images alone", 0.97)
        _line(axes, after, SYNTHETIC, "after synthetic images", 1.03)
        _level(axes, conditions["synthetic"], SYNTHETIC, "synthetic images alone")
        _scale(axes, sorted(alone), "share of the real training patients", "{:g}%", 100)
    if multiples:
        axes = panels.pop(0)
        points = {1.0: conditions["synthetic"]} | {entry["size"]: conditions[entry["arm"]] for entry in multiples}
        _line(axes, points, SYNTHETIC, "synthetic images alone", 1.0)
        _level(axes, conditions["real"], REAL, "real images alone")
        _scale(axes, sorted(points), "synthetic images, as a multiple of the synthetic set", "{:g} x", 1)
    over = "seeds and patients" if len(gap["seeds"]) > 1 else "patients"
    title = short(f"{gap['experiment']}, {gap['architecture']}", 60)
    figure.suptitle(f"{title}: bars: 95 % over {over}{flipped_title(gap)}", fontsize=11)
    figure.axes[0].set_ylabel("mean AUC on real test patients")
    return figure


def _mean(condition: dict[str, Any]) -> float:
    value = condition["mean_auc"]["over_seeds"]["mean"]
    return np.nan if value is None else value


def _line(axes: Axes, points: Points, colour: str, label: str, shift: float) -> None:
    sizes = sorted(points)
    means = np.array([_mean(points[size]) for size in sizes])
    found = [shown_interval(points[size]["mean_auc"]) for size in sizes]
    ends = np.array([[one.low, one.high] if one.defined else [np.nan, np.nan] for one in found], np.float64)
    errors = np.maximum([means - ends[:, 0], ends[:, 1] - means], 0)
    x = np.array(sizes) * shift
    axes.errorbar(x, means, errors, marker="o", markersize=5, capsize=3, linewidth=1.6, color=colour, label=label)


def _level(axes: Axes, condition: dict[str, Any], colour: str, label: str) -> None:
    axes.axhline(_mean(condition), color=colour, linewidth=1, linestyle="--", label=label)


def _scale(axes: Axes, sizes: list[float], words: str, form: str, factor: float) -> None:
    axes.set_xscale("log")
    axes.set_xticks(sizes, [form.format(factor * size) for size in sizes])
    axes.minorticks_off()
    axes.set_xlim(sizes[0] / 1.3, sizes[-1] * 1.3)
    axes.set_xlabel(words)
    axes.axhline(0.5, color=GREY, linewidth=0.8, linestyle=":", zorder=0)
    tidy(axes)
    axes.legend(frameon=False, fontsize=9, loc="best")
