"""Grey images from PNG, JPEG and TIFF files or from a generator, as the square uint8 images that are stored."""

import cv2
import numpy as np

from medgan_tf.data.image_files.check import check_image
from medgan_tf.data.image_files.limits import MAX_BYTES
from medgan_tf.data.image_files.options import PLAIN, GreyOptions
from medgan_tf.errors import DataError
from medgan_tf.files.regular_files import read_regular

NEEDS_MEMORY = "needs more memory than a reader process may take (data.reader_memory); is the file damaged?"


def read_grey(path: str, options: GreyOptions = PLAIN) -> np.ndarray:
    """One PNG, JPEG or TIFF file as uint8 grey [H, W], decoded in this process.

    Colour becomes luma (ITU-R BT.601); 16-bit images are scaled so that their maximum is 255.
    `reading.grey.read_greys` reads many files, in processes of their own.

    Raises:
        DataError: The file is missing, truncated, no image of these formats, or claims more than
            `image_files.limits` allows; names it.
    """
    return decode_grey(read_regular(path, MAX_BYTES), path, options)


def decode_grey(data: bytes, path: str, options: GreyOptions = PLAIN) -> np.ndarray:
    """As `read_grey`, from the bytes of a file; `path` is for messages."""
    # A few bytes can claim, and even unpack to, any size: looked at before the decoder allocates it. OpenCV also fills
    # the missing part of a truncated JPEG with grey and reports success.
    check_image(data, path)
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE | cv2.IMREAD_ANYDEPTH)
    except MemoryError as error:
        raise DataError(f"{path}: {NEEDS_MEMORY}") from error
    except cv2.error as error:
        if error.code == cv2.Error.STS_NO_MEM:
            raise DataError(f"{path}: {NEEDS_MEMORY}") from error
        raise DataError(f"{path}: cannot be decoded: {error.err}") from error
    if image is None:
        raise DataError(f"{path}: is not a PNG, JPEG or TIFF image that OpenCV can decode")
    if image.dtype == np.uint8:
        return image
    if image.dtype == np.uint16:
        return scale_to_maximum(image)
    raise DataError(f"{path}: expected 8 or 16 bits per pixel. Received: {image.dtype}")


def resize_area(image: np.ndarray, resolution: int) -> np.ndarray:
    """Resizes [H, W] to a square [R, R], area averaging where it shrinks and linear where it grows.

    As in the paper, an oblong image is squeezed into the square rather than cropped or padded.
    """
    height, width = image.shape[:2]
    smaller = (min(width, resolution), min(height, resolution))
    if smaller != (width, height):
        image = cv2.resize(image, smaller, interpolation=cv2.INTER_AREA)
    if smaller != (resolution, resolution):
        image = cv2.resize(image, (resolution, resolution), interpolation=cv2.INTER_LINEAR)
    return image


def scale_to_maximum(image: np.ndarray) -> np.ndarray:
    """Scales values from 0 so that the maximum is 255, rounded to uint8; an all-black image stays black."""
    peak = image.max(initial=0)
    if peak <= 0:
        return np.zeros(image.shape, np.uint8)
    if image.dtype == np.uint8 and peak == 255:
        return image
    return cv2.convertScaleAbs(image, alpha=255.0 / float(peak))


def to_uint8(images: np.ndarray) -> np.ndarray:
    """A generator's images, float -1..1 of any shape, as uint8 0..255: rounded (halves to even), then clipped.

    The inverse of the scaling that the GANs see, `x / 127.5 - 1`.
    """
    return np.clip(np.rint(np.asarray(images, np.float32) * 127.5 + 127.5), 0, 255).astype(np.uint8)


def to_stored(image: np.ndarray, resolution: int) -> np.ndarray:
    """An image in the form of a record: uint8 grey [H, W] resized to [R, R] and scaled so that its maximum is 255."""
    return scale_to_maximum(resize_area(image, resolution))
