"""Parsing of protobuf messages of others without a surprise: a part of two bytes can take 200 bytes of memory."""

from functools import cache
from pathlib import Path

from google.protobuf.descriptor import Descriptor
from google.protobuf.message import DecodeError, Message

from medgan_tf.errors import DataError

_SMALL = 2**23
_MOST_PARTS = 3_000_000
# Numbers in a list: one byte in the file takes up to eight in memory.
_BYTES_PER_PART = 64


def parse_message(content: bytes, message: Message, name: Path, kind: str) -> None:
    """Fills a message from bytes.

    Args:
        content: The bytes. Where there are more than 8 MB, their parts are counted first: a real model is large because
            of its constants, not because of the number of its parts.
        message: The message to fill.
        name: The file, for messages.
        kind: What it should be, e.g. "a SavedModel".

    Raises:
        DataError: It is damaged, or has too many parts.
    """
    try:
        if len(content) > _SMALL and _has_too_many_parts(content, message.DESCRIPTOR):
            raise DataError(
                f"{name} is refused: it has more than {_MOST_PARTS:,} parts, so it is not {kind} of use here"
            )
        message.ParseFromString(content)
    except (DecodeError, IndexError) as error:
        raise DataError(f"{name} is damaged: not {kind}; copy or export it again") from error


def _has_too_many_parts(content: bytes, descriptor: Descriptor) -> bool:
    """Counts fields down to all depths, as the wire format of protobuf has them."""
    count, waiting = 0, [(0, len(content), descriptor)]
    while waiting:
        position, end, current = waiting.pop()
        inner, lists = _fields(current)
        while position < end:
            key, position = _varint(content, position)
            count += 1
            number, wire = key >> 3, key & 7
            if wire == 0:
                _, position = _varint(content, position)
            elif wire in (1, 5):
                position += 8 if wire == 1 else 4
            elif wire == 2:
                length, position = _varint(content, position)
                if number in inner:
                    waiting.append((position, min(position + length, end), inner[number]))
                elif number in lists:
                    count += length // _BYTES_PER_PART
                position += length
            else:
                raise IndexError("a group, which these messages do not have")
            if count > _MOST_PARTS:
                return True
    return False


@cache
def _fields(descriptor: Descriptor) -> tuple[dict[int, Descriptor], frozenset[int]]:
    """Numbers of the fields that are messages, with their kind, and of those that are lists of numbers."""
    inner = {field.number: field.message_type for field in descriptor.fields if field.message_type is not None}
    texts = (descriptor.fields[0].TYPE_BYTES, descriptor.fields[0].TYPE_STRING) if descriptor.fields else ()
    others = [field.number for field in descriptor.fields if field.message_type is None and field.type not in texts]
    return inner, frozenset(others)


def _varint(content: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = content[position]
        position += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, position
        shift += 7
        if shift > 63:
            raise IndexError("a number of more than 64 bits")
