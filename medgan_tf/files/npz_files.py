"""The one reader of NumPy's archives (.npz): nothing is allocated that the file does not hold, nothing in it is run.

The package writes its archives without compression. So an archive whose members claim more bytes than the file has is
refused, and with it every file that becomes larger when it is unpacked.
"""

import struct
import tokenize
import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np

from medgan_tf.errors import DataError

_ENDING = ".npy"
_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
# What zipfile and NumPy raise for bytes that are no archive or no array.
_DAMAGE = (
    ValueError, KeyError, EOFError, TypeError, RuntimeError, MemoryError, SyntaxError, tokenize.TokenError,
    struct.error, zipfile.BadZipFile,
)  # fmt: skip


def read_arrays(path: str | Path) -> dict[str, np.ndarray]:
    """All arrays of an archive that `numpy.savez` wrote, by name.

    Raises:
        DataError: The file is missing, damaged, compressed, or holds Python objects. The message is one line.
    """
    path = Path(path)
    try:
        if not path.is_file():
            raise DataError(f"{path} cannot be read: no such file")
        # The file is opened here, as zipfile leaves a damaged one open.
        with path.open("rb") as file, zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            _check_members(members, path.stat().st_size)
            return {member.filename.removesuffix(_ENDING): _array(archive.read(member)) for member in members}
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from error
    except _DAMAGE as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DataError(f"{path} is damaged: {reason:.200}") from error


def _check_members(members: list[zipfile.ZipInfo], size: int) -> None:
    """Raises `ValueError` unless all members are arrays that lie in the file as they are."""
    for member in members:
        if member.compress_type != zipfile.ZIP_STORED or not member.filename.endswith(_ENDING):
            raise ValueError(f"{member.filename!a:.60} is no uncompressed array")
    if len({member.filename for member in members}) != len(members):
        raise ValueError("a name comes twice")
    # Several members may claim the same bytes.
    if sum(member.file_size for member in members) > size:
        raise ValueError(f"its arrays claim more than the {size:,} bytes of the file")


def _array(content: bytes) -> np.ndarray:
    """An array from the bytes of a .npy file (format 1.0 or 2.0)."""
    stream = BytesIO(content)
    version = np.lib.format.read_magic(stream)
    if version not in _HEADERS:
        raise ValueError(f"an array of format {version[0]}.{version[1]}")
    shape, by_column, dtype = _HEADERS[version](stream)
    if dtype.hasobject:
        raise ValueError("an array of Python objects")
    start, count = stream.tell(), int(np.prod(shape, dtype=object)) if shape else 1
    if min(shape, default=0) < 0 or count * dtype.itemsize != len(content) - start:
        raise ValueError(f"an array of shape {list(shape)} does not fit its {len(content) - start:,} bytes")
    # From a copy that may be written to.
    return np.ndarray(shape, dtype, bytearray(content[start:]), order="F" if by_column else "C")
