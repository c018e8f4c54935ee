"""From stored values to grey: the display pipeline of the standard.

After the modality transformation comes the window or VOI LUT (PS3.3 C.11.2), then inversion for MONOCHROME1
(C.7.6.3.1.2). Padding and, in CT, anything thinner than air is black. Hounsfield units do not leave this file.
"""

from pathlib import Path

import cv2
import numpy as np
from pydicom.dataset import Dataset

from medgan_tf.data.dicom.file_window import file_window
from medgan_tf.data.dicom.groups import group_of
from medgan_tf.data.dicom.lookup_tables import lookup_table
from medgan_tf.data.dicom.mending import COLOUR, MONOCHROME, PALETTE, whole_number
from medgan_tf.data.dicom.modality import Transformed, transform
from medgan_tf.data.dicom.palettes import palette_colours
from medgan_tf.data.dicom.settings import Window
from medgan_tf.data.dicom.window import apply_window
from medgan_tf.errors import DataError


def to_grey(
    dataset: Dataset, pixels: np.ndarray, path: str | Path, window: Window | None, frame: int, mend_intercept: bool
) -> np.ndarray:
    """uint8 grey [H, W] in 0..255.

    Args:
        dataset: The file, with all elements that describe the pixels.
        pixels: Stored values [H, W] or colours [H, W, 3].
        path: The file, for messages.
        window: Takes the place of the file's own; of no effect on colour images.
        frame: Index of this frame in the file.
        mend_intercept: Correct files that `has_wrong_intercept`.

    Raises:
        DataError: It is no grey or colour image, or a table or number in it is damaged.
    """
    photometric = dataset.PhotometricInterpretation
    if photometric == PALETTE:
        return _luma(palette_colours(dataset, pixels, path))
    if photometric in COLOUR and pixels.ndim == 3 and pixels.shape[2] == 3:
        return _luma(pixels, int(dataset.BitsStored))
    if photometric not in MONOCHROME or pixels.ndim != 2:
        raise DataError(
            f"{path}: expected a grey or colour image. Received: photometric interpretation {photometric}, "
            f"pixels {list(pixels.shape)}"
        )
    padding = _padding(dataset, pixels, path)
    transformed = transform(dataset, pixels, frame, mend_intercept, path)
    grey = _windowed(dataset, transformed, padding, window, frame, path)
    if photometric == "MONOCHROME1" or str(dataset.get("PresentationLUTShape")).strip().upper() == "INVERSE":
        grey = 255 - grey
    if padding is not None:
        grey[padding] = 0
    return grey


def _windowed(
    dataset: Dataset,
    transformed: Transformed,
    padding: np.ndarray | None,
    window: Window | None,
    frame: int,
    path: str | Path,
) -> np.ndarray:
    """The window that is asked for; else the file's VOI LUT; else its first window; else its range of values."""
    values = transformed.values
    if window is not None:
        return apply_window(values, window.center, window.width)
    tables = group_of(dataset, frame, "FrameVOILUTSequence", ("VOILUTSequence",)).get("VOILUTSequence")
    if tables and "PixelData" in dataset:
        little_endian = dataset.original_encoding[1] is not False
        lowest, highest = transformed.lowest, transformed.highest
        return lookup_table(tables[0], "VOI LUT", lowest, highest, little_endian, path).grey(values)
    own = file_window(group_of(dataset, frame, "FrameVOILUTSequence", ("WindowCenter", "WindowWidth")), path)
    return _stretched(values, padding) if own is None else apply_window(values, *own)


def _stretched(values: np.ndarray, padding: np.ndarray | None) -> np.ndarray:
    values = np.nan_to_num(values, nan=np.nanmin(values) if not np.isnan(values).all() else 0.0)
    inside = values if padding is None or padding.all() else values[~padding]
    low, high = float(inside.min()), float(inside.max())
    if high <= low:
        return np.zeros(values.shape, np.uint8)
    return np.rint(np.clip((values - low) / (high - low), 0, 1) * 255).astype(np.uint8)


def _padding(dataset: Dataset, pixels: np.ndarray, path: str | Path) -> np.ndarray | None:
    """Pixels that are not part of the image, PS3.3 C.7.5.1.1.2; None without such a declaration."""
    value = whole_number(dataset, "PixelPaddingValue", path)
    if value is None or not np.issubdtype(pixels.dtype, np.integer):
        return None
    limit = whole_number(dataset, "PixelPaddingRangeLimit", path)
    ends = [_as_pixel(one, pixels.dtype) for one in (value, value if limit is None else limit)]
    if None in ends:
        return None
    mask = (pixels >= min(ends)) & (pixels <= max(ends))
    return mask if mask.any() else None


def _as_pixel(value: int, kind: np.dtype) -> int | None:
    """A number of the pixels' own type, which may have been written as signed where they are not, or the reverse; None
    if no pixel can be so."""
    ends, period = np.iinfo(kind), 2 ** (8 * kind.itemsize)
    return next((one for one in (value, value + period, value - period) if ends.min <= one <= ends.max), None)


def _luma(colour: np.ndarray, bits: int | None = None) -> np.ndarray:
    """RGB [H, W, 3] to grey by ITU-R BT.601; more than 8 bits are scaled down."""
    if colour.dtype != np.uint8:
        bits = bits or 8 * colour.dtype.itemsize
        colour = np.rint(colour * (255.0 / (2**bits - 1))).astype(np.uint8)
    return cv2.cvtColor(np.ascontiguousarray(colour), cv2.COLOR_RGB2GRAY)
