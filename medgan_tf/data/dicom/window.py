"""Windows select the part of the range of values that is shown from black to white."""

import numpy as np

FUNCTIONS = ("LINEAR", "LINEAR_EXACT", "SIGMOID")


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
