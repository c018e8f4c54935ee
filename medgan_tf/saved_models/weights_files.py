"""The check of a file of weights (HDF5) before Keras reads it: numbers that are inside the file, and no more than fit.

HDF5 can point into other files, and can state a huge array that takes no room on the disk.
"""

import io
import zipfile
from pathlib import Path
from typing import BinaryIO

import h5py

from medgan_tf.errors import DataError
from medgan_tf.saved_models.checkpoint_inspection import check_plain_file
from medgan_tf.saved_models.findings import Findings, shown

WEIGHTS = "model.weights.h5"
"""The file of weights in a .keras archive."""

_ADVICE = "weights are numbers within one file; save them again with model.save_weights"
_LARGEST_ARCHIVE = 2**33
_ROOM = 2**24
_MOST_TIMES = 20
_KNOWN = ("config.json", "metadata.json", WEIGHTS)


def check_weights_file(path: Path) -> None:
    """Raises `DataError` for a file of weights that is not plain numbers, by what it holds.

    Args:
        path: A file that ends in .h5 or .hdf5, or a .keras archive of which only the weights are used.
    """
    check_plain_file(path)
    if path.suffix in (".h5", ".hdf5"):
        with open(path, "rb") as stream:
            check_weights(path, stream, path.stat().st_size)
    elif path.suffix == ".keras":
        with open_archive(path) as archive:
            check_archived_weights(path, archive)
    else:
        raise DataError(f"{path} is refused: expected a file of weights that ends in .h5, .hdf5 or .keras")


def open_archive(path: Path) -> zipfile.ZipFile:
    """Opens a .keras archive that holds the three files that Keras writes, and nothing that unpacks to much more.

    Raises:
        DataError: It is none, or holds other files.
    """
    check_plain_file(path)
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise DataError(f"{path} is no .keras archive: {error}") from error
    findings, entries = Findings(), archive.infolist()
    names = [entry.filename for entry in entries]
    for entry in entries:
        if entry.filename not in _KNOWN:
            findings.add(f"the file {shown(entry.filename)}")
        if entry.file_size > _MOST_TIMES * entry.compress_size + _ROOM:
            findings.add(f"{shown(entry.filename)}, which unpacks to {entry.file_size:,} bytes")
    if sum(entry.file_size for entry in entries) > _LARGEST_ARCHIVE:
        findings.add(f"more than {_LARGEST_ARCHIVE >> 30} GB")
    if len(set(names)) < len(names):
        findings.add("a file twice")
    missing = [name for name in ("config.json", WEIGHTS) if name not in names]
    try:
        findings.raise_if_any(path, "a .keras archive holds config.json, metadata.json and the weights; save it again")
        if missing:
            raise DataError(f"{path} is no .keras archive: it lacks {missing[0]}")
    except DataError:
        archive.close()
        raise
    return archive


def check_archived_weights(path: Path, archive: zipfile.ZipFile) -> None:
    """Raises `DataError` unless the weights in an archive are plain numbers."""
    try:
        content = archive.read(WEIGHTS)
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError) as error:
        raise DataError(f"{path} is damaged: {error}") from error
    check_weights(path, io.BytesIO(content), len(content))


def check_weights(path: Path, stream: BinaryIO, size: int) -> None:
    """Raises `DataError` unless everything in an HDF5 file is stored in the file itself.

    Args:
        path: Its name for messages.
        stream: The file.
        size: Its bytes. Compressed weights may be larger, but not by orders of magnitude.
    """
    findings = Findings()
    try:
        with h5py.File(stream, "r") as file:
            whole = _check_groups(file, findings)
    except (OSError, RuntimeError, ValueError, KeyError, TypeError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise DataError(f"{path} is no HDF5 file, or it is damaged: {reason:.120}") from error
    if whole > _MOST_TIMES * size + _ROOM:
        findings.add(f"arrays of {whole:,} bytes in a file of {size:,}")
    findings.raise_if_any(path, _ADVICE)


def _check_groups(file: h5py.File, findings: Findings) -> int:
    """Adds what lies outside the file to the findings. Returns the bytes of all arrays."""
    whole, waiting, seen = 0, [file["/"]], set()
    while waiting:
        group = waiting.pop()
        for name in group:
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                findings.add(f"the link {shown(name)}")
                continue
            one = group[name]
            place = h5py.h5o.get_info(one.id).addr
            if place in seen:
                continue
            seen.add(place)
            if isinstance(one, h5py.Group):
                waiting.append(one)
            elif isinstance(one, h5py.Dataset):
                if one.external or one.is_virtual:
                    findings.add(f"the array {shown(name)}, whose values are in another file")
                whole += one.nbytes
    return whole
