"""The strips and tiles of a TIFF page, unpacked (TIFF 6.0, sections 3, 9, 13 to 15).

libtiff stops when it has the bytes that it wants, so it sees only part of the damage. Here every part must have exactly
its length and, with deflate, its checksum.
"""

import zlib

from medgan_tf.data.image_files import tiff_page as tags
from medgan_tf.data.image_files.tiff import DEFLATE, LZW, MOST_PARTS, NONE, OLD_DEFLATE, PACK_BITS
from medgan_tf.data.image_files.tiff_lzw import LzwError, unpack_lzw
from medgan_tf.data.image_files.tiff_page import TiffPage
from medgan_tf.errors import DataError

UNPACKED = frozenset({NONE, LZW, DEFLATE, OLD_DEFLATE, PACK_BITS})
"""The compressions that are unpacked here."""
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
# Programs align strips to words of up to 4 bytes.
_MOST_PADDING = 3


def part_places(page: TiffPage) -> list[tuple[int, int]]:
    """Offset and length of every strip or tile, in the order of the file; length -1 where the file leaves it out."""
    for offsets, lengths in zip(tags.OFFSETS, tags.LENGTHS, strict=True):
        starts = page.values(offsets, MOST_PARTS)
        if starts:
            found = page.values(lengths, MOST_PARTS) or [-1]
            return list(zip(starts, found, strict=False))
    return []


def unpack_part(page: TiffPage, place: tuple[int, int], least: int, most: int, path: object) -> bytes:
    """The first `least` bytes of a strip or tile.

    Args:
        page: The page.
        place: Offset and length in the file.
        least: Bytes of the rows of the part that are in the image.
        most: Bytes that the part may have: the last strip may be as long as the others.
        path: The file, for messages.

    Raises:
        DataError: It is damaged or truncated; names the file.
    """
    start, length = place
    compression = page.value(tags.COMPRESSION, NONE)
    if length < 0:
        length = least if compression == NONE else len(page.data) - start
    if start + length > len(page.data):
        raise DataError(f"{path}: is truncated (a part of its image is after its end); get this file again")
    packed = page.data[start : start + length]
    if page.value(tags.FILL_ORDER, 1) == 2:
        packed = packed.translate(_REVERSED)
    try:
        unpacked = _unpack(packed, compression, least, most)
    except (zlib.error, LzwError) as error:
        raise DataError(f"{path}: is damaged (a part of its image: {error}); get this file again") from error
    if len(unpacked) < least:
        raise DataError(
            f"{path}: is damaged (a part of its image has {len(unpacked)} of {least} bytes); get this file again"
        )
    return unpacked[:least]


def _unpack(packed: bytes, compression: int, least: int, most: int) -> bytes:
    if compression == LZW:
        unpacked = unpack_lzw(packed, most)
        if least < len(unpacked) < most:
            raise LzwError(f"{len(unpacked)} bytes, not {least}")
        return unpacked
    if compression == PACK_BITS:
        return _unpack_bits(packed, least, most)
    if compression == NONE:
        return packed[:least]
    inflate = zlib.decompressobj()
    unpacked = inflate.decompress(packed, most + 1)
    # The end of the stream is where zlib compares the checksum.
    if len(unpacked) > most or not inflate.eof:
        raise zlib.error("more bytes than pixels" if len(unpacked) > most else "its end is missing")
    return unpacked


def _unpack_bits(packed: bytes, least: int, most: int) -> bytes:
    parts: list[bytes] = []
    length, place = 0, 0
    while place < len(packed) and length < most:
        head = packed[place]
        if head < 128:
            part = packed[place + 1 : place + 2 + head]
            place += 2 + head
        else:
            # 128 stands for nothing.
            part = packed[place + 1 : place + 2] * (257 - head) if head > 128 else b""
            place += 2 if head > 128 else 1
        parts.append(part)
        length += len(part)
    if length > most or len(packed) - place > _MOST_PADDING or least + _MOST_PADDING < length < most:
        raise zlib.error(f"runs of {length} bytes, not {least}")
    return b"".join(parts)
