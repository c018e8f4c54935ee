"""A user and a host with names that occur nowhere else, to look for in files."""

import contextlib
import ctypes
import os
import socket
from collections.abc import Iterator

import pytest

USER = "zzuserzz"
HOST = "zzhostzz"
_NEW_UTS = 0x04000000


@contextlib.contextmanager
def marked_machine() -> Iterator[list[str]]:
    """Names that no file may hold while the block runs: that of the user, and that of the host where one can be set.

    A new name of the host is seen by this thread and by those that it starts, and needs the rights of an administrator
    on Linux; elsewhere the real one is returned if it is long enough to be told from other texts.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name in ("USER", "LOGNAME", "USERNAME", "LNAME"):
            patch.setenv(name, USER)
        with _marked_host() as marked:
            real = socket.gethostname()
            yield [USER, HOST] if marked else [USER, *([real] if len(real) > 7 else [])]


@contextlib.contextmanager
def _marked_host() -> Iterator[bool]:
    libc = ctypes.CDLL(None, use_errno=True)
    try:
        before = os.open("/proc/thread-self/ns/uts", os.O_RDONLY)
    except OSError:
        yield False
        return
    try:
        if libc.unshare(_NEW_UTS) or libc.sethostname(HOST.encode(), len(HOST)):
            yield False
            return
        yield socket.gethostname() == HOST
    finally:
        libc.setns(before, _NEW_UTS)
        os.close(before)
