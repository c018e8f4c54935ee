"""Pictures to watch a run by: one row per label combination, real images on the left, generated ones on the right."""

from pathlib import Path

import cv2
import keras
import numpy as np

from medgan_tf.data.conditions.columns import Conditions
from medgan_tf.data.images import to_uint8
from medgan_tf.data.private.noisy_counts import NoisyCounts
from medgan_tf.data.records.reader import DatasetFolder, FoldArrays
from medgan_tf.data.tables.combinations import find_combinations
from medgan_tf.files.atomic import atomic_path
from medgan_tf.files.event_file import EventFile
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.gans.gan import ConditionalGan
from medgan_tf.training.sampling import make_sampler
from medgan_tf.training.state import Tick

_TEXT_WIDTH = 230
_GAP = 10
_MIN_CELL = 48


class SampleGrid(keras.callbacks.Callback):
    """Generated images of the same noise and labels every time, beside real images of the same label combinations.

    In a private run there are no real ones.

    Args:
        gan: The GAN in training; its averaged generator is sampled.
        tick: The measured tick.
        folder: The run.
        period: Real images between two grids; the end of the run has one too.
        rows: Names, real images or None, and labels, as `sample_rows` and `noisy_rows` return them.
        events: Shared event file, or None.
    """

    def __init__(
        self,
        gan: ConditionalGan,
        tick: Tick,
        folder: RunFolder,
        period: int,
        rows: tuple[list[str], np.ndarray | None, np.ndarray],
        events: EventFile | None,
    ):
        super().__init__()
        self.gan = gan
        self.tick = tick
        self.folder = folder
        self.period = period
        self.names, self.real, self.labels = rows
        self.events = events
        # Fixed for all runs of one shape, so that grids of different seeds can be compared.
        self.z = np.random.default_rng(0).standard_normal((len(self.labels), gan.config.latent_size), np.float32)
        self.sample = make_sampler(gan, gan.ema_generator)

    def on_train_begin(self, logs=None):
        if not (self.folder.samples / "latest.png").exists():
            self.write(int(self.gan.images_seen.numpy()))

    def on_epoch_end(self, epoch, logs=None):
        if self.tick.last or self.tick.is_due(self.period):
            self.write(self.tick.values["images_seen"])

    def write(self, images_seen: int) -> None:
        """Writes `samples/<images seen>.png` and `samples/latest.png`."""
        batch = 64
        self.gan.refresh_average()
        parts = [self.sample(self.z[i : i + batch], self.labels[i : i + batch]) for i in range(0, len(self.z), batch)]
        columns = len(self.labels) // len(self.names)
        picture = labelled_grid(self.real, to_uint8(np.concatenate(parts)), self.names, columns)
        write_png(self.folder.samples / f"{images_seen:011d}.png", picture)
        write_png(self.folder.samples / "latest.png", picture)
        if self.events is not None:
            height, width = picture.shape
            self.events.picture(images_seen, "samples", png_bytes(picture), width, height)
            self.events.flush()


def tile(images: np.ndarray, columns: int) -> np.ndarray:
    """uint8 [N, R, R, 1] row by row into one picture; small images are enlarged by whole factors."""
    factor = max(1, -(-_MIN_CELL // images.shape[1]))
    cells = np.repeat(np.repeat(images[..., 0], factor, axis=1), factor, axis=2)
    side = cells.shape[1]
    rows = cells.reshape(-1, columns, side, side)
    return rows.transpose(0, 2, 1, 3).reshape(len(rows) * side, columns * side)


def labelled_grid(real: np.ndarray | None, synthetic: np.ndarray, names: list[str], columns: int) -> np.ndarray:
    """The picture, uint8 [H, W]: row names, real images, synthetic images.

    Args:
        real: uint8 [rows * columns, R, R, 1]; None leaves their part out.
        synthetic: The same shape.
        names: One text per row.
        columns: Images per row on each side.
    """
    parts = [("real", real), ("synthetic", synthetic)]
    tiles = [(title, tile(images, columns)) for title, images in parts if images is not None]
    height, header, white = tiles[0][1].shape[0], 22, 255
    side = height // len(names)
    width = _TEXT_WIDTH + sum(cells.shape[1] for _, cells in tiles) + _GAP * (len(tiles) - 1)
    picture, place = np.full((header + height, width), white, np.uint8), _TEXT_WIDTH
    for title, cells in tiles:
        picture[header:, place : place + cells.shape[1]] = cells
        _write(picture, title, place, 16)
        place += cells.shape[1] + _GAP
    for row, name in enumerate(names):
        lines = name.split("|")
        top = header + row * side + side // 2 - 7 * (len(lines) - 1)
        for line, text in enumerate(lines):
            _write(picture, text, 4, top + 14 * line + 4)
    return picture


def _write(picture: np.ndarray, text: str, x: int, y: int) -> None:
    cv2.putText(picture, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, 0.42, 0, 1, cv2.LINE_AA)


def sample_rows(
    dataset: DatasetFolder, fold: FoldArrays, rows: int, columns: int, conditions: Conditions | None = None
) -> tuple[list[str], np.ndarray, np.ndarray]:
    """The most frequent label combinations with real images of each, repeated where there are fewer than `columns`.

    With `conditions`, the columns that follow the findings, combinations of findings and covariates.

    Returns:
        Row names, real images uint8 [rows * columns, R, R, 1], labels float32 [rows * columns, L].
    """
    names, positions = [], []
    for name, vector in _frequent(dataset, fold, conditions or Conditions())[:rows]:
        found = np.flatnonzero((fold.labels == np.asarray(vector, np.float32)).all(axis=1))
        if len(found):
            names.append(name)
            positions.append(np.resize(found, columns))
    chosen = np.concatenate(positions)
    return names, fold.images[chosen], fold.labels[chosen]


def noisy_rows(counts: NoisyCounts, rows: int, columns: int) -> tuple[list[str], None, np.ndarray]:
    """As `sample_rows`, for a private run: the combinations with the largest noisy numbers, and no real images."""
    order = np.argsort(-counts.counts, kind="stable")[:rows]
    labels = np.repeat(counts.vectors[order].astype(np.float32), columns, axis=0)
    return [counts.names[row] for row in order], None, labels


def _frequent(dataset: DatasetFolder, fold: FoldArrays, conditions: Conditions) -> list[tuple[str, list[int]]]:
    """Names and label vectors of the combinations, most frequent first."""
    if conditions.columns:
        found = find_combinations(fold.labels, (*dataset.label_names, *conditions.names))
        return list(zip(found.names, found.labels.tolist(), strict=True))
    ordered = sorted(dataset.manifest.combinations, key=lambda combination: -combination.train)
    return [("|".join(one.labels) or "(none)", one.vector) for one in ordered]


def png_bytes(picture: np.ndarray) -> bytes:
    """A uint8 [H, W] picture as a PNG file."""
    return cv2.imencode(".png", picture)[1].tobytes()


def write_png(path: Path, picture: np.ndarray) -> None:
    """Writes a uint8 [H, W] picture, atomically."""
    with atomic_path(path) as partial:
        partial.write_bytes(png_bytes(picture))
