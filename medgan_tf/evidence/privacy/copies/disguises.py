"""Copies of images as somebody might slip them in, or a generator might give them back."""

import cv2
import numpy as np

_NOISE = 4.0
_JPEG_QUALITY = 75
DISGUISES = ("exact", "flipped", "noised", "recompressed")
CHANGED = DISGUISES[1:]
"""Disguises that are no exact copies."""


def disguised(images: np.ndarray, name: str, random: np.random.Generator) -> np.ndarray:
    """uint8 images [N, R, R, 1], disguised: exact, flipped, noised (standard deviation 4 of 255) or recompressed (JPEG,
    quality 75)."""
    if name == "flipped":
        return np.ascontiguousarray(images[:, :, ::-1])
    if name == "noised":
        noise = random.normal(0, _NOISE, images.shape)
        return np.clip(np.rint(images + noise), 0, 255).astype(np.uint8)
    if name == "recompressed":
        options = [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY]
        coded = [cv2.imencode(".jpg", image, options)[1] for image in images]
        return np.stack([cv2.imdecode(one, cv2.IMREAD_GRAYSCALE) for one in coded])[..., None]
    return images
