"""From the values that an image file stores to grey levels."""

from dataclasses import dataclass

import cv2
import numpy as np

from medgan_tf.data.dicom.window import apply_window
from medgan_tf.data.image_files.options import MARKER_SHARE, GreyOptions
from medgan_tf.errors import DataError

_MOST_MARKERS = 16


@dataclass(frozen=True)
class StoredImage:
    """What a file holds.

    Attributes:
        values: [H, W], of any integer or floating-point type.
        white_is_zero: Whether the smallest value is white, as in TIFF's WhiteIsZero.
        bits: Bits per value that the file declares to be in use; None if it does not say.
    """

    values: np.ndarray
    white_is_zero: bool = False
    bits: int | None = None


def to_grey(stored: StoredImage, options: GreyOptions, path: object) -> np.ndarray:
    """uint8 grey [H, W] of the values of a file, as `GreyOptions` says. NaN becomes black, infinity white.

    Raises:
        DataError: No value is finite, or `scale_to` is `bits` and the values are no plain unsigned integers.
    """
    values, missing = stored.values, None
    if values.dtype.kind == "f":
        values, missing = _finite(values, path)
    plain = values.dtype.kind == "u" and not options.rescales
    if options.window is not None:
        grey = apply_window(_rescaled(values, options), options.window.center, options.window.width)
    elif plain and values.dtype == np.uint8:
        grey = values
    elif plain:
        grey = _stretched(values, 0.0, _top(values, 0.0, stored.bits, options))
    elif options.scale_to == "bits":
        raise DataError(f"{path}: scale_to: bits is for unsigned values without slope and intercept")
    else:
        values = _rescaled(values, options)
        low = float(values.min())
        grey = _stretched(values, low, _top(values, low, None, options))
    if stored.white_is_zero:
        grey = 255 - grey
    if missing is not None:
        grey = np.where(missing, np.uint8(0), grey)
    return grey


def brightest(values: np.ndarray, low: float = 0.0) -> float:
    """The largest value that is not a marker.

    A letter, an arrow or a dead pixel at the end of the range must not make the picture black. Markers are at most one
    in 1,000 pixels, all of them more than twice as far above `low` as the brightest of the other pixels. Where pictures
    have bright spots of their own, there are values in between, so that the maximum counts.

    Args:
        values: [H, W], finite.
        low: The value that becomes black.
    """
    high = maximum = float(values.max())
    allowed = int(values.size * MARKER_SHARE)
    for _ in range(_MOST_MARKERS):
        above = values > low + (high - low) / 2
        if high <= low or np.count_nonzero(above) > allowed:
            return high
        rest = float(values.max(where=~above, initial=values.min()))
        least = float(values.min(where=above, initial=values.max()))
        if least - low <= 2 * (rest - low):
            return high
        if rest <= low:
            # Without the markers nothing would be left.
            return maximum
        high = rest
    return high


def _top(values: np.ndarray, low: float, bits: int | None, options: GreyOptions) -> float:
    """The value that becomes 255."""
    if options.scale_to == "percentile":
        top = float(np.quantile(values, 1 - MARKER_SHARE, method="lower"))
        return top if top > low else float(values.max())
    if options.scale_to == "bits":
        # Some writers move the bits in use to the upper end, as PNG asks for (PNG 1.2, 4.2.6), some do not.
        stored = 8 * values.dtype.itemsize
        used = bits if bits is not None and int(values.max()) < 2**bits else stored
        return float(2**used - 1)
    return brightest(values, low)


def _stretched(values: np.ndarray, low: float, top: float) -> np.ndarray:
    """Values from `low` (0) to `top` (255), uint8."""
    if top <= low:
        return np.zeros(values.shape, np.uint8)
    if values.dtype == np.uint16 and low == 0:
        return cv2.convertScaleAbs(values, alpha=255.0 / top)
    return np.rint(np.clip((values.astype(np.float64) - low) / (top - low), 0, 1) * 255).astype(np.uint8)


def _rescaled(values: np.ndarray, options: GreyOptions) -> np.ndarray:
    return values.astype(np.float64) * options.slope + options.intercept


def _finite(values: np.ndarray, path: object) -> tuple[np.ndarray, np.ndarray | None]:
    """Values without NaN and infinity, and where NaN was; None if nowhere."""
    good = np.isfinite(values)
    if good.all():
        return values, None
    if not good.any():
        raise DataError(f"{path}: has no finite value; is the file damaged?")
    low, high = float(values[good].min()), float(values[good].max())
    missing = np.isnan(values)
    return np.nan_to_num(values, nan=low, posinf=high, neginf=low), missing if missing.any() else None
