"""Palette images to colours (PS3.3 C.7.9)."""

from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset
from pydicom.pixels import apply_color_lut

from medgan_tf.errors import DataError

_COLOURS = ("Red", "Green", "Blue", "Alpha")
_MOST_ENTRIES = 2**16
_DISCRETE, _LINEAR, _INDIRECT = range(3)


def palette_colours(dataset: Dataset, pixels: np.ndarray, path: str | Path) -> np.ndarray:
    """RGB [H, W, 3], uint8 or uint16, of palette indices [H, W]. Raises `DataError` for a palette without end."""
    for name in _COLOURS:
        keyword = f"Segmented{name}PaletteColorLookupTableData"
        if keyword in dataset:
            _check_segments(_entries(dataset, keyword), 4 if _is_bytes(dataset) else 2, path)
    if not dataset.original_encoding[1]:
        # pydicom 3.0 takes the tables for little-endian whatever the file is.
        for name in _COLOURS[:3]:
            keyword = f"{name}PaletteColorLookupTableData"
            if keyword in dataset and dataset[keyword].VR == "OW":
                table = np.frombuffer(dataset[keyword].value, ">u2").astype("<u2")
                dataset[keyword].value = table.tobytes()
    return apply_color_lut(pixels, dataset)[..., :3]


def _is_bytes(dataset: Dataset) -> bool:
    return int(dataset.RedPaletteColorLookupTableDescriptor[2]) // 8 == 1


def _entries(dataset: Dataset, keyword: str) -> list[int]:
    value = bytes(dataset[keyword].value)
    if _is_bytes(dataset):
        return list(value)
    order = "<u2" if dataset.original_encoding[1] else ">u2"
    return np.frombuffer(value[: len(value) // 2 * 2], order).tolist()


def _check_segments(entries: list[int], words_of_place: int, path: str | Path) -> None:
    """Counts what a palette of segments (C.7.9.2) expands to: three entries can stand for 65,535, or for all before."""
    sizes: list[int | None] = []
    numbers: dict[int, int] = {}
    position = total = 0
    while position + 1 < len(entries):
        kind, length = entries[position : position + 2]
        numbers[position] = len(sizes)
        if kind == _INDIRECT:
            first = numbers.get(_place(entries[position + 2 : position + 2 + words_of_place]))
            repeated = [] if first is None else sizes[first : first + length]
            # Segments before this one, and none that is indirect itself.
            if first is None or first + length > len(sizes) or None in repeated:
                raise DataError(f"{path}: its palette refers to itself; is the file damaged?")
            total += sum(repeated)
            sizes.append(None)
            position += 2 + words_of_place
        else:
            total += length
            sizes.append(length)
            position += 2 + (length if kind == _DISCRETE else 1)
        if total > _MOST_ENTRIES:
            raise DataError(f"{path}: its palette has more than {_MOST_ENTRIES} colours; is the file damaged?")


def _place(words: list[int]) -> int:
    """The place that an indirect segment points to, as pydicom reads it."""
    if len(words) == 4:
        low, high = words[1] << 8 | words[0], words[3] << 8 | words[2]
        return high << 16 | low
    return words[1] << 16 | words[0] if len(words) == 2 else -1
