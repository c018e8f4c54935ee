"""The values that a PNG, JPEG or TIFF file stores, whatever its format."""

import cv2
import numpy as np

from medgan_tf.data.image_files.check import check_image
from medgan_tf.data.image_files.decoder_messages import listen
from medgan_tf.data.image_files.jpeg import JpegHeader
from medgan_tf.data.image_files.jpeg_damage import decode_jpeg
from medgan_tf.data.image_files.png import explain_damage, significant_bits
from medgan_tf.data.image_files.scaling import StoredImage
from medgan_tf.data.image_files.tiff_page import TiffPage
from medgan_tf.data.image_files.tiff_values import read_tiff
from medgan_tf.errors import DataError

_GREY = cv2.IMREAD_GRAYSCALE | cv2.IMREAD_ANYDEPTH


def read_stored(data: bytes, path: object, page: int | None = None) -> StoredImage:
    """Decodes an image file to grey values [H, W].

    Args:
        data: All bytes of the file.
        path: The file, for messages.
        page: Page of a TIFF with several, from 0.

    Raises:
        DataError: It is no PNG, JPEG or TIFF, truncated, damaged, above the limits, or has several pages and none is
            chosen; names the file.
    """
    # A few bytes can claim, and even unpack to, any size: looked at before a decoder allocates it.
    found = check_image(data, path, page)
    if isinstance(found, TiffPage):
        stored = read_tiff(found, path)
    elif isinstance(found, JpegHeader):
        image = decode_jpeg(data, path, found)
        stored = None if image is None else StoredImage(image)
    else:
        stored = _read_png(data, path)
    if stored is None:
        raise DataError(f"{path}: is not a PNG, JPEG or TIFF image that OpenCV can decode; is the file damaged?")
    return stored


def _read_png(data: bytes, path: object) -> StoredImage | None:
    # libpng refuses chunks with a wrong checksum and pictures with missing rows.
    image, messages = listen(lambda: cv2.imdecode(np.frombuffer(data, np.uint8), _GREY))
    damage = explain_damage(data, path) if image is None else None
    damage = damage or next((line for line in messages if line.startswith("libpng error")), None)
    if damage is not None:
        raise DataError(f"{path}: is damaged ({damage}); get this file again")
    return None if image is None else StoredImage(image, bits=significant_bits(data, path))
