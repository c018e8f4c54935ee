"""The pixels of images from elsewhere, through the readers of real images and with their limits. Without TensorFlow."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from medgan_tf.cores import usable_cores
from medgan_tf.data.dicom.image import read_dicom
from medgan_tf.data.dicom.recognition import is_dicom
from medgan_tf.data.image_files.limits import MAX_BYTES
from medgan_tf.data.image_files.options import GreyOptions
from medgan_tf.data.image_files.png import PNG_START
from medgan_tf.data.image_files.scaling import StoredImage, to_grey
from medgan_tf.data.images import decode_grey
from medgan_tf.data.looks.look import stamp_of
from medgan_tf.data.reading.pool import UnreadableFile, read_files
from medgan_tf.errors import DataError
from medgan_tf.files.npy_rows import array_row
from medgan_tf.files.regular_files import read_regular
from medgan_tf.files.zip_files import OpenArchive
from medgan_tf.synthesis.external.checks.channels import grey_channel

_MEMBER, _INDEX = "#member=", "#index="
_ARRAYS = (".npy", ".npz")
_SIDE = np.dtype("<u4")


@dataclass(frozen=True)
class ImageSource:
    """The place of an image's pixels.

    Attributes:
        file: The file: PNG, JPEG, TIFF, DICOM, .npy or .npz, or a zip archive with `member` in it.
        member: A PNG, JPEG or TIFF file in the archive; of an .npz file the array; "" elsewhere.
        index: Row of a stack of images in an array [N, H, W], frame of a DICOM file or page of a TIFF, from 0. None
            where a file holds one image.
    """

    file: str
    member: str = ""
    index: int | None = None

    def __str__(self) -> str:
        """Names the image for the owner's terminal; `parse` reads it."""
        if not self.member and self.index is None and _MEMBER not in self.file:
            return self.file
        return f"{self.file}{_MEMBER}{self.member}{_INDEX}{'' if self.index is None else self.index}"

    @classmethod
    def parse(cls, text: str) -> "ImageSource":
        """The source that `str` wrote."""
        file, mark, rest = text.rpartition(_MEMBER)
        if not mark:
            return cls(text)
        member, _, index = rest.rpartition(_INDEX)
        return cls(file, member, int(index) if index else None)


def read_pixels(source: ImageSource) -> np.ndarray:
    """One image as uint8 grey [H, W], in this process.

    Grey levels are those of real images: 8 bits stay as they are, 16 bits are scaled so that the maximum is 255, DICOM
    files have their window.

    Raises:
        DataError: The file is missing, damaged, of another kind, coloured, or above the limits; names it.
    """
    if Path(source.file).suffix.lower() in _ARRAYS:
        return _array_image(array_row(source.file, source.member, source.index), source)
    if source.member:
        return _file_image(_archive(source.file).read(source.member, MAX_BYTES), source)
    if is_dicom(source.file):
        return read_dicom(source.file, frame=source.index)
    return _file_image(read_regular(source.file, MAX_BYTES), source)


def stream_pixels(sources: Sequence[ImageSource], workers: int = 0) -> Iterator[np.ndarray]:
    """As `read_pixels` for many images, in reader processes with limits on memory and time, in order.

    A few images are held at a time. Raises `DataError` for the first image that cannot be read.
    """
    for answer in read_files(PixelTask(), map(str, sources), workers or usable_cores()):
        if isinstance(answer, UnreadableFile):
            raise DataError(answer.reason)
        height, width = np.frombuffer(answer, _SIDE, count=2)
        yield np.frombuffer(answer, np.uint8, offset=2 * _SIDE.itemsize).reshape(int(height), int(width))


class PixelTask:
    """Height, width and pixels of an image, as bytes; for a reader process."""

    def start(self) -> None:
        """One image is read by one thread."""
        cv2.setNumThreads(1)

    def __call__(self, text: str) -> bytes:
        image = read_pixels(ImageSource.parse(text))
        return np.array(image.shape, _SIDE).tobytes() + image.tobytes()


def _file_image(data: bytes, source: ImageSource) -> np.ndarray:
    name = str(source)
    grey = decode_grey(data, name, GreyOptions(page=source.index))
    # The header was checked by now, so that this decodes no more than before. A TIFF has its own rules for colour.
    if data.startswith(PNG_START) or data.startswith(b"\xff\xd8"):
        colour = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        if colour is not None:
            grey_channel(colour, name)
    return grey


def _array_image(values: np.ndarray, source: ImageSource) -> np.ndarray:
    name, shape = str(source), values.shape
    if values.dtype not in (np.uint8, np.uint16):
        raise DataError(
            f"{name}: expected values of type uint8 (0 to 255) or uint16. Received: {values.dtype}; save a generator's "
            "values from -1 to 1 as uint8, rounded from 127.5 * (x + 1)"
        )
    if source.index is None and values.ndim > 2 and 1 < shape[0] and not {1, 3, 4} & {shape[0], shape[-1]}:
        raise DataError(f"{name}: is a stack of {shape[0]:,} images; name the row of each in the column `index`")
    grey = grey_channel(values, name)
    return np.ascontiguousarray(to_grey(StoredImage(grey), GreyOptions(), name))


_opened: dict[str, OpenArchive] = {}


def _archive(file: str) -> OpenArchive:
    """The archive that was read last stays open, as reading its list for each image would take hours."""
    stamp = f"{file} {stamp_of(file)}"
    if stamp not in _opened:
        while _opened:
            _opened.popitem()[1].close()
        _opened[stamp] = OpenArchive(file)
    return _opened[stamp]
