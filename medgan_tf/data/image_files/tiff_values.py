"""The values of a TIFF page as an array, whatever its layout."""

import cv2
import numpy as np

from medgan_tf.data.image_files import tiff_page as tags
from medgan_tf.data.image_files.decoder_messages import listen
from medgan_tf.data.image_files.jpeg_damage import check_jpeg_is_whole
from medgan_tf.data.image_files.scaling import StoredImage
from medgan_tf.data.image_files.tiff import JPEG
from medgan_tf.data.image_files.tiff_page import TiffPage
from medgan_tf.data.image_files.tiff_parts import UNPACKED, part_places, unpack_part
from medgan_tf.errors import DataError

_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _PALETTE = range(4)
_UNSIGNED, _SIGNED, _FLOAT, _UNDEFINED = range(1, 5)
_KINDS = {_UNSIGNED: "u", _SIGNED: "i", _FLOAT: "f", _UNDEFINED: "u"}
_HORIZONTAL, _FLOATING = 2, 3
_PACKED_BITS = (1, 2, 4, 10, 12, 14)
_WHOLE_BITS = (8, 16, 32, 64)


def read_tiff(page: TiffPage, path: object) -> StoredImage | None:
    """Grey values [H, W] of a page that `check_tiff` has passed; colour becomes luma (ITU-R BT.601). Transparency and
    other extra samples are ignored. None where OpenCV, which decodes fax, JPEG and rare colours, cannot decode it.

    Raises:
        DataError: It is damaged, or of a kind that is not read; names the file.
    """
    photometric = page.value(tags.PHOTOMETRIC, _BLACK_IS_ZERO)
    if page.value(tags.COMPRESSION, 1) not in UNPACKED or photometric > _PALETTE:
        return _decode_by_opencv(page, path)
    if page.value(tags.SAMPLES, 1) < 1:
        raise DataError(f"{path}: has pixels without a value (0 samples per pixel); is the file damaged?")
    bits = _bits(page, path)
    if photometric == _RGB:
        if page.value(tags.SAMPLES, 1) < 3:
            raise DataError(f"{path}: has no three colours, as it claims; is the file damaged?")
        return StoredImage(_luma(_samples(page, bits, 3, path)))
    values = _samples(page, bits, 1, path)[:, :, 0]
    if photometric == _PALETTE:
        return StoredImage(_looked_up(page, values, bits, path))
    if bits < 8:
        values = (values * (255 // (2**bits - 1))).astype(np.uint8)
    largest = page.value(tags.LARGEST_VALUE, 0).bit_length()
    declared = largest or (bits if bits in _PACKED_BITS and bits > 8 else None)
    return StoredImage(values, white_is_zero=photometric == _WHITE_IS_ZERO, bits=declared)


def _bits(page: TiffPage, path: object) -> int:
    found = set(page.values(tags.BITS, page.value(tags.SAMPLES, 1)) or [1])
    kinds = set(page.values(tags.FORMAT, page.value(tags.SAMPLES, 1)) or [_UNSIGNED])
    bits, kind = found.pop(), kinds.pop()
    whole = bits in _WHOLE_BITS and kind in _KINDS and not (kind == _FLOAT and bits == 8)
    if found or kinds or not (whole or (bits in _PACKED_BITS and kind in (_UNSIGNED, _UNDEFINED))):
        raise DataError(
            f"{path}: expected values of 1 to 64 bits, integers or floating-point numbers. Received: "
            f"{bits} bits of sample format {kind}; save it as 16-bit TIFF or PNG"
        )
    return bits


def _samples(page: TiffPage, bits: int, wanted: int, path: object) -> np.ndarray:
    """The first samples of all pixels, [H, W, wanted]."""
    stored = page.value(tags.SAMPLES, 1)
    if page.value(tags.PLANES, 1) == 2:
        planes = [_plane(page, bits, 1, number, path) for number in range(wanted)]
        return np.concatenate(planes, axis=2)
    return _plane(page, bits, stored, 0, path)[:, :, :wanted]


def _plane(page: TiffPage, bits: int, samples: int, number: int, path: object) -> np.ndarray:
    """A plane with all its samples, [H, W, samples], put together from its strips or tiles."""
    height, width = page.value(tags.HEIGHT, 0), page.value(tags.WIDTH, 0)
    part_width = page.value(tags.TILE_WIDTH, width)
    tiled = tags.TILE_WIDTH in page.places
    part_height = page.value(tags.TILE_HEIGHT, 0) if tiled else page.value(tags.ROWS_PER_STRIP, height)
    part_height = part_height if tiled else min(max(1, part_height), height)
    across, down = -(-width // part_width), -(-height // part_height)
    places = part_places(page)[number * across * down : (number + 1) * across * down]
    if len(places) < across * down:
        raise DataError(f"{path}: has {len(places)} of {across * down} strips or tiles; is the file damaged?")
    row_bytes = -(-part_width * samples * bits // 8)
    plane = None
    for index, place in enumerate(places):
        top, left = index // across * part_height, index % across * part_width
        rows = part_height if tiled else min(part_height, height - top)
        packed = unpack_part(page, place, rows * row_bytes, part_height * row_bytes, path)
        part = _numbers(page, np.frombuffer(packed, np.uint8).reshape(rows, row_bytes), bits, part_width, samples)
        if plane is None:
            plane = np.empty((height, width, samples), part.dtype)
        seen = plane[top : top + rows, left : left + part_width]
        seen[:] = part[: seen.shape[0], : seen.shape[1]]
    return plane


def _numbers(page: TiffPage, rows: np.ndarray, bits: int, width: int, samples: int) -> np.ndarray:
    """Bytes [rows, bytes of a row] as numbers [rows, width, samples] in this machine's byte order."""
    shape = (len(rows), width, samples)
    if bits in _PACKED_BITS:
        single = np.unpackbits(rows, axis=1)[:, : width * samples * bits].reshape(*shape, bits)
        wide = np.zeros((*shape, 8 if bits < 8 else 16), np.uint8)
        wide[..., -bits:] = single
        packed = np.packbits(wide, axis=-1)
        return packed[..., 0] if bits < 8 else packed.view(">u2")[..., 0].astype(np.uint16)
    kind = _KINDS[page.value(tags.FORMAT, _UNSIGNED)]
    predictor = page.value(tags.PREDICTOR, 1)
    size = bits // 8
    if predictor == _FLOATING:
        # Technical note 3: differences of bytes, those of equal weight together, the highest first.
        summed = np.add.accumulate(rows.reshape(len(rows), -1, samples), axis=1, dtype=np.uint8)
        weights = summed.reshape(len(rows), size, -1).transpose(0, 2, 1)
        return np.ascontiguousarray(weights).view(f">{kind}{size}").reshape(shape).astype(f"{kind}{size}")
    order = "<" if page.order == "little" else ">"
    numbers = rows.view(f"{order}u{size}").reshape(shape).astype(f"u{size}")
    if predictor == _HORIZONTAL:
        numbers = np.add.accumulate(numbers, axis=1, dtype=numbers.dtype)
    return numbers.view(f"{kind}{size}")


def _looked_up(page: TiffPage, values: np.ndarray, bits: int, path: object) -> np.ndarray:
    """The luma of a palette's colours."""
    entries = 2**bits
    colours = np.array(page.values(tags.COLOUR_MAP, 3 * entries), np.float64)
    if bits > 8 or len(colours) < 3 * entries:
        raise DataError(f"{path}: has a palette of {len(colours) // 3} colours for {bits} bits; save it as PNG")
    # Programs that wrote 8-bit colours by mistake are many.
    eight = colours if colours.max() < 256 else colours * (255 / 65535)
    palette = np.rint(eight).astype(np.uint8).reshape(3, 1, entries).transpose(1, 2, 0)
    return cv2.cvtColor(np.ascontiguousarray(palette), cv2.COLOR_RGB2GRAY)[0][values]


def _luma(colour: np.ndarray) -> np.ndarray:
    if colour.dtype not in (np.uint8, np.uint16):
        colour = colour.astype(np.float32)
    return cv2.cvtColor(np.ascontiguousarray(colour), cv2.COLOR_RGB2GRAY)


def _decode_by_opencv(page: TiffPage, path: object) -> StoredImage | None:
    if page.value(tags.COMPRESSION, 1) == JPEG:
        tables = page.content(tags.JPEG_TABLES)
        for start, length in part_places(page):
            part = page.data[start : start + max(0, length)]
            # The tables are a JPEG stream of their own: from its start to before its end marker.
            check_jpeg_is_whole(tables[:-2] + part[2:] if len(tables) > 4 else part, path)
    # OpenCV reads the first page.
    data = page.data[:4] + page.start.to_bytes(4, page.order) + page.data[8:]
    coded = np.frombuffer(data, np.uint8)
    image, messages = listen(lambda: cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE | cv2.IMREAD_ANYDEPTH))
    damage = next((line.partition("TIFF_Error ")[2] for line in messages if "TIFF_Error " in line), None)
    if damage is not None:
        raise DataError(f"{path}: is damaged ({damage}); get this file again")
    return None if image is None else StoredImage(image)
