"""DICOM files to uint8 grey images. Hounsfield units and stored values do not leave this package."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from pydicom.datadict import keyword_for_tag
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError

from medgan_tf.data.dicom.decoders import one_line
from medgan_tf.data.dicom.decoding import stored_values
from medgan_tf.data.dicom.grey import to_grey
from medgan_tf.data.dicom.parsing import IMAGE_ELEMENTS, parse_dicom
from medgan_tf.data.dicom.settings import Window
from medgan_tf.data.images import NEEDS_MEMORY
from medgan_tf.errors import DataError

# pydicom's remarks name source files, which must not get into a run's log.
logging.getLogger("pydicom").propagate = False

# Numbers as text, read by `decimals` where they are used: a comma in one of them must not cost the rest of a header.
_DECIMALS = ("RescaleIntercept", "RescaleSlope", "WindowCenter", "WindowWidth")


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
        pixels = stored_values(dataset, path, frame)
        return to_grey(dataset, pixels, path, window, frame or 0, mend_intercept)


def read_header(path: str | Path, keywords: list[str]) -> Dataset:
    """The named elements of a DICOM file, without reading its pixels. Raises `DataError` naming the file."""
    with _refusing(path):
        header = parse_dicom(path, keywords, pixels=False)
        # Values are converted on access; here, so that its errors are caught.
        _ = [header[tag].value for tag in list(header.keys()) if keyword_for_tag(tag) not in _DECIMALS]
        return header


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
        raise DataError(f"{path}: cannot be read as DICOM: {one_line(error)}") from error
