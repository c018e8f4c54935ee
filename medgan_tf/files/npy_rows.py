"""Single images of NumPy files of others (.npy, .npz), never more of a stack than is asked for.

Archives are read by `npz_streams`, which may have to unpack what comes before a row: an archive stays open at the row
that was read last, so that rising rows are read in one pass.
"""

import functools
import tokenize
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from medgan_tf.errors import DataError
from medgan_tf.files.npz_streams import StreamedArray, list_arrays
from medgan_tf.files.regular_files import open_regular

LARGEST = 2**36
"""Bytes of the largest file."""
_MOST_BYTES = 2**29
"""Bytes of the largest image."""
_IMAGES = "images"


def array_row(path: str | Path, name: str = "", index: int | None = None) -> np.ndarray:
    """An array, or a row of its first axis.

    Args:
        path: A .npy file or an .npz archive.
        name: Array of an archive; "" takes the only one, or the one with the name `images`.
        index: The row, from 0; None takes the whole array.

    Raises:
        DataError: There is no such file, array or row, it is damaged, holds Python objects, or is larger than 512 MiB.
    """
    if Path(path).suffix.lower() == ".npz":
        array = _chosen(str(path), name)
        if index is None:
            return array.whole(_MOST_BYTES)
        _check_row(path, array.shape, array.dtype, index)
        return _rows(array).row(index)
    return _plain_row(path, index)


def _check_row(path: str | Path, shape: tuple[int, ...], dtype: np.dtype, index: int) -> None:
    if len(shape) < 2 or not 0 <= index < shape[0]:
        raise DataError(f"{path}: has no row {index}: its array has the shape {list(shape)}")
    _check_bytes(path, shape[1:], dtype)


def _check_bytes(path: str | Path, shape: tuple[int, ...], dtype: np.dtype) -> int:
    size = int(np.prod(shape, dtype=object)) * dtype.itemsize if shape else dtype.itemsize
    if not 0 <= size <= _MOST_BYTES:
        raise DataError(f"{path}: an image of {size:,} bytes; at most {_MOST_BYTES:,} are read")
    return size


def _plain_row(path: str | Path, index: int | None) -> np.ndarray:
    with open_regular(path, LARGEST) as file:
        try:
            version = np.lib.format.read_magic(file)
            # A header of format 1.0 has at most 64 KiB; one of 2.0 may claim 4 GiB.
            if version != (1, 0):
                raise ValueError(f"an array of format {version[0]}.{version[1]}")
            shape, by_column, dtype = np.lib.format.read_array_header_1_0(file)
            start, end = file.tell(), file.seek(0, 2)
            if dtype.hasobject:
                raise ValueError("an array of Python objects")
            whole = int(np.prod(shape, dtype=object)) * dtype.itemsize if shape else dtype.itemsize
            if min(shape, default=0) < 0 or whole != end - start:
                raise ValueError(f"an array of shape {list(shape)} does not fit its {end - start:,} bytes")
        except (ValueError, TypeError, KeyError, EOFError, SyntaxError, tokenize.TokenError, MemoryError) as error:
            raise DataError(f"{path}: is no array, or damaged: {' '.join(str(error).split()):.200}") from error
        if index is not None:
            _check_row(path, shape, dtype, index)
            if by_column:
                raise DataError(f"{path}: is stored by column; save it with numpy.ascontiguousarray")
            shape = shape[1:]
        size = _check_bytes(path, shape, dtype)
        file.seek(start + (index or 0) * size)
        content = file.read(size)
    if len(content) != size:
        raise DataError(f"{path}: is truncated; get this file again")
    return np.ndarray(shape, dtype, bytearray(content), order="F" if by_column else "C")


@functools.lru_cache(maxsize=4)
def _arrays(path: str) -> dict[str, StreamedArray]:
    return list_arrays(path)


def _chosen(path: str, name: str) -> StreamedArray:
    arrays = _arrays(path)
    wanted = name or (next(iter(arrays)) if len(arrays) == 1 else _IMAGES)
    if wanted not in arrays:
        named = ", ".join(list(arrays)[:20])
        raise DataError(f"{path}: expected one array, or one with the name {wanted!r:.60}. Received: {named:.200}")
    return arrays[wanted]


class _Rows:
    """Rows of an array in an archive; those after the last one that was read cost only what lies between."""

    def __init__(self, array: StreamedArray):
        self._array = array
        self._blocks: Iterator[np.ndarray] = iter(())
        self._next = array.shape[0]

    def row(self, index: int) -> np.ndarray:
        if index < self._next:
            self._blocks, self._next = self._array.blocks(1), 0
        while self._next <= index:
            block, self._next = next(self._blocks), self._next + 1
        return block[0]


@functools.lru_cache(maxsize=1)
def _rows(array: StreamedArray) -> _Rows:
    return _Rows(array)
