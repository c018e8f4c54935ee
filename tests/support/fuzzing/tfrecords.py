"""TFRecord files, taken apart and joined again with the right lengths and sums."""

import functools
import struct


def split(data: bytes) -> list[bytes]:
    """The records."""
    found, place = [], 0
    while place + 12 <= len(data):
        length = struct.unpack_from("<Q", data, place)[0]
        found.append(data[place + 12 : place + 12 + length])
        place += 16 + length
    return found


def join(records: list[bytes]) -> bytes:
    """The file."""
    parts = []
    for record in records:
        length = struct.pack("<Q", len(record))
        parts += [length, struct.pack("<I", _sum(length)), record, struct.pack("<I", _sum(record))]
    return b"".join(parts)


def is_whole(data: bytes) -> bool:
    """Whether the lengths lead to the end of the file."""
    place = 0
    while place + 16 <= len(data):
        place += 16 + struct.unpack_from("<Q", data, place)[0]
    return place == len(data)


@functools.cache
def _steps() -> tuple[int, ...]:
    table = []
    for number in range(256):
        for _ in range(8):
            number = (number >> 1) ^ (0x82F63B78 if number & 1 else 0)
        table.append(number)
    return tuple(table)


@functools.cache
def _sum(data: bytes) -> int:
    """The masked CRC-32C that stands behind lengths and records."""
    steps, value = _steps(), 0xFFFFFFFF
    for byte in data:
        value = steps[(value ^ byte) & 0xFF] ^ (value >> 8)
    value ^= 0xFFFFFFFF
    return (((value >> 15) | (value << 17)) + 0xA282EAD8) & 0xFFFFFFFF
