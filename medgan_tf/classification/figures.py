"""ROC curves and the reliability curve of one classifier."""

from pathlib import Path

import numpy as np
from matplotlib.ticker import LogLocator, NullLocator
from sklearn.metrics import roc_curve

from medgan_tf.classification.predictions import Predictions
from medgan_tf.metrics.auc import auc_per_label
from medgan_tf.metrics.calibration import reliability
from medgan_tf.presentation.figure_style import (
    COLOURS,
    GREY,
    new_figure,
    plain_numbers,
    save_figure,
    short,
    styled,
    tidy,
)

_DASHES = ("-", "--", ":", "-.")


def write_classifier_figures(folder: Path, predictions: Predictions, title: str) -> None:
    """Writes `roc.png` and `reliability.png` into the classifier folder.

    Args:
        folder: The classifier folder.
        predictions: Predictions of the real test fold.
        title: Title of the training set.
    """
    save_figure(roc_figure(predictions, f"Trained on: {title}"), folder / "roc.png")
    save_figure(reliability_figure(predictions, f"Trained on: {title}"), folder / "reliability.png")


@styled
def roc_figure(predictions: Predictions, title: str):
    """ROC curves of all labels; labels with one class in the test fold are named as undefined."""
    figure = new_figure(7.0, 4.6)
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle=":")
    aucs = auc_per_label(predictions.truth, predictions.scores)
    for k, name in enumerate(predictions.label_names):
        style = {"color": COLOURS[k % len(COLOURS)], "linestyle": _DASHES[k // len(COLOURS) % len(_DASHES)]}
        if not np.isfinite(aucs[k]):
            axes.plot([], [], label=f"{short(name)}: undefined (one class)", **style)
            continue
        false, true, _ = roc_curve(predictions.truth[:, k], predictions.scores[:, k], drop_intermediate=False)
        axes.plot(false, true, linewidth=1.6, label=f"{short(name)}: {aucs[k]:.3f}", **style)
    axes.set(xlabel="false positive rate", ylabel="true positive rate", xlim=(-0.01, 1), ylim=(0, 1.01), aspect="equal")
    tidy(axes)
    axes.set_title(short(title, 60), fontsize=11)
    figure.legend(*axes.get_legend_handles_labels(), loc="outside right center", frameon=False, fontsize=9, title="AUC")
    return figure


@styled
def reliability_figure(predictions: Predictions, title: str):
    """Observed against predicted frequency over all labels, and below how many predictions lie in each bin."""
    curve = reliability(predictions.truth, predictions.scores)
    figure = new_figure(4.8, 5.6)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    upper.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle=":")
    upper.plot(curve.predicted, curve.observed, marker="o", markersize=4, linewidth=1.6, color=COLOURS[0])
    upper.set(ylabel="observed frequency", xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    upper.set_title(f"{short(title)}\ncalibration error {curve.error:.3f}", fontsize=11)
    lower.bar(curve.predicted, curve.images, width=0.05, color=COLOURS[0])
    lower.set(xlabel="predicted probability", ylabel="predictions", yscale="log", ylim=(0.8, None))
    lower.yaxis.set_minor_locator(NullLocator())
    lower.yaxis.set_major_locator(LogLocator(numticks=4))
    plain_numbers(lower.yaxis)
    for axes in (upper, lower):
        tidy(axes)
    return figure
