"""The figure of a result: accuracies of the readers against chance, and ROC curves."""

import io
from typing import Any

from matplotlib.figure import Figure

from medgan_tf.presentation.figure_style import new_figure, short, styled

_INK, _QUIET, _BAND, _MEAN = "#1f2933", "#7b8794", "#dfe7ef", "#b45309"


def result_figure(result: dict[str, Any]) -> bytes:
    """`draw_result` as PNG."""
    image = io.BytesIO()
    draw_result(result).savefig(image, format="png", dpi=110)
    return image.getvalue()


@styled
def draw_result(result: dict[str, Any]) -> Figure:
    """A result of `score_counts` or `score_answers`: one row per reader, and ROC curves where there are any."""
    readers, roc = result["readers"], result.get("roc")
    height = 1.6 + 0.26 * (len(readers) + 1)
    figure = new_figure(10 if roc else 6.4, max(height, 4.4 if roc else 2.6))
    axes = figure.subplots(1, 2 if roc else 1, squeeze=False, width_ratios=[1.35, 1] if roc else [1])[0]
    _accuracies(axes[0], result)
    if roc:
        _curves(axes[1], result)
    return figure


def _accuracies(axes: Any, result: dict[str, Any]) -> None:
    readers, tests = result["readers"], result["tests"]
    axes.axvspan(0.5 - tests["margin"], 0.5 + tests["margin"], color=_BAND, lw=0, label="margin of equivalence")
    axes.axvline(0.5, color=_QUIET, lw=1, ls="--", label="guessing")
    for row, reader in enumerate(readers):
        low, high = reader["accuracy_interval"]
        axes.plot([low, high], [row, row], color=_INK, lw=1.2)
        axes.plot(reader["accuracy"], row, "o", color=_INK, ms=4.5)
    row = len(readers) + 0.4
    beyond = result.get("readers_and_images")
    interval = beyond["interval"] if beyond else tests["interval"]
    if interval[0] is not None:
        axes.plot(interval, [row, row], color=_MEAN, lw=2)
    axes.plot(tests["mean"], row, "D", color=_MEAN, ms=6.5)
    axes.set_yticks([*range(len(readers)), row], [*(short(reader["reader"]) for reader in readers), "mean"])
    axes.set_ylim(row + 0.7, -0.7)
    axes.set_xlim(0, 1)
    axes.set_xlabel("accuracy")
    axes.set_title(_tests_line(tests, beyond), fontsize=9, loc="left")
    axes.legend(loc="upper left", fontsize=8, frameon=False, bbox_to_anchor=(0, -0.16), ncols=2, borderaxespad=0)
    _plain(axes)


def _tests_line(tests: dict[str, Any], beyond: dict[str, Any] | None) -> str:
    """The p-values, and whom they speak about."""
    whom, names = "For readers and images like these", ("below_p", "above_p", "equivalence_p")
    p_values = [beyond[name] for name in names] if beyond else [None]
    if None in p_values:
        here, rank = "for these images only", tests["signed_rank"]
        whom = f"Not decided for readers and images like these; {here}" if beyond else here.capitalize()
        p_values = [rank["less"], rank["greater"], tests["equivalence_p"]]
    words = ("below 0.5", "above", "equivalent")
    return f"{whom}\n" + "   ".join(f"{word}: p = {p:.3g}" for word, p in zip(words, p_values, strict=True))


def _curves(axes: Any, result: dict[str, Any]) -> None:
    roc = result["roc"]
    axes.plot([0, 1], [0, 1], color=_QUIET, lw=1, ls="--")
    for number, curve in enumerate(roc["curves"].values()):
        label = "each reader" if number == 0 else None
        axes.plot(*zip(*curve, strict=True), color=_QUIET, lw=0.8, alpha=0.7, label=label)
    axes.plot(*zip(*roc["pooled_curve"], strict=True), color=_MEAN, lw=2, label="all answers")
    beyond = roc.get("readers_and_images")
    low, high = (beyond or roc)["interval"]
    interval = "" if low is None else f" ({low:.2f} to {high:.2f})"
    axes.set_title(f"mean area {roc['mean_area']:.2f}{interval}", fontsize=9, loc="left")
    axes.set_xlabel("real images called synthetic")
    axes.set_ylabel("synthetic images called synthetic")
    axes.set_xlim(-0.01, 1.01)
    axes.set_ylim(-0.01, 1.01)
    axes.set_aspect("equal")
    axes.legend(loc="lower right", fontsize=8, frameon=False)
    _plain(axes)


def _plain(axes: Any) -> None:
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.tick_params(labelsize=8.5)
