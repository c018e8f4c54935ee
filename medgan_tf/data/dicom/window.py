"""Windows select the part of the range of values that is shown from black to white."""

import re
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset

from medgan_tf.data.dicom.decimals import decimals
from medgan_tf.errors import DataError

FUNCTIONS = ("LINEAR", "LINEAR_EXACT", "SIGMOID")


def file_window(dataset: Dataset, path: str | Path) -> tuple[float, float, str] | None:
    """Center, width and function of a file's first window; None if it has none.

    A window without a center or width is passed over, and so is one of width 0, which programs write that have no
    window. The function may be spelt in small letters. A LINEAR window narrower than 1 is taken for LINEAR_EXACT:
    LINEAR has no meaning there.

    Raises:
        DataError: The first width is negative, or a number or the function cannot be read.
    """
    pairs = zip(decimals(dataset, "WindowCenter", path), decimals(dataset, "WindowWidth", path), strict=False)
    windows = [(center, width) for center, width in pairs if center is not None and width]
    if not windows:
        return None
    center, width = windows[0]
    said = str(dataset.get("VOILUTFunction") or "").strip(" \0")
    function = re.sub(r"[\s-]", "_", said.upper()) or "LINEAR"
    if width < 0 or function not in FUNCTIONS:
        received = f"width {width:g}, function {said[:40] or 'LINEAR'!r}"
        raise DataError(
            f"{path}: expected a window of a width above 0 and one of the functions {', '.join(FUNCTIONS)}. "
            f"Received: {received}. Set data.options.window"
        )
    return center, width, "LINEAR_EXACT" if function == "LINEAR" and width < 1 else function


def apply_window(values: np.ndarray, center: float, width: float, function: str = "LINEAR") -> np.ndarray:
    """Windowed values, uint8 in 0..255 of the same shape.

    Args:
        values: Values after the modality transformation.
        center: Window center.
        width: Window width; at least 1 for LINEAR, above 0 otherwise.
        function: LINEAR (DICOM PS3.3 C.11.2.1.2.1), SIGMOID (C.11.2.1.3.1) or LINEAR_EXACT (C.11.2.1.3.2).
    """
    if width < 1 if function == "LINEAR" else width <= 0:
        raise ValueError(f"window width too small for {function}. Received: width={width}")
    values = np.asarray(values, np.float64)
    if function == "SIGMOID":
        grey = 255 / (1 + np.exp(np.clip(-4 * (values - center) / width, -700, 700)))
    elif function == "LINEAR_EXACT":
        grey = ((values - center) / width + 0.5) * 255
    elif function == "LINEAR":
        if width == 1:
            return np.where(values > center - 0.5, np.uint8(255), np.uint8(0))
        # Outside the window this line runs below 0 and above 255, where the standard's two other cases hold.
        grey = ((values - (center - 0.5)) / (width - 1) + 0.5) * 255
    else:
        raise ValueError(f"window function must be LINEAR, LINEAR_EXACT or SIGMOID. Received: function={function!r}")
    return np.rint(np.clip(grey, 0, 255)).astype(np.uint8)
