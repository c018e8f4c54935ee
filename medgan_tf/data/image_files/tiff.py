"""What a page of a TIFF file claims (TIFF 6.0, section 2), looked at before it is decoded."""

from medgan_tf.data.image_files import tiff_page as tags
from medgan_tf.data.image_files.jpeg import MOST_SCANS
from medgan_tf.data.image_files.limits import check_size
from medgan_tf.data.image_files.tiff_page import TiffPage, find_page
from medgan_tf.errors import DataError

TIFF_STARTS = (b"II*\0", b"MM\0*")
BIG_TIFF_STARTS = (b"II+\0", b"MM\0+")

NONE, LZW, JPEG, DEFLATE, OLD_DEFLATE, PACK_BITS = 1, 5, 7, 8, 32946, 32773
_COMPRESSIONS = frozenset({NONE, 2, 3, 4, LZW, JPEG, DEFLATE, OLD_DEFLATE, PACK_BITS})
"""Also fax (2 to 4): those of medical images. Every other decoder is one more way in."""
MOST_PARTS = 2**18
_LARGEST_TILE = 2**24
_MOST_BITS = 64


def check_tiff(data: bytes, path: object, page: int | None = None) -> TiffPage:
    """The directory of a page, from 0; None takes the only one.

    Raises:
        DataError: There are several pages and none is chosen, or the page is damaged, above the limits or compressed in
            a rare way.
    """
    found = find_page(data, path, page)
    width, height = found.value(tags.WIDTH, 0), found.value(tags.HEIGHT, 0)
    samples = found.value(tags.SAMPLES, 1)
    bits = found.values(tags.BITS, samples) or [1]
    if max(bits) > _MOST_BITS:
        raise DataError(f"{path}: expected at most {_MOST_BITS} bits per value. Received: {max(bits)} bits")
    per_pixel = samples * max(1, max(bits) / 8)
    check_size(path, height, width, per_pixel)
    compression = found.value(tags.COMPRESSION, 1)
    if compression not in _COMPRESSIONS:
        raise DataError(f"{path}: its compression {compression} is not read; save it uncompressed, as LZW or as PNG")
    parts = _check_parts(found, height, width, per_pixel, path)
    if parts * (samples if found.value(tags.PLANES, 1) == 2 else 1) > MOST_PARTS:
        raise DataError(f"{path}: has {parts} strips or tiles, more than {MOST_PARTS}; is the file damaged?")
    if compression == JPEG:
        _check_scans(found, path)
    return found


def _check_parts(page: TiffPage, height: int, width: int, per_pixel: float, path: object) -> int:
    """The number of strips or tiles of one plane; refuses tiles that are large whatever the image is."""
    if tags.TILE_WIDTH not in page.places and tags.TILE_HEIGHT not in page.places:
        return -(-height // max(1, page.value(tags.ROWS_PER_STRIP, height)))
    tile_width, tile_height = page.value(tags.TILE_WIDTH, 0), page.value(tags.TILE_HEIGHT, 0)
    if tile_width < 1 or tile_height < 1 or tile_width * tile_height > _LARGEST_TILE:
        raise DataError(f"{path}: claims tiles of {tile_height} x {tile_width} pixels; is the file damaged?")
    check_size(path, tile_height, tile_width, per_pixel)
    return -(-height // tile_height) * -(-width // tile_width)


def _check_scans(page: TiffPage, path: object) -> None:
    for offsets, lengths in zip(tags.OFFSETS, tags.LENGTHS, strict=True):
        places = page.values(offsets, MOST_PARTS), page.values(lengths, MOST_PARTS)
        for start, length in zip(*places, strict=False):
            if page.data.count(b"\xff\xda", start, start + length) > MOST_SCANS:
                raise DataError(f"{path}: a part of it has more than {MOST_SCANS} scans; is the file damaged?")
