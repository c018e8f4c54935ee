"""Grey images with several channels, and values of other ranges than 0 to 255."""

from dataclasses import dataclass

import numpy as np

from medgan_tf.errors import DataError

MOST_COLOUR = 8.0
"""Mean difference of two channels, in grey levels of 255, above which a picture is coloured. Generators of three
channels that were trained on grey images, and JPEG files, stay far below."""
_BITS = (8, 10, 12, 14, 16)
_SLACK = 0.02
"""Share of the range by which a network's values may leave it."""


def grey_channel(values: np.ndarray, where: str) -> np.ndarray:
    """The grey image [H, W] of values [H, W], [1, H, W], [H, W, 1], [H, W, 3], [3, H, W] or with a fourth channel.

    Args:
        values: Of any numeric type. Of four channels the last is transparency, and must not vary.
        where: The image, for messages.

    Raises:
        DataError: The picture is coloured, or has another shape; one line.
    """
    shape = values.shape
    if values.ndim == 3 and shape[0] in (1, 3, 4) and shape[2] not in (1, 3, 4):
        values = np.moveaxis(values, 0, 2)
    if values.ndim == 3 and values.shape[2] == 4:
        if float(values[..., 3].max()) != float(values[..., 3].min()):
            raise DataError(f"{where}: expected a grey image; received one with transparent parts; write it without")
        values = values[..., :3]
    if values.ndim == 2 and values.size:
        return values
    if values.ndim != 3 or values.shape[2] not in (1, 3) or not values.size:
        raise DataError(f"{where}: expected a grey image [H, W]. Received: an array of shape {list(shape)}")
    colour = colourfulness(values)
    if colour > MOST_COLOUR:
        raise DataError(
            f"{where}: expected a grey image, of one channel or of three equal ones; received a coloured one, whose "
            f"channels differ by {colour:.0f} of 255 on average; write it in grey"
        )
    return values[..., values.shape[2] // 2]


def colourfulness(values: np.ndarray) -> float:
    """Largest mean difference of two channels of [H, W, C], in levels of 255."""
    channels = values.astype(np.float64)
    top = np.iinfo(values.dtype).max if values.dtype.kind == "u" else max(float(np.ptp(channels)), 1e-12)
    pairs = ((one, other) for one in range(channels.shape[2]) for other in range(one))
    return max((float(np.abs(channels[..., a] - channels[..., b]).mean()) for a, b in pairs), default=0.0) * 255 / top


@dataclass(frozen=True)
class GreyRange:
    """The values that mean black and white in a whole set of images.

    Attributes:
        low, high: Black and white.
        words: In words, e.g. "0 to 1".
    """

    low: float
    high: float
    words: str

    def to_uint8(self, image: np.ndarray) -> np.ndarray:
        """uint8 of the same shape; 8-bit values stay as they are."""
        if image.dtype == np.uint8:
            return image
        scaled = (image.astype(np.float64) - self.low) * (255 / (self.high - self.low))
        return np.clip(np.rint(scaled), 0, 255).astype(np.uint8)


def grey_range(lowest: float, highest: float, kind: str, where: str) -> GreyRange:
    """The range that the values of a set have. It is that of the whole set: each image has less.

    Args:
        lowest, highest: Over all images of the set.
        kind: Kind of the values as NumPy names it: `u` and `i` for whole numbers, `f` for floating point.
        where: The set, for messages.

    Raises:
        DataError: No known range holds the values; one line.
    """
    known = []
    if kind == "f":
        known = [GreyRange(0, 1, "0 to 1"), GreyRange(-1, 1, "-1 to 1"), GreyRange(0, 255, "0 to 255")]
    elif kind in ("u", "i"):
        known = [GreyRange(0, 2**bits - 1, f"{bits} bits, 0 to {2**bits - 1}") for bits in _BITS]
    for one in known:
        slack = _SLACK * (one.high - one.low) if kind == "f" else 0.0
        if one.low - slack <= lowest <= highest <= one.high + slack and highest > lowest:
            return one
    raise DataError(
        f"{where}: expected grey values of 0 to 1, -1 to 1 or 0 to 255, or whole numbers of up to 16 bits from 0; "
        f"received values from {lowest:g} to {highest:g}; write 8-bit images"
    )
