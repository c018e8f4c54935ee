"""How the stored values of an image file become grey levels."""

from dataclasses import dataclass
from typing import Literal

from medgan_tf.data.dicom.settings import Window
from medgan_tf.errors import DataError

MARKER_SHARE = 0.001
"""At most this share of the pixels of an image may be a marker that does not count for the scaling."""

ScaleTo = Literal["maximum", "percentile", "bits"]


@dataclass(frozen=True)
class GreyOptions:
    """What is done with the values of a PNG, JPEG or TIFF file.

    A value is stored x slope + intercept. With a window, values become grey as in DICOM (PS3.3 C.11.2.1.2.1, LINEAR).
    Without one, 8-bit values stay as they are, 16-bit values go from 0 to `scale_to`, and all others (signed, floating
    point, or with a slope or an intercept) from their minimum to `scale_to`.

    Attributes:
        window: Part of the values from black to white; None shows all of them.
        slope: Not 0. 8-bit values are scaled, too, when this is not 1 or `intercept` is not 0.
        intercept: In the unit of the values, e.g. -32768 for 16-bit PNG files that hold HU + 32768.
        page: Page of a TIFF file with several, from 0; None refuses such files.
        scale_to: What becomes 255 without a window. `maximum`: the largest value that is no marker (see
            `image_files.scaling.brightest`). `percentile`: the value below which 99.9 % of the pixels are.
            `bits`: the largest value of the bits that the file declares (sBIT of a PNG, MaxSampleValue of a TIFF), or
            else of the bits that it stores.
    """

    window: Window | None = None
    slope: float = 1.0
    intercept: float = 0.0
    page: int | None = None
    scale_to: ScaleTo = "maximum"

    def __post_init__(self) -> None:
        if not self.slope:
            raise DataError("slope must not be 0: all pixels would be equal (data.options.slope)")
        if self.page is not None and self.page < 0:
            raise DataError(f"pages count from 0. Received: page={self.page}")

    @property
    def rescales(self) -> bool:
        """Whether values are others than the stored ones."""
        return self.slope != 1 or self.intercept != 0


PLAIN = GreyOptions()
"""No window, values as stored, one page."""
