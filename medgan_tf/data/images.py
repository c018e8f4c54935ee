"""Grey images from PNG, JPEG and TIFF files or from a generator, as the square uint8 images that are stored."""

import cv2
import numpy as np

from medgan_tf.data.image_files.limits import MAX_BYTES
from medgan_tf.data.image_files.options import PLAIN, GreyOptions
from medgan_tf.data.image_files.scaling import to_grey
from medgan_tf.data.image_files.stored import read_stored
from medgan_tf.errors import DataError
from medgan_tf.files.regular_files import read_regular

NEEDS_MEMORY = "needs more memory than a reader process may take (data.reader_memory); is the file damaged?"


def read_grey(path: str, options: GreyOptions = PLAIN) -> np.ndarray:
    """One PNG, JPEG or TIFF file as uint8 grey [H, W], decoded in this process.

    Colour becomes luma (ITU-R BT.601). Values of more than 8 bits are scaled as `options` say; by default 16-bit images
    so that their maximum is 255. `reading.grey.read_greys` reads many files, in processes of their own.

    Raises:
        DataError: The file is missing, truncated, damaged, no image of these formats, has several pages and none is
            chosen, or claims more than `image_files.limits` allows; names it.
    """
    return decode_grey(read_regular(path, MAX_BYTES), path, options)


def decode_grey(data: bytes, path: str, options: GreyOptions = PLAIN) -> np.ndarray:
    """As `read_grey`, from the bytes of a file; `path` is for messages."""
    try:
        return to_grey(read_stored(data, path, options.page), options, path)
    except MemoryError as error:
        raise DataError(f"{path}: {NEEDS_MEMORY}") from error
    except cv2.error as error:
        if error.code == cv2.Error.STS_NO_MEM:
            raise DataError(f"{path}: {NEEDS_MEMORY}") from error
        raise DataError(f"{path}: cannot be decoded: {' '.join(error.err.split())}") from error


def is_constant(image: np.ndarray) -> bool:
    """Whether all pixels are equal, as in an image that is all black or all white."""
    return image.size == 0 or image.min() == image.max()


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
