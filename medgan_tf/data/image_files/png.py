"""What a PNG file claims (PNG 1.2, chapters 3 and 4), without decoding."""

import zlib
from collections.abc import Iterator

from medgan_tf.data.image_files.limits import check_size
from medgan_tf.errors import DataError

PNG_START = b"\x89PNG\r\n\x1a\n"
_END = b"IEND\xaeB`\x82"
# Samples of a pixel by colour type; a palette's index becomes three.
_SAMPLES = {0: 1, 2: 3, 3: 3, 4: 2, 6: 4}
_MOST_CHUNKS = 2**18
_MOST_TEXT = 2**23
"""Colour profiles and compressed texts together, unpacked, bytes; libpng allows as much for each of a thousand."""


def check_png(data: bytes, path: object) -> None:
    """Raises `DataError` for a PNG that is truncated, above the limits, an animation, or hides a large text."""
    if data.rfind(_END) < 0:
        raise DataError(f"{path}: is truncated (its end marker is missing); get this file again")
    length, kind = int.from_bytes(data[8:12]), data[12:16]
    if kind != b"IHDR" or length != 13:
        raise DataError(f"{path}: does not begin with its size; is the file damaged?")
    width, height, bits, colour = int.from_bytes(data[16:20]), int.from_bytes(data[20:24]), data[24], data[25]
    check_size(path, height, width, _SAMPLES.get(colour, 4) * max(1, bits // 8))
    unpacked = 0
    for kind, start, end in _chunks(data, path):
        if kind == b"acTL":
            raise DataError(f"{path}: is an animation; one image was expected")
        if kind in (b"iCCP", b"zTXt", b"iTXt"):
            unpacked += _unpacked(kind, data[start:end], _MOST_TEXT - unpacked)
            if unpacked >= _MOST_TEXT:
                raise DataError(f"{path}: has texts that unpack to more than {_MOST_TEXT} bytes; is the file damaged?")


def significant_bits(data: bytes, path: object) -> int | None:
    """The bits of grey that the file says were in use before it was written (sBIT, 4.2.6); None if it does not say."""
    for kind, start, end in _chunks(data, path):
        if kind == b"sBIT" and end > start:
            return data[start]
        if kind == b"IDAT":
            return None
    return None


def explain_damage(data: bytes, path: object) -> str | None:
    """What is wrong with a file that libpng refused, as far as its checksums tell."""
    for kind, start, end in _chunks(data, path):
        if zlib.crc32(data[start - 4 : end]) != int.from_bytes(data[end : end + 4]):
            return f"the checksum of its chunk {kind.decode('latin-1')!r} is wrong"
    return None


def _chunks(data: bytes, path: object) -> Iterator[tuple[bytes, int, int]]:
    """Kind and place of the content of every chunk up to the end of the image."""
    position = len(PNG_START)
    for _ in range(_MOST_CHUNKS):
        start = position + 8
        end = start + int.from_bytes(data[position : position + 4])
        kind = data[position + 4 : start]
        if end + 4 > len(data):
            raise DataError(f"{path}: has a chunk that goes on after its end; is the file damaged?")
        if kind == b"IEND":
            return
        yield kind, start, end
        position = end + 4
    raise DataError(f"{path}: has more than {_MOST_CHUNKS} chunks; is the file damaged?")


def _unpacked(kind: bytes, content: bytes, most: int) -> int:
    """Bytes of the compressed part of a chunk once unpacked, counted up to `most`."""
    _, _, rest = content.partition(b"\0")
    if kind == b"iTXt":
        if rest[:1] != b"\1":
            return 0
        rest = rest[2:].partition(b"\0")[2].partition(b"\0")[2]
    else:
        rest = rest[1:]
    try:
        return len(zlib.decompressobj().decompress(rest, most))
    except zlib.error:
        return 0
