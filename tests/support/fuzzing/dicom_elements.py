"""The elements of a DICOM file in explicit little-endian form, taken apart and joined again without any check."""

import struct
from dataclasses import dataclass, replace

_START = 132
# Those with two more bytes and a length of four (PS3.5 7.1.2).
_LONG = (b"OB", b"OW", b"OF", b"OD", b"OL", b"SQ", b"UC", b"UN", b"UR", b"UT")
_UNKNOWN_LENGTH = 0xFFFFFFFF


@dataclass
class Element:
    """One element as the bytes say it.

    Attributes:
        tag: Group and element.
        vr: Two letters.
        value: The bytes of the value; of an element of unknown length everything up to the end of the file.
        length: Length that is written; None writes that of the value.
    """

    tag: tuple[int, int]
    vr: bytes
    value: bytes
    length: int | None = None

    def copy(self) -> "Element":
        """Another one with the same content."""
        return replace(self)


def split(data: bytes) -> list[Element]:
    """The elements of a file from behind the preamble. Sequences are values like any other."""
    found, place = [], _START
    while place + 8 <= len(data):
        group, number = struct.unpack_from("<HH", data, place)
        vr, start = data[place + 4 : place + 6], place + 8
        length = struct.unpack_from("<H", data, place + 6)[0]
        if vr in _LONG:
            length, start = struct.unpack_from("<I", data, place + 8)[0], place + 12
        unknown = length == _UNKNOWN_LENGTH
        end = len(data) if unknown else start + length
        found.append(Element((group, number), vr, data[start:end], _UNKNOWN_LENGTH if unknown else None))
        place = end
    return found


def join(elements: list[Element], preamble: bytes = b"\0" * 128 + b"DICM") -> bytes:
    """The file."""
    parts = [preamble]
    for one in elements:
        length = len(one.value) if one.length is None else one.length
        parts.append(struct.pack("<HH", *one.tag) + one.vr)
        parts.append(
            struct.pack("<HI", 0, length & 0xFFFFFFFF) if one.vr in _LONG else struct.pack("<H", length & 0xFFFF)
        )
        parts.append(one.value)
    return b"".join(parts)
