"""Sheets as PNG files, and strips as animated GIF files."""

import io
from pathlib import Path

import numpy as np
from PIL import Image

from medgan_tf.presentation.figure_style import figure_png, new_figure, short, styled, write_picture
from medgan_tf.synthesis.explore.sheets import Sheet
from medgan_tf.synthesis.marks.gif import gif_comment
from medgan_tf.synthesis.marks.marks import Marks
from medgan_tf.synthesis.marks.png_writer import marked_png

_INCHES = 0.95
_SMALLEST_GIF = 192
_MILLISECONDS = 90


@styled
def write_sheet(sheet: Sheet, path: Path, marks: Marks) -> None:
    """Writes a sheet as a PNG file with marks, atomically. Raises `RunError` when the disk does not take it."""
    rows, columns, side = sheet.images.shape[:3]
    figure = new_figure(2.4 + _INCHES * columns, 0.6 + _INCHES * rows)
    figure.suptitle(short(sheet.title, 130), fontsize=9)
    for number, axes in enumerate(figure.subplots(rows, 1, squeeze=False).ravel()):
        strip = _side_by_side(sheet.images[number, ..., 0])
        axes.imshow(strip, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
        axes.set_xticks([])
        axes.set_yticks([])
        axes.spines[:].set_visible(False)
        name = "\n".join(short(line, 30) for line in sheet.rows[number].split("|"))
        axes.set_ylabel(name, rotation=0, ha="right", va="center", fontsize=7)
        if number == 0 and sheet.columns:
            axes.xaxis.tick_top()
            places = [column * (side + _gap(side)) + side / 2 - 0.5 for column in range(columns)]
            axes.set_xticks(places, sheet.columns, fontsize=7)
            axes.tick_params(length=0)
    write_picture(marked_png(figure_png(figure), marks), path)


def _gap(side: int) -> int:
    return max(1, side // 16)


def _side_by_side(images: np.ndarray) -> np.ndarray:
    """Images uint8 [N, R, R] in one row with white gaps, uint8 [R, width]."""
    framed = np.pad(images, ((0, 0), (0, 0), (0, _gap(images.shape[1]))), constant_values=255)
    return np.concatenate(list(framed), axis=1)[:, : -_gap(images.shape[1])]


def write_gif(sheet: Sheet, path: Path, marks: Marks) -> None:
    """Writes the rows of a strip side by side as an animation to the end of the way and back, with marks, atomically.

    Raises `RunError` when the disk does not take it.
    """
    frames = np.stack([_side_by_side(column) for column in sheet.images[..., 0].swapaxes(0, 1)])
    factor = max(1, -(-_SMALLEST_GIF // frames.shape[1]))
    frames = np.repeat(np.repeat(frames, factor, axis=1), factor, axis=2)
    order = [*range(len(frames)), *range(len(frames) - 2, 0, -1)]
    pictures = [Image.fromarray(np.ascontiguousarray(frames[number])) for number in order]
    content = io.BytesIO()
    options = {"append_images": pictures[1:], "duration": _MILLISECONDS, "loop": 0, "comment": gif_comment(marks)}
    pictures[0].save(content, "GIF", save_all=True, optimize=False, **options)
    write_picture(content.getvalue(), path)
