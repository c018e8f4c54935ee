"""Grey images that have several channels."""

import numpy as np

from medgan_tf.errors import DataError

MOST_COLOUR = 8.0
"""Mean difference of two channels, in grey levels of 255, above which a picture is coloured. Generators of three
channels that were trained on grey images, and JPEG files, stay far below."""


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
