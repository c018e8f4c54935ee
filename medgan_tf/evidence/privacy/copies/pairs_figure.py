"""Suspected copies as pairs of pictures."""

from pathlib import Path

import numpy as np

from medgan_tf.evidence.privacy.copies.search import CopySearch
from medgan_tf.evidence.privacy.inputs import PrivacyInputs
from medgan_tf.presentation.figure_style import COLOURS, new_figure, save_figure, styled
from medgan_tf.presentation.picture_strips import name_row, no_axis, show_image

_SHOWN = 12
_PER_ROW = 6


@styled
def draw_pairs(path: Path, inputs: PrivacyInputs, search: CopySearch) -> bool:
    """The most suspicious synthetic images over the training images they may be copies of.

    Args:
        path: The PNG file to write.
        inputs, search: Inputs and search for copies of the audit.

    Returns:
        Whether there was anything to show.
    """
    order = np.argsort(search.places.relative, kind="stable")
    order = order[search.suspected[order]][:_SHOWN]
    if not len(order):
        return False
    columns = min(_PER_ROW, len(order))
    groups = -(-len(order) // columns)
    figure = new_figure(1.75 * columns + 0.6, 4.4 * groups)
    axes = figure.subplots(2 * groups, columns, squeeze=False)
    for one in axes.ravel():
        no_axis(one)
    for number, query in enumerate(order):
        top, column = 2 * (number // columns), number % columns
        row, found = search.places.row[query], search.places
        flipped = ", mirrored" if found.mirrored[query] else ""
        show_image(axes[top, column], inputs.synthetic.images[query], str(inputs.synthetic.image_ids[query]))
        patient = inputs.train.patients[row] or "unknown"
        text = f"{inputs.train.image_ids[row]}\npatient {patient}\nrelative {found.relative[query]:.3f}{flipped}"
        show_image(axes[top + 1, column], inputs.train.images[row], text)
    for row in range(2 * groups):
        name_row(axes[row, 0], ("synthetic", "training")[row % 2], COLOURS[(1, 0)[row % 2]])
    save_figure(figure, path)
    return True
