"""What a TIFF file claims (TIFF 6.0, section 2), without decoding."""

from dataclasses import dataclass, field

from medgan_tf.data.image_files.jpeg import MOST_SCANS
from medgan_tf.data.image_files.limits import check_size
from medgan_tf.errors import DataError

TIFF_STARTS = (b"II*\0", b"MM\0*")
BIG_TIFF_STARTS = (b"II+\0", b"MM\0+")

_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _SAMPLES, _ROWS_PER_STRIP, _PLANES = 256, 257, 258, 259, 277, 278, 284
_TILE_WIDTH, _TILE_HEIGHT = 322, 323
_OFFSETS, _LENGTHS = (273, 324), (279, 325)
_TYPE_BYTES = {1: 1, 3: 2, 4: 4}
_JPEG = 7
_COMPRESSIONS = frozenset({1, 2, 3, 4, 5, _JPEG, 8, 32773, 32946})
"""None, fax, LZW, JPEG, deflate and PackBits: those of medical images. Every other decoder is one more way in."""
_MOST_PAGES, _MOST_PARTS, _LARGEST_TILE = 2**16, 2**18, 2**24


@dataclass(frozen=True)
class _Page:
    """The integer fields of an image file directory, by tag: (count, where the values are, bytes of each)."""

    data: bytes
    order: str
    places: dict[int, tuple[int, int, int]] = field(default_factory=dict)

    def values(self, tag: int, most: int) -> list[int]:
        count, start, size = self.places.get(tag, (0, 0, 1))
        return [
            int.from_bytes(self.data[place : place + size], self.order)
            for place in range(start, start + min(count, most) * size, size)
        ]

    def value(self, tag: int, default: int) -> int:
        found = self.values(tag, 1)
        return found[0] if found else default


def check_tiff(data: bytes, path: object) -> None:
    """Raises `DataError` for a TIFF whose first page is damaged, above the limits or compressed in a rare way."""
    order = "little" if data.startswith(b"II") else "big"
    page, following = _read_page(data, int.from_bytes(data[4:8], order), order, path)
    _check_chain(data, following, order, path)
    width, height = page.value(_WIDTH, 0), page.value(_HEIGHT, 0)
    samples = page.value(_SAMPLES, 1)
    bits = page.values(_BITS, samples) or [1]
    if max(bits) > 16:
        raise DataError(f"{path}: expected 8 or 16 bits per pixel. Received: {max(bits)} bits")
    per_pixel = samples * max(1, max(bits) / 8)
    check_size(path, height, width, per_pixel)
    compression = page.value(_COMPRESSION, 1)
    if compression not in _COMPRESSIONS:
        raise DataError(f"{path}: its compression {compression} is not read; save it uncompressed, as LZW or as PNG")
    parts = _check_parts(page, height, width, per_pixel, path)
    if parts * (samples if page.value(_PLANES, 1) == 2 else 1) > _MOST_PARTS:
        raise DataError(f"{path}: has {parts} strips or tiles, more than {_MOST_PARTS}; is the file damaged?")
    if compression == _JPEG:
        _check_scans(page, path)


def _read_page(data: bytes, start: int, order: str, path: object) -> tuple[_Page, int]:
    """A directory, and where the next one is (0 after the last)."""
    count = int.from_bytes(data[start : start + 2], order)
    end = start + 2 + 12 * count
    if start < 8 or not count or end + 4 > len(data):
        raise DataError(f"{path}: is truncated (its directory is missing); get this file again")
    page = _Page(data, order)
    for entry in range(start + 2, end, 12):
        tag, kind = (int.from_bytes(data[entry + skip : entry + skip + 2], order) for skip in (0, 2))
        values = int.from_bytes(data[entry + 4 : entry + 8], order)
        size = _TYPE_BYTES.get(kind)
        if size is None:
            continue
        inside = values * size <= 4
        place = entry + 8 if inside else int.from_bytes(data[entry + 8 : entry + 12], order)
        if place + values * size > len(data):
            raise DataError(f"{path}: is truncated (field {tag} is after its end); get this file again")
        # Decoders differ in which of two equal fields they take.
        if tag in page.places:
            raise DataError(f"{path}: has the field {tag} twice; is the file damaged?")
        page.places[tag] = values, place, size
    return page, int.from_bytes(data[end : end + 4], order)


def _check_chain(data: bytes, position: int, order: str, path: object) -> None:
    """Follows the directories of further pages, which are not read: only that there is an end."""
    seen = set()
    while position and position + 2 <= len(data):
        if position in seen or len(seen) == _MOST_PAGES:
            raise DataError(f"{path}: its pages lead back to each other or are too many; is the file damaged?")
        seen.add(position)
        place = position + 2 + 12 * int.from_bytes(data[position : position + 2], order)
        position = int.from_bytes(data[place : place + 4], order)


def _check_parts(page: _Page, height: int, width: int, per_pixel: float, path: object) -> int:
    """The number of strips or tiles of one plane; refuses tiles that are large whatever the image is."""
    if _TILE_WIDTH not in page.places and _TILE_HEIGHT not in page.places:
        return -(-height // max(1, page.value(_ROWS_PER_STRIP, height)))
    tile_width, tile_height = page.value(_TILE_WIDTH, 0), page.value(_TILE_HEIGHT, 0)
    if tile_width < 1 or tile_height < 1 or tile_width * tile_height > _LARGEST_TILE:
        raise DataError(f"{path}: claims tiles of {tile_height} x {tile_width} pixels; is the file damaged?")
    check_size(path, tile_height, tile_width, per_pixel)
    return -(-height // tile_height) * -(-width // tile_width)


def _check_scans(page: _Page, path: object) -> None:
    for offsets, lengths in zip(_OFFSETS, _LENGTHS, strict=True):
        places = page.values(offsets, _MOST_PARTS), page.values(lengths, _MOST_PARTS)
        for start, length in zip(*places, strict=False):
            if page.data.count(b"\xff\xda", start, start + length) > MOST_SCANS:
                raise DataError(f"{path}: a part of it has more than {MOST_SCANS} scans; is the file damaged?")
