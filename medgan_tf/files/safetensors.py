"""Files of arrays in the safetensors format: a length, a JSON header, and the values. Nothing in such a file runs.

The header says of each array its type, its shape, and where its values begin and end. Whoever made the file may lie
there. So everything is compared before an array is made: the arrays must fill the file from the header's end to the
file's end, one after another, without a gap and without an overlap. The format: huggingface.co/docs/safetensors
"""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from medgan_tf.errors import DataError
from medgan_tf.files.json_files import parse_json
from medgan_tf.files.plain_text import visible
from medgan_tf.files.regular_files import read_regular
from medgan_tf.files.result_files import json_text

LARGEST = 2**32
"""Bytes of the largest file that is read."""
LARGEST_HEADER = 2**22
MOST_ARRAYS = 10_000

_TYPES = {"BOOL": "?", "U8": "u1", "I8": "i1", "U16": "<u2", "I16": "<i2", "U32": "<u4", "I32": "<i4", "U64": "<u8",
          "I64": "<i8", "F16": "<f2", "F32": "<f4", "F64": "<f8"}  # fmt: skip
_METADATA = "__metadata__"
_MOST_DIMENSIONS, _LONGEST_NAME = 8, 200
_LENGTH_BYTES = 8


def safetensors_bytes(arrays: Mapping[str, np.ndarray], metadata: Mapping[str, str] | None = None) -> bytes:
    """The content of a file. Equal arrays and metadata give equal bytes.

    Args:
        arrays: The arrays by name.
        metadata: Texts by name.

    Raises:
        ValueError: An array has a type that the format, or this program, does not know.
    """
    header: dict[str, Any] = {_METADATA: dict(sorted(metadata.items()))} if metadata else {}
    parts, start = [], 0
    for name, array in sorted(arrays.items()):
        little = np.asarray(array).astype(array.dtype.newbyteorder("<"), copy=False)
        kind = next((kind for kind, dtype in _TYPES.items() if np.dtype(dtype) == little.dtype), None)
        if kind is None or name == _METADATA:
            raise ValueError(f"an array of another type or name. Received: {name} of {array.dtype}")
        parts.append(little.tobytes())
        end = start + len(parts[-1])
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [start, end]}
        start = end
    text = json_text(header, ascii_only=False).encode()
    # The values begin at a multiple of 8, so that they can be read in place.
    text += b" " * (-len(text) % _LENGTH_BYTES)
    return b"".join([len(text).to_bytes(_LENGTH_BYTES, "little"), text, *parts])


def read_safetensors(path: str | Path, largest: int = LARGEST) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """The arrays of a file by name, and its metadata. The arrays are read-only.

    Args:
        path: The file.
        largest: Bytes of the largest file that is read.

    Raises:
        DataError: The file is missing, too large, or not what its header says. The message is one line.
    """
    content = read_regular(path, largest)
    try:
        return parse_safetensors(content)
    except ValueError as error:
        raise DataError(f"{path} is refused: {error}; get the file again from where it was made") from error


def parse_safetensors(content: bytes) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """As `read_safetensors`, from the bytes of a file. Raises `ValueError` with one line."""
    header, start = _header(content)
    metadata = header.pop(_METADATA, {})
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise ValueError("its metadata are not texts by name")
    if len(header) > MOST_ARRAYS:
        raise ValueError(f"it has {len(header):,} arrays, more than the {MOST_ARRAYS:,} that are read")
    entries = sorted((_entry(name, value) for name, value in header.items()), key=lambda entry: entry[3:])
    position = 0
    for name, _, _, begin, end in entries:
        if begin != position:
            raise ValueError(f"array {_shown(name)} begins at byte {begin:,} of the values; expected {position:,}")
        position = end
    if position != len(content) - start:
        raise ValueError(f"its header tells of {position:,} bytes of values, and it has {len(content) - start:,}")
    arrays = {
        name: np.frombuffer(content, dtype, math.prod(shape), start + begin).reshape(shape)
        for name, dtype, shape, begin, _ in entries
    }
    return arrays, metadata


def _header(content: bytes) -> tuple[dict[str, Any], int]:
    """The header, and where the values begin."""
    if len(content) < _LENGTH_BYTES:
        raise ValueError(f"it has {len(content)} bytes, and the length of its header takes {_LENGTH_BYTES}")
    length = int.from_bytes(content[:_LENGTH_BYTES], "little")
    if length > LARGEST_HEADER:
        raise ValueError(f"its header has {length:,} bytes, more than the {LARGEST_HEADER:,} that are read")
    start = _LENGTH_BYTES + length
    if start > len(content):
        raise ValueError(f"its header has {length:,} bytes, and the file has {len(content):,}")
    text = content[_LENGTH_BYTES:start]
    if not text.startswith(b"{"):
        raise ValueError("its header is no JSON object")
    try:
        header = parse_json(text)
    except ValueError as error:
        raise ValueError(f"its header cannot be read ({' '.join(str(error).split()):.200})") from error
    return header, start


def _entry(name: str, value: Any) -> tuple[str, np.dtype, tuple[int, ...], int, int]:
    """What the header says of one array: name, type, shape, and its first byte and the one after its last."""
    shown = _shown(name)
    if not 0 < len(name) <= _LONGEST_NAME or visible(name) != name:
        raise ValueError(f"array {shown} has no plain name of at most {_LONGEST_NAME} characters")
    if not isinstance(value, dict) or set(value) != {"dtype", "shape", "data_offsets"}:
        raise ValueError(f"array {shown} is not described by dtype, shape and data_offsets")
    kind, shape, offsets = value["dtype"], value["shape"], value["data_offsets"]
    if not isinstance(kind, str) or kind not in _TYPES:
        raise ValueError(f"array {shown} has the type {_shown(str(kind))}; known: {', '.join(_TYPES)}")
    if not _whole_numbers(shape) or len(shape) > _MOST_DIMENSIONS:
        raise ValueError(f"array {shown} has no shape of at most {_MOST_DIMENSIONS} whole numbers")
    if not _whole_numbers(offsets) or len(offsets) != 2 or offsets[0] > offsets[1]:
        raise ValueError(f"array {shown} does not say where its values begin and end")
    dtype = np.dtype(_TYPES[kind])
    if math.prod(shape) * dtype.itemsize != offsets[1] - offsets[0]:
        raise ValueError(
            f"array {shown} of shape {shape} and type {kind} needs {math.prod(shape) * dtype.itemsize:,} bytes, and "
            f"has {offsets[1] - offsets[0]:,}"
        )
    return name, dtype, tuple(shape), offsets[0], offsets[1]


def _whole_numbers(values: Any) -> bool:
    return isinstance(values, list) and all(type(value) is int and value >= 0 for value in values)


def _shown(text: str) -> str:
    return f"{text!a:.80}"
