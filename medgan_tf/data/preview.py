"""A picture of a dataset for people: images of the most frequent label combinations, fold by fold."""

import cv2
import numpy as np

from medgan_tf.data.images import resize_area
from medgan_tf.data.records.image_coding import decode_image
from medgan_tf.data.records.manifest import FOLDS, Combination
from medgan_tf.data.records.reader import DatasetFolder

_ROWS, _COLUMNS = 12, 4
# The preview must stay small beside the dataset: at most this share of its images are shown.
_SHARE = 0.015
_SMALLEST_ROW, _LARGEST_TILE, _GAP, _HEADER, _NAMES = 32, 64, 2, 18, 250
_FONT, _TEXT_SCALE = cv2.FONT_HERSHEY_SIMPLEX, 0.36


def preview_png(dataset: DatasetFolder) -> bytes:
    """A PNG file: a row for each of the 12 most frequent label combinations, with up to four images of every fold."""
    combinations = dataset.manifest.combinations[:_ROWS]
    affordable = _SHARE * sum(dataset.manifest.images.values()) / max(1, len(combinations) * len(FOLDS))
    columns = int(min(_COLUMNS, max(1, affordable)))
    tile = min(dataset.resolution, _LARGEST_TILE)
    row, block = max(tile, _SMALLEST_ROW) + _GAP, max(columns * (tile + _GAP), 90) + 3 * _GAP
    page = np.zeros((_HEADER + len(combinations) * row, _NAMES + len(FOLDS) * block), np.uint8)
    tops = {tuple(item.vector): _HEADER + number * row for number, item in enumerate(combinations)}
    for item in combinations:
        _write_names(page, tops[tuple(item.vector)], row // 14, item)
    for position, fold in enumerate(FOLDS):
        left = _NAMES + position * block
        title = f"{fold} ({dataset.manifest.images[fold]})"
        cv2.putText(page, title, (left, _HEADER - 6), _FONT, _TEXT_SCALE, 255, 1, cv2.LINE_AA)
        wanted = {tuple(item.vector): min(columns, getattr(item, fold)) for item in combinations}
        for vector, images in _first_images(dataset, fold, wanted).items():
            for column, image in enumerate(images):
                x, y = left + column * (tile + _GAP), tops[vector]
                page[y : y + tile, x : x + tile] = resize_area(image, tile)
    return cv2.imencode(".png", page, [cv2.IMWRITE_PNG_COMPRESSION, 9])[1].tobytes()


def _first_images(dataset: DatasetFolder, fold: str, wanted: dict[tuple, int]) -> dict[tuple, list[np.ndarray]]:
    """The first `wanted` images of each combination; stops reading when they are found."""
    found: dict[tuple, list[np.ndarray]] = {vector: [] for vector in wanted}
    shape, encoding = tuple(dataset.manifest.image_shape), dataset.manifest.encoding
    for batch in dataset.batches(fold):
        for vector, images in found.items():
            rows = np.flatnonzero((batch.labels == vector).all(axis=1))
            for row in rows[: wanted[vector] - len(images)]:
                images.append(decode_image(batch.payloads[row], shape, encoding)[:, :, 0])
        if all(len(found[vector]) == count for vector, count in wanted.items()):
            break
    return found


def _write_names(page: np.ndarray, top: int, lines: int, combination: Combination) -> None:
    """The positive labels over the lines that the row has room for."""
    words = [name.encode("ascii", "replace").decode() for name in combination.labels] or ["(none)"]
    if len(words) > lines:
        words = [*words[: lines - 1], " + ".join(words[lines - 1 :])]
    for line, text in enumerate(words):
        text = text if len(text) <= 38 else text[:35] + "..."
        cv2.putText(page, text, (4, top + 12 + 14 * line), _FONT, _TEXT_SCALE, 255, 1, cv2.LINE_AA)
