"""Zip archives of others: what is in them is listed and read within limits, and nothing is unpacked here.

A few kilobytes can claim to hold petabytes, list the same bytes a million times, or name files outside the folder that
they are unpacked to. So the length of the list of files is looked at before it is read, and every entry of it before
anything is used.
"""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from medgan_tf.errors import DataError
from medgan_tf.files.plain_text import hidden_characters, visible
from medgan_tf.files.regular_files import open_regular

LARGEST = 2**36
"""Bytes of the largest archive."""
MOST_MEMBERS = 2**20
MOST_RATIO = 200
"""Largest ratio of what an archive unpacks to and its own bytes. Images shrink by 2 to 20 times, bombs by 1,000."""
_MOST_LIST = 2**27
_LONGEST_NAME = 1000
_ROOM = 2**20
# What zipfile and zlib raise for bytes that are no archive.
_DAMAGE = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, NotImplementedError, ValueError, KeyError,
    IndexError, MemoryError,
)  # fmt: skip
# APPNOTE.TXT of PKWARE, 4.3.14 to 4.3.16: the end of the list, its 64-bit form, and what leads to that.
_END, _END_64, _LOCATOR_64 = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
_END_BYTES, _END_64_BYTES, _LOCATOR_64_BYTES = 22, 56, 20
# 4.3.7: what is in front of a file, without its name.
_LEAST_HEADER = 30
_LONGEST_COMMENT = 2**16


def list_members(path: str | Path) -> dict[str, int]:
    """Names and sizes of the files in an archive, without folders. Raises `DataError` as `checked_entries` does."""
    return {one.filename: one.file_size for one in checked_entries(path)}


def checked_entries(path: str | Path) -> list[zipfile.ZipInfo]:
    """The entries of an archive that are no folders, as its list tells of them.

    Raises:
        DataError: There is no such file, it is no archive or damaged, holds too many files or more than `MOST_RATIO`
            times its bytes, files over each other, encrypted ones, a name twice, or a name that leads out of a folder.
    """
    with open_regular(path, LARGEST) as file:
        try:
            size = file.seek(0, 2)
            _check_list_size(file, size)
            with zipfile.ZipFile(file) as archive:
                members = [one for one in archive.infolist() if not one.is_dir()]
        except OSError as error:
            raise DataError(f"{path}: cannot be read: {error.strerror or error}") from error
        except _DAMAGE as error:
            raise DataError(f"{path}: is no zip archive, or damaged: {_reason(error)}") from error
    problem = next(filter(None, map(_member_problem, members)), None) or _whole_problem(members, size)
    if problem:
        raise DataError(f"{path}: {problem}; get this archive again, from somebody you trust")
    return members


def read_member(path: str | Path, name: str, most: int) -> bytes:
    """One file of an archive that `list_members` accepted.

    Raises:
        DataError: It is not there, damaged, or has more than `most` bytes.
    """
    archive = OpenArchive(path)
    try:
        return archive.read(name, most)
    finally:
        archive.close()


class OpenArchive:
    """An archive that `list_members` accepted and that stays open: its list is read once, not for each file.

    Raises:
        DataError: It is not there, or damaged.
    """

    def __init__(self, path: str | Path):
        self.path = path
        self._file = open_regular(path, LARGEST)
        try:
            _check_list_size(self._file, self._file.seek(0, 2))
            self._archive = zipfile.ZipFile(self._file)
        except BaseException as error:
            self._file.close()
            if isinstance(error, _DAMAGE):
                raise DataError(f"{path}: is no zip archive, or damaged: {_reason(error)}") from error
            raise

    def read(self, name: str, most: int) -> bytes:
        """One file. Raises `DataError` if it is not there, damaged, or has more than `most` bytes."""
        try:
            with self._archive.open(name) as member:
                content = member.read(most + 1)
        except OSError as error:
            raise DataError(f"{self.path}: cannot be read: {error.strerror or error}") from error
        except _DAMAGE as error:
            raise DataError(f"{self.path}: {visible(name)} cannot be read: {_reason(error)}") from error
        if len(content) > most:
            raise DataError(f"{self.path}: {visible(name)} has more than the {most:,} bytes that are read")
        return content

    def copy(self, name: str, target: BinaryIO, size: int) -> None:
        """Writes one file into another, piece by piece.

        Raises:
            DataError: It is not there, damaged, or has not `size` bytes.
            OSError: The other file does not take it.
        """
        done = 0
        for piece in self._pieces(name):
            done += len(piece)
            if done > size:
                break
            target.write(piece)
        if done != size:
            raise DataError(f"{self.path}: {visible(name)} does not have the {size:,} bytes that the list tells of")

    def _pieces(self, name: str) -> Iterator[bytes]:
        try:
            with self._archive.open(name) as member:
                while piece := member.read(_ROOM):
                    yield piece
        except OSError as error:
            raise DataError(f"{self.path}: cannot be read: {error.strerror or error}") from error
        except _DAMAGE as error:
            raise DataError(f"{self.path}: {visible(name)} cannot be read: {_reason(error)}") from error

    def close(self) -> None:
        """Closes the file."""
        self._archive.close()
        self._file.close()

    def __del__(self) -> None:
        # One that is kept for the next image is forgotten, not closed, when the program ends.
        if "_archive" in self.__dict__:
            self.close()


def _check_list_size(file: BinaryIO, size: int) -> None:
    """Raises `ValueError` for a list of files that is too long to be read: zipfile reads all of it at once."""
    start = max(0, size - _END_BYTES - _LONGEST_COMMENT - _LOCATOR_64_BYTES - _END_64_BYTES)
    file.seek(start)
    tail = file.read()
    # zipfile takes the last mark, or the first one that an archive comment does not hide; all are looked at.
    lengths = [tail[place + 12 : place + 16] for place in _places(tail, _END)]
    lengths += [tail[place + 40 : place + 48] for place in _places(tail, _END_64)]
    for place in _places(tail, _LOCATOR_64):
        file.seek(min(size, int.from_bytes(tail[place + 8 : place + 16], "little")))
        lengths.append(file.read(48)[40:])
    unknown = 2**32 - 1
    stated = [int.from_bytes(one, "little") for one in lengths]
    if any(_MOST_LIST < one <= size and one != unknown for one in stated):
        raise ValueError(f"its list of files has more than {_MOST_LIST >> 20} MiB")
    file.seek(0)


def _places(data: bytes, mark: bytes) -> list[int]:
    places, place = [], data.find(mark)
    while place >= 0:
        places.append(place)
        place = data.find(mark, place + 1)
    return places


def _member_problem(member: zipfile.ZipInfo) -> str:
    """What is wrong with an entry of the list, or ""."""
    # What zipfile cut off at a zero byte, or wrote with other slashes, shows in the original name.
    name = member.orig_filename
    shown = repr(visible(name[:60]))
    parts = name.split("/")
    if len(name) > _LONGEST_NAME or hidden_characters(name):
        return f"{shown} is no name of a file"
    if "\\" in name or ":" in parts[0] or not parts[0] or ".." in parts:
        return f"{shown} leads out of the archive"
    if member.flag_bits & 1:
        return f"{shown} is encrypted"
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return f"{shown} is neither stored nor deflated"
    return ""


def _whole_problem(members: list[zipfile.ZipInfo], size: int) -> str:
    """What is wrong with all entries together, or ""."""
    if len(members) > MOST_MEMBERS:
        return f"holds {len(members):,} files, more than {MOST_MEMBERS:,}"
    if len({one.filename for one in members}) != len(members):
        return "holds a name twice"
    if sum(one.compress_size for one in members) > size or _overlap(members):
        return "holds files that lie over each other"
    if sum(one.file_size for one in members) > MOST_RATIO * size + _ROOM:
        return f"unpacks to more than {MOST_RATIO} times its {size:,} bytes"
    return ""


def _overlap(members: list[zipfile.ZipInfo]) -> bool:
    """Whether a file begins before the one in front of it can have ended."""
    places = sorted((one.header_offset, one.compress_size) for one in members)
    return any(
        start + _LEAST_HEADER + length > following
        for (start, length), (following, _) in zip(places, places[1:], strict=False)
    )


def _reason(error: Exception) -> str:
    return f"{visible(' '.join(str(error).split())) or type(error).__name__:.200}"
