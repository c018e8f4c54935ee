"""The units of a private training: what neighbouring datasets differ in."""

import numpy as np

from medgan_tf.config.schema import DpConfig
from medgan_tf.errors import DataError


def training_units(dp: DpConfig, patients: np.ndarray, where: str) -> np.ndarray:
    """The unit of each training image.

    Args:
        dp: Section `privacy.dp`.
        patients: str [N], patient pseudonyms, "" where unknown.
        where: The dataset, for the message.

    Returns:
        str [N]. An image without a name, "", is a unit of its own; all are so for `unit: image`.

    Raises:
        DataError: The guarantee shall be for patients, and the patient of an image is not known: a patient of several
            such images would have a weaker guarantee than the one that is filed.
    """
    patients = np.asarray(patients)
    if dp.unit == "image":
        return np.zeros(len(patients), patients.dtype)
    if (patients == "").any():
        raise DataError(
            f"{where}: expected the patient of every training image for privacy.dp.unit=patient; some have none; "
            "name the column of patients in data.options, or set privacy.dp.unit=image"
        )
    return patients


def unit_numbers(units: np.ndarray) -> np.ndarray:
    """The number of the unit of each image, int64 [N], 0 .. P - 1; "" is a unit of its own."""
    units = np.asarray(units)
    named = units != ""
    numbers = np.empty(len(units), np.int64)
    known, inverse = np.unique(units[named].astype(str), return_inverse=True)
    numbers[named] = inverse
    numbers[~named] = len(known) + np.arange(int((~named).sum()))
    return numbers
