"""A contact sheet of pictures with burned-in text, so that one look shows whether they name anybody. It is private."""

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from matplotlib.patches import Rectangle

from medgan_tf.data.looks.text import Box, find_text
from medgan_tf.data.reading.limits import Limits
from medgan_tf.data.reading.pool import UnreadableFile, read_files
from medgan_tf.data.tables.table import Source
from medgan_tf.errors import DataError
from medgan_tf.files.json_files import parse_json
from medgan_tf.presentation.figure_style import COLOURS, new_figure, styled

MOST_PICTURES = 40
_COLUMNS, _TILE = 5, 360
_INCHES = 3.0
_DPI = 110


@dataclass(frozen=True)
class Tile:
    """A picture on the sheet: its title, uint8 grey [H, W], and the boxes around what was found."""

    title: str
    image: np.ndarray
    boxes: tuple[Box, ...]


@dataclass(frozen=True)
class TileTask:
    """A picture of a source, shrunk, with the boxes of its text: JSON, a zero byte, and the pixels; by its path."""

    source: Source

    def start(self) -> None:
        """One thread is enough for few pictures."""
        cv2.setNumThreads(1)

    def __call__(self, path: str) -> bytes:
        image = self.source.read_image(path)
        boxes = find_text(image).boxes
        scale = min(_TILE / max(image.shape), 1.0)
        size = max(round(image.shape[1] * scale), 1), max(round(image.shape[0] * scale), 1)
        small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        scaled = [[round(value * scale) for value in box] for box in boxes]
        return json.dumps({"shape": small.shape, "boxes": scaled}).encode() + b"\0" + small.tobytes()


def read_tiles(source: Source, titles: Sequence[tuple[str, str]], limits: Limits | None = None) -> list[Tile]:
    """The pictures of (title, path); those that cannot be read any more are left out."""
    task = TileTask(source)
    titles = titles[:MOST_PICTURES]
    paths = [path for _, path in titles]
    answers = read_files(task, paths, 1, limits) if source.reads_in_processes else map(_caught(task), paths)
    tiles = []
    for (title, _), answer in zip(titles, answers, strict=True):
        if not isinstance(answer, UnreadableFile):
            head, _, pixels = answer.partition(b"\0")
            values = parse_json(head)
            image = np.frombuffer(pixels, np.uint8).reshape(values["shape"])
            tiles.append(Tile(title, image, tuple(map(tuple, values["boxes"]))))
    return tiles


def _caught(task: TileTask):
    def answer(path: str) -> bytes | UnreadableFile:
        try:
            return task(path)
        except DataError as error:
            return UnreadableFile(str(error))

    return answer


@styled
def sheet_png(tiles: Sequence[Tile], title: str) -> bytes:
    """The sheet as a PNG file: boxes around what was found, the title of each picture above it.

    Args:
        tiles: At least one picture.
        title: Of the whole sheet.
    """
    columns = min(_COLUMNS, len(tiles))
    rows = -(-len(tiles) // columns)
    figure = new_figure(max(columns * _INCHES, 2 * _INCHES), rows * (_INCHES + 0.3) + 0.5)
    figure.suptitle(title, fontsize=11)
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes in grid:
        axes.set_axis_off()
    for axes, tile in zip(grid, tiles, strict=False):
        axes.imshow(tile.image, cmap="gray", vmin=0, vmax=255)
        axes.set_title(tile.title, fontsize=8)
        for left, top, width, height in tile.boxes:
            # Beside the letters, not on them.
            corner = (left - 3, top - 3)
            axes.add_patch(Rectangle(corner, width + 5, height + 5, fill=False, edgecolor=COLOURS[4], linewidth=1.2))
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=_DPI, facecolor="white", metadata={"Software": None})
    return stream.getvalue()
