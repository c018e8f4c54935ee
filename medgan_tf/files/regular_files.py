"""Opening files that somebody else named: only regular files, and never more bytes than are expected."""

import os
import stat
from pathlib import Path
from typing import BinaryIO

from medgan_tf.errors import DataError

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
# A pipe that took the file's place between the two looks at it must not wait for a writer; a terminal must not become
# ours. Not every system has all of them.
_FLAGS = ("O_NONBLOCK", "O_NOCTTY", "O_CLOEXEC", "O_BINARY")
_PIECE = 2**20


def open_regular(path: str | Path, most: int) -> BinaryIO:
    """Opens a regular file for reading.

    Args:
        path: The file.
        most: The largest size that is accepted, bytes.

    Raises:
        DataError: There is no such file, it is a folder, pipe, socket or device, or it is larger. A pipe without a
            writer does not block.
    """
    try:
        # Looked at before it is opened, because opening a device or a pipe may already have an effect.
        _refuse_other_kinds(os.stat(path), path)
        descriptor = os.open(path, os.O_RDONLY | sum(getattr(os, name, 0) for name in _FLAGS))
        try:
            found = os.fstat(descriptor)
            _refuse_other_kinds(found, path)
            if found.st_size > most:
                raise DataError(f"{path}: has {found.st_size:,} bytes, more than the {most:,} that are read")
            return os.fdopen(descriptor, "rb")
        except BaseException:
            os.close(descriptor)
            raise
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from error
    except ValueError as error:  # a zero byte in the name
        raise DataError(f"{str(path)!r}: cannot be read: {error}") from error


def read_regular(path: str | Path, most: int) -> bytes:
    """All bytes of a regular file. Raises `DataError` as `open_regular`, also when the file grows beyond `most`."""
    with open_regular(path, most) as file:
        try:
            pieces = [file.read(os.fstat(file.fileno()).st_size + 1)]
            total = len(pieces[0])
            # Files of the kernel say that they are empty, and some have no end.
            while pieces[-1] and total <= most:
                pieces.append(file.read(_PIECE) or b"")
                total += len(pieces[-1])
        except OSError as error:
            raise DataError(f"{path}: cannot be read: {error.strerror or error}") from error
    if total > most:
        raise DataError(f"{path}: has more than the {most:,} bytes that are read")
    return b"".join(pieces) if len(pieces) > 2 else pieces[0]


def _refuse_other_kinds(found: os.stat_result, path: str | Path) -> None:
    if not stat.S_ISREG(found.st_mode):
        kind = next((words for holds, words in _KINDS if holds(found.st_mode)), "no regular file")
        raise DataError(f"{path}: cannot be read: it is {kind}, not a file")
