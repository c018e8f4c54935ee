"""Damage to compressed frames that decoders pass over: they fill what is missing, or decode it to noise."""

import os
import re
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydicom.uid import UID, JPEG2000TransferSyntaxes

from medgan_tf.errors import DataError

_START_OF_DATA = b"\xff\x93"
_ZEROS = re.compile(rb"\0{32,}")
_MARGIN = 32
_BYPASS = 0x01
_lock = threading.Lock()


def check_whole(coded: bytes, syntax: UID, path: str | Path) -> None:
    """Refuses a frame whose coded data are visibly damaged.

    Raises:
        DataError: One line that names the file.
    """
    if syntax in JPEG2000TransferSyntaxes:
        _check_jpeg2000(coded, path)


def _check_jpeg2000(coded: bytes, path: str | Path) -> None:
    """Refuses a JPEG 2000 frame with a hole of zero bytes, such as a broken transfer leaves.

    What the arithmetic coder writes looks random, so a long run of zeros comes from packets without content, a byte
    each, or from a hole. There cannot be more packets than the header says (ISO 15444-1 A.6.1).
    """
    packets = _packets(coded)
    if packets is None:
        return
    longest = max((len(run) for run in _ZEROS.findall(coded, coded.find(_START_OF_DATA))), default=0)
    if longest > packets + _MARGIN:
        raise DataError(f"{path}: its frame is damaged ({longest:,} zero bytes in coded data); get this file again")


def _packets(coded: bytes) -> int | None:
    """Most packets without content in a row, or None where zeros have other reasons too."""
    start = coded.find(b"\xff\x52")
    if start < 0 or len(coded) < start + 14 or coded.find(_START_OF_DATA) < start:
        return None
    size = coded.find(b"\xff\x4f\xff\x51")
    components = int.from_bytes(coded[size + 40 : size + 42])
    style, layers, levels = coded[start + 4], int.from_bytes(coded[start + 6 : start + 8]), coded[start + 9]
    # Own precincts make more packets, and raw bits can be zeros.
    if style & 1 or coded[start + 12] & ~0x2C & 0xFF & (_BYPASS | 0x40) or size < 0:
        return None
    return layers * (levels + 1) * components


@contextmanager
def stderr_of(said: list[str]) -> Iterator[None]:
    """Collects what native code writes to stderr into one text, which is added to `said`."""
    sys.stderr.flush()
    with _lock, tempfile.TemporaryFile() as file:
        kept = os.dup(2)
        os.dup2(file.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            file.seek(0)
            said.append(file.read(2**20).decode("utf-8", "replace"))
