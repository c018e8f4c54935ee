"""Where a library is: a folder of this machine, or an address."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from medgan_tf.errors import DataError
from medgan_tf.files.regular_files import open_regular, read_regular
from medgan_tf.hub.index import INDEX, LARGEST_INDEX, Entry, Index, parse_index
from medgan_tf.hub.web import WebLibrary, is_address

_PIECE = 2**20


class Library(Protocol):
    """A place with the files of a library."""

    def where(self, name: str) -> str:
        """A file's place, for messages."""

    def read(self, name: str, most: int) -> bytes:
        """A small file."""

    def save(self, name: str, size: int, path: Path, progress: Callable[[int, int], None]) -> Path:
        """A file of this machine with the content: `path`, or another one that was there before."""


class FolderLibrary:
    """The files of a folder.

    Args:
        folder: The folder.
    """

    def __init__(self, folder: str):
        self.folder = Path(folder)

    def where(self, name: str) -> str:
        """The path of a file."""
        return str(self.folder / name)

    def read(self, name: str, most: int) -> bytes:
        """A file of at most `most` bytes. Raises `DataError` where it is missing, or larger."""
        return read_regular(self.folder / name, most)

    def save(self, name: str, size: int, path: Path, progress: Callable[[int, int], None]) -> Path:
        """The file itself. Raises `DataError` where it is missing, or has not `size` bytes."""
        with open_regular(self.folder / name, size) as file:
            found = file.seek(0, 2)
        if found != size:
            raise DataError(f"{self.where(name)} has {found:,} of {size:,} bytes; copy the library again")
        progress(size, size)
        return self.folder / name


def open_library(place: str, allow_http: bool = False) -> Library:
    """The library at a place. Nothing is read yet. Raises `ConfigError` for an address that is not accepted."""
    return WebLibrary(place, allow_http) if is_address(place) else FolderLibrary(place)


def read_index(library: Library) -> Index:
    """The releases of a library. Raises `DataError` where it has no index, or a damaged one."""
    if isinstance(library, FolderLibrary) and not (library.folder / INDEX).is_file():
        raise DataError(
            f"no library in {library.folder}: expected an {INDEX} there; `medgan-tf hub add {library.folder} RELEASE` "
            "makes one"
        )
    return parse_index(library.read(INDEX, LARGEST_INDEX), library.where(INDEX))


def fetch_archive(library: Library, entry: Entry, path: Path, progress: Callable[[int, int], None]) -> Path:
    """The archive of a release as a file: `path`, or that of the library's folder, with the hash of the index.

    Raises:
        DataError: It does not come, or is another one.
        OSError: The disk does not take it.
    """
    found, digest = library.save(entry.archive, entry.archive_bytes, path, progress), hashlib.sha256()
    with open_regular(found, entry.archive_bytes) as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    if digest.hexdigest() != entry.archive_sha256:
        raise DataError(
            f"{library.where(entry.archive)} is not the archive that {INDEX} names: expected SHA-256 "
            f"{entry.archive_sha256[:12]}, found {digest.hexdigest()[:12]}; ask whoever keeps the library"
        )
    return found
