"""What the C libraries of a decoder print while they decode: they say there, and only there, that a file is damaged."""

import os
import re
import tempfile
import threading
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")

_STDERR = 2
_MOST_BYTES = 2**16
# libjpeg, libpng, OpenCV's log with libtiff's messages in it, and the lines that follow in that log.
_DECODERS = re.compile(
    r"Corrupt JPEG|Premature end|Invalid SOS|Inconsistent progression|Unknown Adobe|Warning: unknown JFIF|libpng|"
    r"\[ ?(?:WARN|ERROR|INFO):|OpenCV|\s*$|>|:$|where$|must be"
)
# Standard error belongs to the process, so one thread at a time may decode.
_LOCK = threading.Lock()
_file: int | None = None


def listen(decode: Callable[[], Result], every_line: bool = False) -> tuple[Result, list[str]]:
    """Runs a decoder with standard error turned to a file.

    Reader processes, which throw standard error away, hear their decoders, too. Other lines that come meanwhile, from
    another thread, are passed on.

    Args:
        decode: Decodes one file; what it raises is raised.
        every_line: Take all lines for the decoder's. For decoders whose lines are not known by their beginning.

    Returns:
        What `decode` returns, and the lines that decoders printed, at most 64 KiB of them.
    """
    with _LOCK:
        file = _open()
        try:
            before = os.dup(_STDERR)
        except OSError:  # a program without a terminal may have closed it
            before = None
        os.dup2(file, _STDERR)
        try:
            result = decode()
        finally:
            if before is None:
                os.close(_STDERR)
            else:
                os.dup2(before, _STDERR)
                os.close(before)
            text = _take(file)
    if every_line:
        return result, text.decode(errors="replace").splitlines()
    return result, _sort_out(text) if text else []


def _open() -> int:
    global _file
    if _file is None:
        if hasattr(os, "memfd_create"):
            _file = _above_standard(os.memfd_create("decoder"))
        else:
            with tempfile.TemporaryFile() as file:
                _file = _above_standard(os.dup(file.fileno()))
    return _file


def _above_standard(file: int) -> int:
    """A descriptor that is not standard error's own, which is free where a program has closed it."""
    if file > _STDERR:
        return file
    above = _above_standard(os.dup(file))
    os.close(file)
    return above


def _take(file: int) -> bytes:
    """What is in the file, which is empty afterwards."""
    length = os.lseek(file, 0, os.SEEK_CUR)
    if not length:
        return b""
    os.lseek(file, 0, os.SEEK_SET)
    text = os.read(file, min(length, _MOST_BYTES))
    os.lseek(file, 0, os.SEEK_SET)
    os.ftruncate(file, 0)
    return text


def _sort_out(text: bytes) -> list[str]:
    """The lines of decoders; all others are passed on."""
    lines = text.decode(errors="replace").splitlines()
    others = [line for line in lines if not _DECODERS.match(line)]
    if others:
        try:
            os.write(_STDERR, ("\n".join(others) + "\n").encode(errors="replace"))
        except OSError:  # closed, or nobody reads it any more
            pass
    return [line for line in lines if _DECODERS.match(line) and line.strip()]


def _forget() -> None:
    """A copy of the process needs a file, and a lock, of its own."""
    global _file, _LOCK
    _file, _LOCK = None, threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
