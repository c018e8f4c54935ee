"""Rows of small grey images with text under them, as parts of figures."""

import textwrap

import numpy as np
from matplotlib.axes import Axes

_LABEL_WIDTH = 22


def no_axis(axes: Axes) -> None:
    """Takes away frame, ticks and numbers.

    The ticks too, although an axis that is off shows none: Matplotlib would make each of them all the same.
    """
    axes.set_axis_off()
    axes.set_xticks([])
    axes.set_yticks([])


def show_image(axes: Axes, image: np.ndarray, text: str) -> None:
    """A grey image [R, R, 1] with text under it."""
    axes.imshow(image[..., 0], cmap="gray", vmin=0, vmax=255, interpolation="nearest")
    lines = [part for line in text.split("\n") for part in textwrap.wrap(line.replace("|", ", "), _LABEL_WIDTH)]
    axes.text(0.5, -0.03, "\n".join(lines[:4]), transform=axes.transAxes, ha="center", va="top", fontsize=7)


def name_row(axes: Axes, title: str, colour: str) -> None:
    """Text to the left of the first image of a row."""
    axes.text(
        -0.06, 0.5, title, transform=axes.transAxes, rotation=90, ha="right", va="center", fontsize=9, color=colour
    )
