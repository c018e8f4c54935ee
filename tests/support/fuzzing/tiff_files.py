"""TIFF files that OpenCV does not write: of 64 bits, and in tiles (TIFF 6.0 section 15, BigTIFF)."""

import struct
import zlib

import numpy as np

_DEFLATE = 8


def written(pixels: np.ndarray, large: bool = False, tile: int | None = None) -> bytes:
    """A grey file, deflated.

    Args:
        pixels: uint8 [H, W].
        large: Whether places in the file have 64 bits.
        tile: Side of the tiles; None writes one strip.
    """
    height, width = pixels.shape
    if tile is None:
        pieces, fields, places, lengths = [pixels], {278: [height]}, 273, 279
    else:
        padded = np.pad(pixels, [(0, -side % tile) for side in pixels.shape])
        rows, columns = (side // tile for side in padded.shape)
        pieces = [padded[y * tile :, x * tile :][:tile, :tile] for y in range(rows) for x in range(columns)]
        fields, places, lengths = {322: [tile], 323: [tile]}, 324, 325
    packed = [zlib.compress(piece.tobytes()) for piece in pieces]
    body, start = b"".join(packed), 16 if large else 8
    starts = [start + sum(map(len, packed[:number])) for number in range(len(packed))]
    fields |= {256: [width], 257: [height], 258: [8], 259: [_DEFLATE], 262: [1], 277: [1]}
    fields |= {places: starts, lengths: list(map(len, packed))}
    end = start + len(body)
    head = struct.pack("<2sHHHQ", b"II", 43, 8, 0, end) if large else struct.pack("<2sHI", b"II", 42, end)
    return head + body + _directory(dict(sorted(fields.items())), end, large)


def _directory(fields: dict[int, list[int]], place: int, large: bool) -> bytes:
    """The directory at a place, and behind it the values that have no room in it."""
    count, entry, room, kind, number = ("<Q", "<HHQ", 8, 16, "Q") if large else ("<H", "<HHI", 4, 4, "I")
    size = struct.calcsize(count) + len(fields) * (struct.calcsize(entry) + room) + room
    entries, behind = struct.pack(count, len(fields)), b""
    for tag, values in fields.items():
        data = struct.pack(f"<{len(values)}{number}", *values)
        if len(data) > room:
            data, behind = struct.pack(f"<{number}", place + size + len(behind)), behind + data
        entries += struct.pack(entry, tag, kind, len(values)) + data.ljust(room, b"\0")
    return entries + bytes(room) + behind
