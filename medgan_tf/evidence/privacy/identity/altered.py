"""Altered copies of images: what a verifier is taught not to look at."""

import cv2
import numpy as np

_DEGREES, _SHIFT, _SCALE = 5.0, 0.06, 0.06
_NOISE, _CONTRAST, _BRIGHTNESS = 6.0, 0.15, 12.0


def altered(images: np.ndarray, random: np.random.Generator, strength: float = 1.0) -> np.ndarray:
    """Each image turned, shifted, cropped or shrunk a little, brighter or darker, with other contrast and with noise.

    Turned by up to 5 degrees, shifted and scaled by up to 6 % of the side, contrast by up to 15 %, brightness by up to
    12 of 255, noise of a standard deviation of up to 6 of 255.

    Args:
        images: uint8 [N, R, R, 1].
        random: Draws the changes.
        strength: Factor of all these ranges.
    """
    side = images.shape[1]
    geometry = random.uniform(-1, 1, (len(images), 4)) * strength
    tone = random.uniform(-1, 1, (len(images), 2)) * strength
    noise = random.uniform(0, _NOISE * strength, (len(images), 1, 1)) * random.standard_normal(images.shape[:3])
    centre = ((side - 1) / 2, (side - 1) / 2)
    moved = np.empty(images.shape[:3], np.float32)
    for row, (turn, right, down, larger) in enumerate(geometry):
        matrix = cv2.getRotationMatrix2D(centre, turn * _DEGREES, 1 + larger * _SCALE)
        matrix[:, 2] += right * _SHIFT * side, down * _SHIFT * side
        picture = images[row, ..., 0].astype(np.float32)
        moved[row] = cv2.warpAffine(
            picture, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
        )
    contrast, brightness = 1 + tone[:, 0, None, None] * _CONTRAST, tone[:, 1, None, None] * _BRIGHTNESS
    made = (moved - 127.5) * contrast + 127.5 + brightness + noise
    return np.clip(np.rint(made), 0, 255).astype(np.uint8)[..., None]
