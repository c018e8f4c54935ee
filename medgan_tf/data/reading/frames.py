"""How a reader process and the process that started it talk: frames of a kind, a length and bytes.

What comes from a reader process is bytes and no more: a decoder that a damaged file took over could send anything.
"""

import struct
from typing import BinaryIO

ORDER, READY, FAILED, DATA, UNREADABLE = b"o", b"r", b"f", b"d", b"u"
"""Paths to read; ready for them; not able to start; what was made of a file; why a file cannot be read."""
_HEAD = struct.Struct("<cQ")
_LARGEST = 2**30


def write_frame(stream: BinaryIO, kind: bytes, content: bytes = b"") -> None:
    """Sends one frame."""
    stream.write(_HEAD.pack(kind, len(content)) + content)
    stream.flush()


def read_frame(stream: BinaryIO) -> tuple[bytes, bytes]:
    """Kind and content of the next frame. Raises `EOFError` when the other side ended or sent no frame."""
    head = stream.read(_HEAD.size)
    if len(head) < _HEAD.size:
        raise EOFError
    kind, length = _HEAD.unpack(head)
    if length > _LARGEST:
        raise EOFError
    content = stream.read(length)
    if len(content) < length:
        raise EOFError
    return kind, content
