"""The window that a DICOM file asks for."""

import re
from pathlib import Path

from pydicom.dataset import Dataset

from medgan_tf.data.dicom.decimals import decimals
from medgan_tf.data.dicom.window import FUNCTIONS
from medgan_tf.errors import DataError


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
