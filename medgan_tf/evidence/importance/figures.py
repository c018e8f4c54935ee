"""Importance maps over the images, as in the paper's Figure 5: deeper red for what matters more."""

import textwrap
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize

from medgan_tf.evidence.image_sets import ImageSet
from medgan_tf.evidence.importance.measure import ClassifierMaps
from medgan_tf.presentation.figure_style import new_figure, save_figure, short, styled
from medgan_tf.presentation.picture_strips import name_row, no_axis, show_image

# White to dark red; CIE lightness falls evenly from 100 to 30, so that equal steps look equal.
_REDS = LinearSegmentedColormap.from_list(
    "even_reds", ["#ffffff", "#fddcd3", "#f9b7a8", "#f1927f", "#e36b59", "#cc4138", "#a5191f", "#7c0413"]
)
_BRIGHTEST = 99.5
_PER_FIGURE = 10


@styled
def draw_maps(path: Path, images: ImageSet, maps: Sequence[ClassifierMaps], title: str, label: int | None) -> None:
    """A row of images and a row of maps for each classifier.

    Args:
        path: The PNG file to write.
        images: The images that were masked; the first ten are drawn.
        maps: Maps of each classifier.
        title: The label, or all.
        label: Its column, or None for all labels.
    """
    shown = min(len(images), _PER_FIGURE)
    figure = new_figure(1.75 * shown + 1.2, 1.95 * (len(maps) + 1) + 0.35)
    axes = figure.subplots(len(maps) + 1, shown, squeeze=False)
    for one in axes.ravel():
        no_axis(one)
    combinations = images.combinations()
    for column in range(shown):
        show_image(axes[0, column], images.images[column], combinations[column])
    name_row(axes[0, 0], "real image", "#000000")
    for row, one in enumerate(maps, start=1):
        name_row(axes[row, 0], "\n".join(textwrap.wrap(short(one.classifier.title), 14)), "#000000")
        increases, flat = one.increases(label)[:shown], one.flat(label)[:shown]
        top = row_scale(increases, flat)
        for column, place in enumerate(axes[row]):
            place.imshow(overlay(images.images[column], increases[column], 0.0 if flat[column] else top))
            words = [] if label is None else [f"p = {one.before[column, label]:.2f}"]
            words += ["flat"] if flat[column] else []
            place.text(0.5, -0.03, ", ".join(words), transform=place.transAxes, ha="center", va="top", fontsize=7)
        if top > 0:
            bar = figure.colorbar(ScalarMappable(Normalize(0, top), _REDS), ax=axes[row].tolist(), shrink=0.8,
                                  ticks=[0, top], pad=0.01)  # fmt: skip
            bar.ax.set_yticklabels(["0", f"{top:.2g}"], fontsize=7)
            bar.set_label("loss increase\nper patch", fontsize=7)
    figure.suptitle(short(title), fontsize=9)
    save_figure(figure, path)


def row_scale(increases: np.ndarray, flat: np.ndarray) -> float:
    """The loss increase at the end of the colours, for all maps [N, n, n] of a classifier; 0 if every map is flat.

    It is the largest of the maps' 99.5 % quantiles, so that one outlier does not hide the rest.
    """
    return float(max((np.percentile(one, _BRIGHTEST) for one in increases[~flat]), default=0.0))


def overlay(image: np.ndarray, increases: np.ndarray, top: float, side: int = 224) -> np.ndarray:
    """A map [n, n] over a grey image [R, R, 1]: uint8 [side, side, 3].

    Each patch is a square of one colour. Red covers the image the more, the larger the value.

    Args:
        image: uint8 [R, R, 1].
        increases: Loss increase of each patch, at least 0.
        top: The increase of the darkest red; with 0 the image stays as it is.
        side: Side of the picture, pixels.
    """
    grey = cv2.resize(image[..., 0], (side, side), interpolation=cv2.INTER_LINEAR)[..., None] / 255.0
    values = np.clip(increases / top, 0, 1) if top > 0 else np.zeros_like(increases)
    values = cv2.resize(values, (side, side), interpolation=cv2.INTER_NEAREST)
    cover = 0.85 * np.sqrt(values)[..., None]
    mixed = (1 - cover) * grey + cover * _REDS(values)[..., :3]
    return np.rint(255 * mixed).astype(np.uint8)
