"""The modality transformation: from stored values to values with a unit, for CT Hounsfield units (PS3.3 C.11.1)."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset

from medgan_tf.data.dicom.decimals import decimals, single_decimal
from medgan_tf.data.dicom.groups import group_of
from medgan_tf.data.dicom.lookup_tables import lookup_table
from medgan_tf.errors import DataError

AIR_HU = -1000.0


@dataclass(frozen=True)
class Transformed:
    """Values after the modality transformation, and the range that values of such a file can have."""

    values: np.ndarray
    lowest: float
    highest: float


def has_wrong_intercept(header: Dataset) -> bool:
    """Whether a CT file stores 12-bit values above an intercept near 0 instead of -1000.

    Some RSNA files do; their values are 1000 too low and have wrapped around at 4096.
    """
    try:
        intercept = next(iter(decimals(header, "RescaleIntercept", "")), None)
    # No number: nothing to mend. Such a file is refused when its pixels are read.
    except DataError:
        return False
    if intercept is None:
        return False
    return header.get("BitsStored") == 12 and header.get("PixelRepresentation") == 0 and intercept > -100


def transform(dataset: Dataset, pixels: np.ndarray, frame: int, mend_intercept: bool, path: str | Path) -> Transformed:
    """Values with a unit from stored values [H, W]: by the Modality LUT, else by rescale slope and intercept.

    In CT nothing is thinner than air, -1000 HU. Raises `DataError` for a damaged table or number.
    """
    lowest, highest = _stored_range(dataset, pixels)
    rescale = group_of(dataset, frame, "PixelValueTransformationSequence", ("RescaleIntercept", "RescaleSlope"))
    if mend_intercept and has_wrong_intercept(dataset):
        values = (pixels.astype(np.float64) + 1000) % 4096 + AIR_HU
        lowest, highest = AIR_HU, AIR_HU + 4095
    elif dataset.get("ModalityLUTSequence") and np.issubdtype(pixels.dtype, np.integer):
        item, little_endian = dataset.ModalityLUTSequence[0], dataset.original_encoding[1] is not False
        table = lookup_table(item, "Modality LUT", lowest, highest, little_endian, path)
        values = table.look_up(pixels).astype(np.float64)
        lowest, highest = 0.0, float(2**16 - 1)
    elif rescale:
        # A slope of 0 would leave nothing of the image.
        slope = single_decimal(rescale, "RescaleSlope", 1.0, path) or 1.0
        intercept = single_decimal(rescale, "RescaleIntercept", 0.0, path)
        values = pixels * slope + intercept
        lowest, highest = sorted((lowest * slope + intercept, highest * slope + intercept))
    else:
        values = pixels * 1.0
    if dataset.get("Modality") == "CT" and "RescaleIntercept" in rescale:
        values = np.maximum(values, AIR_HU)
    return Transformed(values, lowest, highest)


def _stored_range(dataset: Dataset, pixels: np.ndarray) -> tuple[float, float]:
    if not np.issubdtype(pixels.dtype, np.integer):
        return -np.inf, np.inf
    bits = int(dataset.BitsStored)
    return (-(2.0 ** (bits - 1)), 2.0 ** (bits - 1) - 1) if dataset.PixelRepresentation else (0.0, 2.0**bits - 1)
