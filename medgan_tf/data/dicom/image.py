"""DICOM files to uint8 grey images. Hounsfield units and stored values do not leave this file.

The way from stored values to grey is that of the standard: modality transformation (PS3.3 C.11.1), then window or VOI
LUT (C.11.2), then inversion for MONOCHROME1 (C.7.6.3.1.2). Padding and, in CT, anything thinner than air is black.
"""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pydicom
from pydicom.dataset import Dataset
from pydicom.encaps import get_frame
from pydicom.errors import InvalidDicomError
from pydicom.pixels import apply_modality_lut, apply_voi, get_decoder, pixel_array
from pydicom.pixels.utils import get_expected_length
from pydicom.uid import JPEG2000TransferSyntaxes, JPEGTransferSyntaxes

from medgan_tf.data.dicom.frames import check_frame
from medgan_tf.data.dicom.palettes import palette_colours
from medgan_tf.data.dicom.parsing import IMAGE_ELEMENTS, parse_dicom
from medgan_tf.data.dicom.settings import Window
from medgan_tf.data.dicom.window import apply_window
from medgan_tf.data.image_files.limits import check_size
from medgan_tf.data.images import NEEDS_MEMORY
from medgan_tf.errors import DataError

# pydicom's remarks name source files, which must not get into a run's log.
logging.getLogger("pydicom").propagate = False

AIR_HU = -1000.0
PIXEL_ELEMENTS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
COLOUR = ("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_PARTIAL_420", "YBR_ICT", "YBR_RCT")
MONOCHROME = ("MONOCHROME1", "MONOCHROME2")


def read_dicom(
    path: str | Path, window: Window | None = None, frame: int | None = None, mend_intercept: bool = False
) -> np.ndarray:
    """One DICOM image as uint8 grey [H, W] in 0..255.

    Args:
        path: The file.
        window: Applied to the values after the modality transformation (HU for CT). None takes the file's own VOI LUT
            or first window, or without one stretches minimum..maximum. Colour images have no window.
        frame: Index of the frame to take from a multi-frame file, from 0; None refuses such files.
        mend_intercept: Correct files that `has_wrong_intercept` (RSNA).

    Raises:
        DataError: The file is missing, no DICOM, truncated, without pixels, compressed in a way that no installed
            decoder reads, or of a kind that is no grey or colour image. One line that names the file.
    """
    with _refusing(path):
        dataset = parse_dicom(path, IMAGE_ELEMENTS)
        pixels = _decode(dataset, path, frame)
        return _to_grey(dataset, pixels, path, window, frame or 0, mend_intercept)


def read_header(path: str | Path, keywords: list[str]) -> Dataset:
    """The named elements of a DICOM file, without reading its pixels. Raises `DataError` naming the file."""
    with _refusing(path):
        header = parse_dicom(path, keywords, pixels=False)
        # Values are converted on access; here, so that its errors are caught.
        _ = [element.value for element in header]
        return header


def has_wrong_intercept(header: Dataset) -> bool:
    """Whether a CT file stores 12-bit values above an intercept near 0 instead of -1000.

    Some RSNA files do; their values are 1000 too low and have wrapped around at 4096.
    """
    try:
        intercept = float(header.get("RescaleIntercept"))
    # None, a list or a text: nothing to mend. Such a file is refused when its pixels are read.
    except (TypeError, ValueError):
        return False
    return header.get("BitsStored") == 12 and header.get("PixelRepresentation") == 0 and intercept > -100


@contextmanager
def _refusing(path: str | Path) -> Iterator[None]:
    """Turns every error of a file into one line, and silences pydicom's warnings about lesser faults."""
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="pydicom")
            yield
    except DataError:
        raise
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from error
    except InvalidDicomError as error:
        raise DataError(f"{path}: is not a DICOM file") from error
    except EOFError as error:
        raise DataError(f"{path}: is truncated; get this file again") from error
    except MemoryError as error:
        raise DataError(f"{path}: {NEEDS_MEMORY}") from error
    # Damaged files make pydicom and its decoders raise anything, when parsing and, as values are converted on first
    # use, anywhere later.
    except Exception as error:
        raise DataError(f"{path}: cannot be read as DICOM: {_one_line(error)}") from error


def _decode(dataset: Dataset, path: str | Path, frame: int | None) -> np.ndarray:
    """Stored values [H, W] or RGB [H, W, 3]."""
    data = next((dataset[name] for name in PIXEL_ELEMENTS if name in dataset), None)
    rows, columns = int(dataset.get("Rows") or 0), int(dataset.get("Columns") or 0)
    if data is None or not data.value or rows < 1 or columns < 1:
        raise DataError(f"{path}: has no pixels; if it should, it is truncated")
    sample_bytes = int(dataset.get("SamplesPerPixel") or 1) * -(-int(dataset.get("BitsAllocated") or 8) // 8)
    check_size(path, rows, columns, sample_bytes)
    frames = int(dataset.get("NumberOfFrames") or 1)
    if frames > 1 and frame is None:
        raise DataError(f"{path}: has {frames} frames; one image was expected (set data.options.frame to take one)")
    if (frame or 0) >= frames:
        raise DataError(f"{path}: has {frames} frames. Received: data.options.frame={frame}")
    if dataset.file_meta.TransferSyntaxUID.is_encapsulated:
        return _decompress(dataset, path, frame or 0, sample_bytes)
    expected = get_expected_length(dataset)
    if len(data.value) < expected:
        raise DataError(f"{path}: is truncated ({len(data.value)} of {expected} bytes of pixels); get this file again")
    return pixel_array(dataset, index=frame or 0)


def _decompress(dataset: Dataset, path: str | Path, frame: int, sample_bytes: int) -> np.ndarray:
    syntax = dataset.file_meta.TransferSyntaxUID
    packages = ""
    if syntax in JPEG2000TransferSyntaxes:
        packages = "; try pip install pylibjpeg pylibjpeg-openjpeg"
    elif syntax in JPEGTransferSyntaxes or "JPEG-LS" in syntax.name:
        packages = "; try pip install pylibjpeg pylibjpeg-libjpeg"
    try:
        available = get_decoder(syntax).is_available
    except NotImplementedError as error:
        raise DataError(f"{path}: transfer syntax {syntax.name} is not supported") from error
    if not available:
        raise DataError(f"{path}: no decoder is installed for transfer syntax {syntax.name}{packages}")
    coded = get_frame(dataset.PixelData, frame, number_of_frames=int(dataset.get("NumberOfFrames") or 1))
    check_frame(coded, syntax, int(dataset.Rows), int(dataset.Columns), sample_bytes, path)
    try:
        return pixel_array(dataset, index=frame)
    except Exception as error:
        reason = _one_line(error).rpartition("all available plugins: ")[2]
        raise DataError(f"{path}: {syntax.name} that the installed decoder cannot read ({reason}){packages}") from error


def _to_grey(
    dataset: Dataset, pixels: np.ndarray, path: str | Path, window: Window | None, frame: int, mend_intercept: bool
) -> np.ndarray:
    photometric = str(dataset.get("PhotometricInterpretation", "MONOCHROME2"))
    if photometric == "PALETTE COLOR":
        return _luma(palette_colours(dataset, pixels, path))
    if photometric in COLOUR and pixels.ndim == 3 and pixels.shape[2] == 3:
        return _luma(pixels, int(dataset.BitsStored))
    if photometric not in MONOCHROME or pixels.ndim != 2:
        raise DataError(
            f"{path}: expected a grey or colour image. Received: photometric interpretation {photometric}, "
            f"pixels {list(pixels.shape)}"
        )
    padding = _padding(dataset, pixels)
    grey = _windowed(dataset, pixels, padding, window, frame, mend_intercept)
    if photometric == "MONOCHROME1" or dataset.get("PresentationLUTShape") == "INVERSE":
        grey = 255 - grey
    if padding is not None:
        grey[padding] = 0
    return grey


def _windowed(
    dataset: Dataset,
    pixels: np.ndarray,
    padding: np.ndarray | None,
    window: Window | None,
    frame: int,
    mend_intercept: bool,
) -> np.ndarray:
    rescale = _group(dataset, frame, "PixelValueTransformationSequence", "RescaleIntercept")
    if mend_intercept and has_wrong_intercept(dataset):
        values = (pixels.astype(np.float64) + 1000) % 4096 + AIR_HU
    elif "ModalityLUTSequence" in dataset:
        values = apply_modality_lut(pixels, dataset)
    else:
        values = pixels * float(rescale.get("RescaleSlope") or 1) + float(rescale.get("RescaleIntercept") or 0)
    if dataset.get("Modality") == "CT" and "RescaleIntercept" in rescale:
        values = np.maximum(values, AIR_HU)
    if window is not None:
        return apply_window(values, window.center, window.width)
    if "VOILUTSequence" in dataset and np.issubdtype(pixels.dtype, np.integer):
        bits = int(dataset.VOILUTSequence[0].LUTDescriptor[2])
        table_input = values.astype(np.int64) if "ModalityLUTSequence" in dataset or rescale else pixels
        return np.rint(apply_voi(table_input, dataset) * (255.0 / (2**bits - 1))).astype(np.uint8)
    voi = _group(dataset, frame, "FrameVOILUTSequence", "WindowCenter")
    center, width = _first(voi.get("WindowCenter")), _first(voi.get("WindowWidth"))
    function = str(voi.get("VOILUTFunction") or "LINEAR")
    if center is not None and width is not None and width >= (1 if function == "LINEAR" else 1e-12):
        return apply_window(values, center, width, function)
    return _stretched(values, padding)


def _stretched(values: np.ndarray, padding: np.ndarray | None) -> np.ndarray:
    values = np.nan_to_num(values, nan=np.nanmin(values) if not np.isnan(values).all() else 0.0)
    inside = values if padding is None or padding.all() else values[~padding]
    low, high = float(inside.min()), float(inside.max())
    if high <= low:
        return np.zeros(values.shape, np.uint8)
    return np.rint(np.clip((values - low) / (high - low), 0, 1) * 255).astype(np.uint8)


def _padding(dataset: Dataset, pixels: np.ndarray) -> np.ndarray | None:
    """Pixels that are not part of the image, PS3.3 C.7.5.1.1.2; None without such a declaration."""
    value = dataset.get("PixelPaddingValue")
    if value is None or not np.issubdtype(pixels.dtype, np.integer):
        return None
    # Written as signed or unsigned whatever the pixels are, so compared in the pixels' own type.
    low = high = np.array(int(value)).astype(pixels.dtype)
    limit = dataset.get("PixelPaddingRangeLimit")
    if limit is not None:
        low, high = sorted((low, np.array(int(limit)).astype(pixels.dtype)))
    mask = (pixels >= low) & (pixels <= high)
    return mask if mask.any() else None


def _group(dataset: Dataset, frame: int, sequence: str, element: str) -> Dataset:
    """Where an element lies: in the dataset or, in enhanced multi-frame files, its functional groups (C.7.6.16)."""
    if element in dataset:
        return dataset
    groups = [item for item in dataset.get("SharedFunctionalGroupsSequence", [])[:1]]
    groups += [item for item in dataset.get("PerFrameFunctionalGroupsSequence", [])[frame : frame + 1]]
    for group in groups:
        if sequence in group and len(group[sequence].value) and element in group[sequence][0]:
            return group[sequence][0]
    return Dataset()


def _first(value: object) -> float | None:
    if value is None or value == "":
        return None
    values = list(value) if isinstance(value, (list, tuple, pydicom.multival.MultiValue)) else [value]
    return float(values[0]) if values and values[0] is not None else None


def _luma(colour: np.ndarray, bits: int | None = None) -> np.ndarray:
    """RGB [H, W, 3] to grey by ITU-R BT.601; more than 8 bits are scaled down."""
    if colour.dtype != np.uint8:
        bits = bits or 8 * colour.dtype.itemsize
        colour = np.rint(colour * (255.0 / (2**bits - 1))).astype(np.uint8)
    return cv2.cvtColor(np.ascontiguousarray(colour), cv2.COLOR_RGB2GRAY)


def _one_line(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}".removesuffix(": ")
