"""The directories of a TIFF file (TIFF 6.0, section 2): what it says about its pages."""

from dataclasses import dataclass, field

from medgan_tf.errors import DataError

WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, FILL_ORDER = 256, 257, 258, 259, 262, 266
SAMPLES, ROWS_PER_STRIP, LARGEST_VALUE, PLANES, PREDICTOR, COLOUR_MAP = 277, 278, 281, 284, 317, 320
TILE_WIDTH, TILE_HEIGHT, FORMAT, JPEG_TABLES = 322, 323, 339, 347
OFFSETS, LENGTHS = (273, 324), (279, 325)
_SUBFILE, _OLD_SUBFILE = 254, 255
# Bytes of a value by type: BYTE, SHORT, LONG, and UNDEFINED (of JPEG tables).
_TYPE_BYTES = {1: 1, 3: 2, 4: 4, 7: 1}
_MOST_PAGES = 2**16
_REDUCED, _MASK, _OLD_REDUCED = 1, 4, 2


@dataclass(frozen=True)
class TiffPage:
    """An image file directory: where it starts, and its integer fields by tag as (count, where the values are, bytes of
    each)."""

    data: bytes
    order: str
    start: int
    places: dict[int, tuple[int, int, int]] = field(default_factory=dict)

    def values(self, tag: int, most: int) -> list[int]:
        """The first values of a field; none if it is not there."""
        count, start, size = self.places.get(tag, (0, 0, 1))
        return [
            int.from_bytes(self.data[place : place + size], self.order)
            for place in range(start, start + min(count, most) * size, size)
        ]

    def value(self, tag: int, default: int) -> int:
        """The first value of a field."""
        found = self.values(tag, 1)
        return found[0] if found else default

    def content(self, tag: int) -> bytes:
        """A field as bytes; empty if it is not there."""
        count, start, size = self.places.get(tag, (0, 0, 1))
        return self.data[start : start + count * size]


def find_page(data: bytes, path: object, page: int | None) -> TiffPage:
    """The directory of a page. Thumbnails and masks are no pages (NewSubfileType).

    Args:
        data: All bytes of the file.
        path: The file, for messages.
        page: From 0; None takes the only one.

    Raises:
        DataError: The file has several pages and none is chosen, has no such page, or is damaged.
    """
    order = "little" if data.startswith(b"II") else "big"
    first = int.from_bytes(data[4:8], order)
    # Only the directory that is used must be whole; a file may go on after its first page in any way.
    opening = _read_page(data, first, order, path)
    starts = _page_starts(data, first, order, path)
    if len(starts) > 1 and page is None:
        raise DataError(f"{path}: has {len(starts)} pages; one image was expected (set data.options.frame to take one)")
    if (page or 0) >= len(starts):
        count = f"{len(starts)} pages" if len(starts) > 1 else "1 page"
        raise DataError(f"{path}: has {count}. Received: data.options.frame={page}")
    start = starts[page or 0]
    return opening if start == first else _read_page(data, start, order, path)


def _read_page(data: bytes, start: int, order: str, path: object) -> TiffPage:
    count = int.from_bytes(data[start : start + 2], order)
    end = start + 2 + 12 * count
    if start < 8 or not count or end + 4 > len(data):
        raise DataError(f"{path}: is truncated (its directory is missing); get this file again")
    page = TiffPage(data, order, start)
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
    return page


def _page_starts(data: bytes, position: int, order: str, path: object) -> list[int]:
    """Where the directories of the pages are; of the reduced ones if there are no others."""
    seen: dict[int, bool] = {}
    while position and position + 2 <= len(data):
        if position in seen or len(seen) == _MOST_PAGES:
            raise DataError(f"{path}: its pages lead back to each other or are too many; is the file damaged?")
        seen[position] = _is_reduced(data, position, order)
        place = position + 2 + 12 * int.from_bytes(data[position : position + 2], order)
        position = int.from_bytes(data[place : place + 4], order)
    return [start for start, reduced in seen.items() if not reduced] or list(seen)


def _is_reduced(data: bytes, start: int, order: str) -> bool:
    # Fields are sorted, and these two come first.
    for entry in (start + 2, start + 14):
        tag, kind = (int.from_bytes(data[entry + skip : entry + skip + 2], order) for skip in (0, 2))
        value = int.from_bytes(data[entry + 8 : entry + (10 if kind == 3 else 12)], order)
        if tag == _SUBFILE:
            return bool(value & (_REDUCED | _MASK))
        if tag == _OLD_SUBFILE:
            return value == _OLD_REDUCED
    return False
