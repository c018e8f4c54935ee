"""TensorBoard's projector: a few hundred synthetic images as points, by their features. Real images have no place here.

Beside the event files of a run lie `projector_config.pbtxt` and, for each extractor, three files: the features as text,
the labels as text, and all images small in one picture.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from google.protobuf import text_format
from tensorboard.plugins.projector import ProjectorConfig

from medgan_tf.data.tables.combinations import combination_name
from medgan_tf.errors import DataError, RunError
from medgan_tf.files.atomic import write_together
from medgan_tf.files.json_files import file_bytes
from medgan_tf.training.callbacks.samples import png_bytes

CONFIG = "projector_config.pbtxt"
_FOLDER = "projector"
# So that 1,000 images of any size fit into a picture that browsers take.
_LARGEST_SIDE = 64
_LARGEST_CONFIG = 2**20


@dataclass(frozen=True)
class Embedding:
    """Synthetic images with their features.

    Attributes:
        name: Name of the extractor, which names the files.
        images: uint8 [N, R, R, 1].
        features: float32 [N, D].
        labels: float32 [N, L], or None where they are not known.
        label_names: L names; empty without labels.
    """

    name: str
    images: np.ndarray
    features: np.ndarray
    labels: np.ndarray | None
    label_names: tuple[str, ...]


def write_projector(folder: Path, embeddings: Sequence[Embedding]) -> None:
    """Writes what the projector shows of a run. Embeddings of other names, written earlier, stay.

    Args:
        folder: The folder of the run's event files.
        embeddings: One for each extractor.

    Raises:
        RunError: The disk does not take it.
    """
    known, files = _read_config(folder / CONFIG), {}
    names = {one.name for one in embeddings}
    config = ProjectorConfig(embeddings=[one for one in known.embeddings if one.tensor_name not in names])
    for one in embeddings:
        entry, paths = config.embeddings.add(), [f"{_FOLDER}/{one.name}-{part}" for part in _PARTS]
        entry.tensor_name, (entry.tensor_path, entry.metadata_path, entry.sprite.image_path) = one.name, paths
        small = _small(one.images)
        entry.tensor_shape.extend(one.features.shape)
        entry.sprite.single_image_dim.extend(small.shape[1:3])
        contents = _feature_rows(one.features), _label_rows(one.labels, one.label_names, len(small)), _sprite(small)
        files |= {folder / path: content for path, content in zip(paths, contents, strict=True)}
    try:
        write_together(files | {folder / CONFIG: text_format.MessageToString(config).encode()})
    except OSError as error:
        raise RunError(f"cannot write the files of the projector to {folder}: {error.strerror}") from error


_PARTS = "features.tsv", "labels.tsv", "synthetic.png"


def _read_config(path: Path) -> ProjectorConfig:
    """What was written earlier; nothing where the file is missing or damaged."""
    try:
        return text_format.Parse(file_bytes(path, _LARGEST_CONFIG).decode(), ProjectorConfig())
    except (DataError, UnicodeDecodeError, text_format.ParseError):
        return ProjectorConfig()


def _feature_rows(features: np.ndarray) -> bytes:
    return "".join("\t".join(f"{value:.6g}" for value in row) + "\n" for row in features.tolist()).encode()


def _label_rows(labels: np.ndarray | None, names: tuple[str, ...], count: int) -> bytes:
    """A table of the label combination and of each label. The projector takes the first line for a heading where there
    are several columns, and so there are always two at least."""
    rows = [("labels", "image", *names)]
    for number in range(count):
        vector = () if labels is None else labels[number]
        together = combination_name(vector, names) if labels is not None else "not known"
        rows.append((together, str(number), *(str(int(value)) for value in vector)))
    return "".join("\t".join(" ".join(cell.split()) for cell in row) + "\n" for row in rows).encode()


def _small(images: np.ndarray) -> np.ndarray:
    """The images [N, R, R, 1] with sides of at most 64 pixels, as means of blocks: uint8 [N, S, S]."""
    count, side = images.shape[:2]
    factor = max(1, side // _LARGEST_SIDE)
    blocks = images.reshape(count, side // factor, factor, side // factor, factor)
    return np.rint(blocks.mean(axis=(2, 4))).astype(np.uint8)


def _sprite(small: np.ndarray) -> bytes:
    """All images row by row in a square, as a PNG file; the projector finds each by its number."""
    count, side = small.shape[:2]
    columns = math.ceil(math.sqrt(count))
    cells = np.zeros((columns * columns, side, side), np.uint8)
    cells[:count] = small
    return png_bytes(cells.reshape(columns, columns, side, side).transpose(0, 2, 1, 3).reshape(columns * side, -1))
