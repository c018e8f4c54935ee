"""PNG, JPEG and TIFF files taken apart, so that damage to one part leaves lengths and sums of the others right."""

import random
import struct
import zlib
from collections.abc import Callable

from fuzzing import raw_bytes

PNG_START, JPEG_START = b"\x89PNG\r\n\x1a\n", b"\xff\xd8"
_SIZES = [
    0,
    1,
    2,
    3,
    8,
    9,
    15,
    16,
    17,
    255,
    256,
    4096,
    20_000,
    32_000,
    65_535,
    2**20,
    2**27,
    2**31 - 1,
    2**31,
    2**32 - 1,
]
# Width, height, rows of a strip, width and height of a tile.
_SIDES = (256, 257, 278, 322, 323)
_TAGS = (254, 256, 257, 258, 259, 262, 273, 277, 284, 317, 322, 330, 339)
_TIFF_TYPES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}


def damaged(data: bytes, choice: random.Random) -> bytes:
    """A file with damage to some of its parts; a file of another kind with damage to its bytes."""
    changed = _changer(data)
    for _ in range(choice.choice((1, 1, 2, 3))):
        data = changed(data, choice)
    return data


def has_header(data: bytes) -> bool:
    """Whether the header says how large the image is."""
    if data.startswith(PNG_START):
        return data[12:16] == b"IHDR" and data[29:33] == struct.pack(">I", zlib.crc32(data[12:29]))
    if data.startswith(JPEG_START):
        return any(kind in range(0xC0, 0xC3) and len(part) >= 10 for kind, part in jpeg_parts(data))
    if data[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        found = tiff_fields(data)
        return {256, 257} <= {tag for tag, *_ in found}
    return data.startswith(b"BM") and len(data) >= 26


def _changer(data: bytes) -> Callable[[bytes, random.Random], bytes]:
    if data.startswith(PNG_START):
        return _png
    if data.startswith(JPEG_START):
        return _jpeg
    if data[:2] in (b"II", b"MM"):
        return _tiff
    return raw_bytes.damaged


def png_chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    """Kind and content of each chunk."""
    found, place = [], len(PNG_START)
    while place + 12 <= len(data):
        length = int.from_bytes(data[place : place + 4], "big")
        found.append((data[place + 4 : place + 8], data[place + 8 : place + 8 + length]))
        place += 12 + length
    return found


def join_png(chunks: list[tuple[bytes, bytes]]) -> bytes:
    """The file, with the right lengths and sums."""
    parts = [PNG_START]
    for kind, content in chunks:
        parts.append(struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content)))
    return b"".join(parts)


def _png(data: bytes, choice: random.Random) -> bytes:
    chunks = png_chunks(data)
    if not chunks:
        return raw_bytes.damaged(data, choice)
    place, how = choice.randrange(len(chunks)), choice.randrange(9)
    kind, content = chunks[place]
    if how == 8:
        # A length that is not true, in the place of a chunk's.
        start = len(join_png(chunks[:place]))
        return data[:start] + choice.choice(_SIZES).to_bytes(4, "big") + data[start + 4 :]
    if how <= 2 and len(chunks[0][1]) == 13:
        width, height, *rest = struct.unpack(">IIBBBBB", chunks[0][1])
        which = choice.randrange(7)
        if which == 0:
            width = choice.choice([*_SIZES, width + 1, height])
        elif which == 1:
            height = choice.choice([*_SIZES, height + 1, width])
        else:
            rest[which - 2] = choice.choice([0, 1, 2, 3, 4, 6, 8, 16, 32, 255])
        chunks[0] = (b"IHDR", struct.pack(">IIBBBBB", width, height, *rest))
    elif how == 3:
        chunks[place] = (kind, raw_bytes.damaged(content, choice))
    elif how == 4:
        chunks[place] = (kind, _deflated_again(content, choice))
    elif how == 5 and len(chunks) > 1:
        del chunks[place]
    elif how == 6:
        odd = choice.choice(
            [b"PLTE", b"tRNS", b"acTL", b"fcTL", b"fdAT", b"iCCP", b"eXIf", b"zTXt", b"gAMA", b"IDAT", b"IEND"]
        )
        chunks.insert(
            place, (odd, choice.choice([b"", b"\0", content, bytes(768), b"x\0\0" + zlib.compress(bytes(10**6))]))
        )
    else:
        chunks.insert(place, chunks[place])
    return join_png(chunks)


def _deflated_again(content: bytes, choice: random.Random) -> bytes:
    """A stream with other rows in it."""
    try:
        rows = zlib.decompress(content)
    except zlib.error:
        return raw_bytes.damaged(content, choice)
    return zlib.compress(choice.choice([rows * 2, rows[:-1], rows[: len(rows) // 2], b"", bytes(10**6), rows[::-1]]))


def jpeg_parts(data: bytes) -> list[tuple[int, bytes]]:
    """Marker and bytes of each segment; the last is all from the first scan on, under the marker of a scan."""
    found, place = [], 2
    while place + 4 <= len(data) and data[place] == 0xFF:
        marker = data[place + 1]
        length = 2 + int.from_bytes(data[place + 2 : place + 4], "big")
        end = len(data) if marker == 0xDA else place + length
        found.append((marker, data[place:end]))
        place = end
    return found


def _jpeg(data: bytes, choice: random.Random) -> bytes:
    parts = [bytes(part) for _, part in jpeg_parts(data)]
    if not parts:
        return raw_bytes.damaged(data, choice)
    place, how = choice.randrange(len(parts)), choice.randrange(10)
    if how <= 2:
        place = next((n for n, part in enumerate(parts) if part[1] in range(0xC0, 0xC3) and len(part) > 9), None)
        if place is not None:
            part = bytearray(parts[place])
            offset, size = choice.choice([(4, 1), (5, 2), (5, 2), (7, 2), (7, 2), (9, 1), (1, 1)])
            value = choice.choice(_SIZES) if offset > 1 else choice.choice([0xC0, 0xC1, 0xC2, 0xC3, 0xC9, 0xCA])
            part[offset : offset + size] = (value % 256**size).to_bytes(size, "big")
            parts[place] = bytes(part)
    elif how <= 4:
        part = parts[place]
        parts[place] = part[:4] + raw_bytes.damaged(part[4:], choice)
    elif how == 5 and len(parts) > 1:
        del parts[place]
    elif how == 6:
        odd = choice.choice(
            [b"\xff\x01", b"\xff\xd0", b"\xff\xff", b"\xff\xd8", b"\xff\xdd\x00\x04\x00\x01", b"\xff\xd9", b"\xff\x00"]
        )
        parts.insert(place, odd * choice.choice((1, 1, 1000)))
    elif how == 7:
        parts.insert(place, parts[place])
    elif how == 8:
        # The last part is the scan: many scans of a progressive file.
        scan = parts[-1].removesuffix(b"\xff\xd9")
        parts[-1] = scan * choice.choice((2, 10, 100)) + b"\xff\xd9"
    else:
        parts[place] = parts[place][:2] + choice.choice(_SIZES).to_bytes(4, "big")[2:] + parts[place][4:]
    return data[:2] + b"".join(parts)


def tiff_fields(data: bytes) -> list[tuple[int, int, int, int]]:
    """Tag, type, count and place of each entry of the first directory; of a 64-bit file as well."""
    order = "<" if data[:2] == b"II" else ">"
    large = data[2:4] in (b"+\0", b"\0+")
    try:
        if large:
            start = struct.unpack_from(order + "Q", data, 8)[0]
            count, size, first, form = struct.unpack_from(order + "Q", data, start)[0], 20, start + 8, "HHQ"
        else:
            start = struct.unpack_from(order + "I", data, 4)[0]
            count, size, first, form = struct.unpack_from(order + "H", data, start)[0], 12, start + 2, "HHI"
        places = [first + number * size for number in range(min(count, 100))]
        return [
            (*struct.unpack_from(order + form, data, place), place) for place in places if place + size <= len(data)
        ]
    except (struct.error, OverflowError):
        return []


def _tiff(data: bytes, choice: random.Random) -> bytes:
    fields, order = tiff_fields(data), "<" if data[:2] == b"II" else ">"
    if not fields or choice.random() < 0.2:
        return raw_bytes.damaged(data, choice)
    changed, large = bytearray(data), data[2:4] in (b"+\0", b"\0+")
    _, kind, _, place = choice.choice(fields)
    value = choice.choice([*_SIZES, len(data), len(data) - 4, *range(1, 9)])
    how = choice.randrange(9)
    if how <= 5:
        # Width, height and rows of a strip together are an image; one of them alone is mostly no more than damage.
        together = [(kind, place) for tag, kind, _, place in fields if tag in _SIDES]
        for form, at in together if how == 5 else [(kind, place)]:
            size = min(_TIFF_TYPES.get(form, 4), 8 if large else 4)
            offset = at + (12 if large else 8)
            changed[offset : offset + size] = (value % 256**size).to_bytes(size, "little" if order == "<" else "big")
    elif how == 6:
        struct.pack_into(order + "H", changed, place, choice.choice(_TAGS))
    elif how == 7:
        struct.pack_into(order + "H", changed, place + 2, choice.choice([*_TIFF_TYPES, 0, 99]))
    else:
        struct.pack_into(order + ("Q" if large else "I"), changed, place + 4, value)
    return bytes(changed)
