"""Synthetic images over their nearest real ones, as in the paper's Figure 4."""

from pathlib import Path

import numpy as np

from medgan_tf.evidence.neighbours.measure import NeighbourResult
from medgan_tf.presentation.figure_style import COLOURS, new_figure, save_figure, styled
from medgan_tf.presentation.picture_strips import name_row, no_axis, show_image

_PER_ROW = 8


@styled
def draw_neighbours(path: Path, result: NeighbourResult, shown: int) -> None:
    """A row of synthetic images and a row of their nearest training images, with distance and labels under each.

    Images come from the whole range of distances: the nearest pair, the farthest, and evenly between.

    Args:
        path: The PNG file to write.
        result: Result of `find_neighbours`.
        shown: Number of synthetic images.
    """
    distances = result.in_train.distance[:, 0]
    order = np.argsort(distances, kind="stable")
    chosen = order[np.unique(np.linspace(0, len(order) - 1, min(shown, len(order))).round().astype(int))]
    columns = min(_PER_ROW, len(chosen))
    groups = -(-len(chosen) // columns)
    kinds = 2 if result.held_out is None else 3
    figure = new_figure(1.55 * columns + 0.6, (1.95 * kinds + 0.25) * groups)
    axes = figure.subplots(kinds * groups, columns, squeeze=False)
    for one in axes.ravel():
        no_axis(one)
    synthetic_labels, train_labels = result.synthetic.combinations(), result.train.combinations()
    for number, query in enumerate(chosen):
        top, column = kinds * (number // columns), number % columns
        show_image(axes[top, column], result.synthetic.images[query], synthetic_labels[query])
        row = result.in_train.index[query, 0]
        show_image(axes[top + 1, column], result.train.images[row], f"{distances[query]:.4f}\n{train_labels[row]}")
        if result.held_out is not None:
            row, distance = result.in_held_out.index[query, 0], result.in_held_out.distance[query, 0]
            labels = result.held_out.combinations()[row]
            show_image(axes[top + 2, column], result.held_out.images[row], f"{distance:.4f}\n{labels}")
    titles = ("synthetic", "nearest training", "nearest held-out")
    for row in range(kinds * groups):
        name_row(axes[row, 0], titles[row % kinds], COLOURS[(1, 0, 2)[row % kinds]])
    save_figure(figure, path)
