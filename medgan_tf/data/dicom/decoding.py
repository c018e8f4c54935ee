"""From the bytes of a DICOM file to its stored values (PS3.5 8): uncompressed, or from a compressed frame."""

from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset
from pydicom.encaps import get_frame
from pydicom.pixels import pixel_array
from pydicom.pixels.utils import get_expected_length

from medgan_tf.data.dicom.decoders import decompress
from medgan_tf.data.dicom.frames import check_frame
from medgan_tf.data.dicom.mending import NO_PIXELS, mend_elements
from medgan_tf.data.image_files.limits import check_size
from medgan_tf.errors import DataError

_PIXEL_ELEMENTS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")


def stored_values(dataset: Dataset, path: str | Path, frame: int | None) -> np.ndarray:
    """Stored values [H, W] or RGB [H, W, 3] of one frame. The elements that describe the pixels are completed.

    Bits outside those that are stored are cleared. Pixels whose high bit is above bits stored - 1 are moved to the
    right (PS3.5 8.1.1).

    Args:
        dataset: The file.
        path: For messages.
        frame: Index of the frame, from 0; None refuses files of several frames.

    Raises:
        DataError: No pixels, too many, truncated, or in a form that no installed decoder reads.
    """
    data = next((dataset[name] for name in _PIXEL_ELEMENTS if name in dataset), None)
    if data is None or not data.value:
        raise DataError(f"{path}: {NO_PIXELS}")
    mend_elements(dataset, path)
    sample_bytes = dataset.SamplesPerPixel * -(-int(dataset.get("BitsAllocated") or 8) // 8)
    check_size(path, dataset.Rows, dataset.Columns, sample_bytes)
    frames = int(dataset.NumberOfFrames)
    if frames > 1 and frame is None:
        raise DataError(f"{path}: has {frames} frames; one image was expected (set data.options.frame to take one)")
    if (frame or 0) >= frames:
        raise DataError(f"{path}: has {frames} frames. Received: data.options.frame={frame}")
    if "PixelData" not in dataset:
        return _decoded(dataset, path, frame or 0, sample_bytes)
    stored = int(dataset.BitsStored)
    # The decoders know no high bit, and clear what is above the bits stored.
    dataset.BitsStored = int(dataset.HighBit) + 1
    pixels = _decoded(dataset, path, frame or 0, sample_bytes)
    dataset.BitsStored = stored
    return _right_justified(pixels, stored, int(dataset.HighBit))


def _decoded(dataset: Dataset, path: str | Path, frame: int, sample_bytes: int) -> np.ndarray:
    syntax = dataset.file_meta.TransferSyntaxUID
    if syntax.is_encapsulated:
        coded = get_frame(dataset.PixelData, frame, number_of_frames=int(dataset.NumberOfFrames))
        check_frame(coded, syntax, dataset.Rows, dataset.Columns, sample_bytes, path)
        return decompress(dataset, coded, frame, path)
    expected = get_expected_length(dataset)
    size = len(next(dataset[name].value for name in _PIXEL_ELEMENTS if name in dataset))
    if size < expected:
        raise DataError(f"{path}: is truncated ({size} of {expected} bytes of pixels); get this file again")
    return pixel_array(dataset, index=frame)


def _right_justified(pixels: np.ndarray, stored: int, high: int) -> np.ndarray:
    """Pixels whose bits end at `high`, moved so that they end at bit `stored` - 1."""
    shift = high + 1 - stored
    if not shift:
        return pixels
    signed = np.issubdtype(pixels.dtype, np.signedinteger)
    lowest, highest = (-(2 ** (stored - 1)), 2 ** (stored - 1) - 1) if signed else (0, 2**stored - 1)
    inside = lowest <= pixels.min() and pixels.max() <= highest
    # Some files state a wrong high bit. Their pixels use the lowest bits, and none above the bits stored.
    if inside and (pixels & (2**shift - 1)).any():
        return pixels
    return pixels >> shift
