"""Large arrays of NumPy archives (.npz) of others, stored or deflated, a few rows at a time.

`npz_files` reads what this package writes, whole. A published dataset may be larger than the memory, and compressed. So
here the header of an array is read first, and then never more rows than the caller asks for. Nothing in it is run.
"""

import struct
import tokenize
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from medgan_tf.errors import DataError
from medgan_tf.files.regular_files import open_regular

LARGEST = 2**36
"""Bytes of the largest archive; the largest of MedMNIST+ has about 13 * 10^9."""
MOST_ARRAYS = 100
MOST_RATIO = 200
"""Largest ratio of the bytes of the arrays to those of the archive. Images shrink by 2 to 20 times, bombs by 1000."""
_ENDING = ".npy"
# What zipfile, zlib and NumPy raise for bytes that are no archive or no array.
_DAMAGE = (
    ValueError, KeyError, EOFError, TypeError, RuntimeError, MemoryError, SyntaxError, tokenize.TokenError,
    struct.error, zipfile.BadZipFile, zlib.error,
)  # fmt: skip


@dataclass(frozen=True)
class StreamedArray:
    """An array of an archive, as its header says.

    Attributes:
        path: The archive.
        member: Name of the file in it.
        shape: Its shape.
        dtype: Its type; never of Python objects.
    """

    path: Path
    member: str
    shape: tuple[int, ...]
    dtype: np.dtype

    def blocks(self, rows: int) -> Iterator[np.ndarray]:
        """The array in its order, `rows` of the first axis at a time; the last block may have fewer.

        Raises:
            DataError: The archive is damaged.
        """
        row_bytes = int(np.prod(self.shape[1:], dtype=object)) * self.dtype.itemsize
        with _opened(self.path) as archive, archive.open(self.member) as stream:
            _read_header(stream)
            for start in range(0, self.shape[0], rows):
                count = min(rows, self.shape[0] - start)
                content = stream.read(count * row_bytes)
                if len(content) != count * row_bytes:
                    raise ValueError(f"{self.member!a:.60} ends early")
                yield np.frombuffer(content, self.dtype).reshape(count, *self.shape[1:])
            # At the end of the member its checksum is compared.
            if stream.read(1):
                raise ValueError(f"{self.member!a:.60} goes on after its end")

    def whole(self, most: int) -> np.ndarray:
        """The whole array. Raises `DataError` when it is damaged or has more than `most` bytes."""
        size = int(np.prod(self.shape, dtype=object)) * self.dtype.itemsize
        if size > most:
            raise DataError(f"{self.path}: {self.member} has {size:,} bytes, more than the {most:,} that are read")
        blocks = list(self.blocks(max(1, self.shape[0])))
        return blocks[0] if blocks else np.empty(self.shape, self.dtype)


def list_arrays(path: str | Path) -> dict[str, StreamedArray]:
    """The arrays of an archive by name. Only headers are read.

    Raises:
        DataError: There is no such file, it is damaged, holds something other than arrays of numbers, or claims more
            than `MOST_RATIO` times its bytes.
    """
    path = Path(path)
    with _opened(path) as archive:
        members = archive.infolist()
        size = path.stat().st_size
        if len(members) > MOST_ARRAYS:
            raise ValueError(f"it has {len(members):,} members, more than {MOST_ARRAYS}")
        if len({member.filename for member in members}) != len(members):
            raise ValueError("a name comes twice")
        if sum(member.file_size for member in members) > MOST_RATIO * size:
            raise ValueError(f"its arrays claim more than {MOST_RATIO} times the {size:,} bytes of the file")
        return {member.filename.removesuffix(_ENDING): _array(archive, member, path) for member in members}


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """An archive that is open; what its bytes make zipfile and NumPy raise becomes a `DataError`."""
    # The file is opened here, as zipfile leaves a damaged one open.
    with open_regular(path, LARGEST) as file:
        try:
            with zipfile.ZipFile(file) as archive:
                yield archive
        except OSError as error:
            raise DataError(f"{path} cannot be read: {error.strerror or error}") from error
        except _DAMAGE as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            raise DataError(f"{path} is no archive of arrays, or damaged: {reason:.200}") from error


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path) -> StreamedArray:
    name = f"{member.filename!a:.60}"
    if not member.filename.endswith(_ENDING):
        raise ValueError(f"{name} is no array")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(f"{name} is neither stored nor deflated")
    with archive.open(member) as stream:
        shape, by_column, dtype = _read_header(stream)
        start = stream.tell()
    if dtype.hasobject:
        raise ValueError(f"{name} is an array of Python objects")
    if by_column and len(shape) > 1:
        raise ValueError(f"{name} is stored by column")
    size = int(np.prod(shape, dtype=object)) * dtype.itemsize if min(shape, default=0) >= 0 else -1
    if not shape or size != member.file_size - start:
        raise ValueError(f"{name} of shape {list(shape)} does not fit its {member.file_size - start:,} bytes")
    return StreamedArray(path, member.filename, shape, dtype)


def _read_header(stream: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype]:
    version = np.lib.format.read_magic(stream)
    # A header of format 1.0 has at most 64 KiB; one of 2.0 may claim 4 GiB.
    if version != (1, 0):
        raise ValueError(f"an array of format {version[0]}.{version[1]}")
    return np.lib.format.read_array_header_1_0(stream)
