"""Texts and side markers drawn into pictures as scanners and workstations do, for tests of the text detector."""

from dataclasses import dataclass

import cv2
import numpy as np

FONTS = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_PLAIN,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
    cv2.FONT_HERSHEY_COMPLEX_SMALL,
    cv2.FONT_HERSHEY_SIMPLEX | cv2.FONT_ITALIC,
)
_NAMES = ("MUELLER", "Schmidt", "GARCIA", "Okafor", "TANAKA", "O'Neill", "IVANOVA", "Li Wei")
_WORDS = ("PORTABLE", "ERECT", "SUPINE", "AP ERECT", "Bedside", "ICU 12", "ST. MARY HOSPITAL", "Klinik Nord")
_PLACES = ("top", "bottom", "left", "right")


@dataclass(frozen=True)
class Drawn:
    """What was drawn: the picture, uint8 [H, W], the text, and its box (left, top, width, height)."""

    image: np.ndarray
    text: str
    box: tuple[int, int, int, int]


def a_text(rng: np.random.Generator) -> str:
    """A name, a date, a number or a note, at least four characters."""
    kind = int(rng.integers(4))
    if kind == 0:
        return str(rng.choice(_NAMES))
    if kind == 1:
        return f"{rng.integers(1, 29):02d}.{rng.integers(1, 13):02d}.{rng.integers(1930, 2024)}"
    if kind == 2:
        return f"{rng.choice(['ID', 'MRN', 'Acc'])} {rng.integers(10_000, 9_999_999)}"
    return str(rng.choice(_WORDS))


def with_text(image: np.ndarray, rng: np.random.Generator, dark: bool = False, contrast: int = 60) -> Drawn:
    """A picture with a text near one of its sides: 3 to 6 % of the height, any font, grey 200 to 255.

    Args:
        image: uint8 grey [H, W].
        rng: Draws everything.
        dark: Dark on bright instead.
        contrast: Least difference between the text and the middle of what it stands on; other places are tried, then
            a box is drawn beneath, as workstations do.
    """
    text, height = a_text(rng), float(rng.uniform(0.03, 0.06)) * image.shape[0]
    font, smooth = int(rng.choice(FONTS)), int(rng.choice([cv2.LINE_8, cv2.LINE_AA]))
    thickness = 2 if height >= 13 and rng.random() < 0.5 else 1
    scale = cv2.getFontScaleFromHeight(font, max(int(round(height)), 7), thickness)
    (wide, high), below = cv2.getTextSize(text, font, scale, thickness)
    if wide > 0.9 * image.shape[1]:
        text = text[: max(int(len(text) * 0.85 * image.shape[1] / wide), 4)]
        (wide, high), below = cv2.getTextSize(text, font, scale, thickness)
    grey = int(rng.integers(0, 30)) if dark else int(rng.choice([255, rng.integers(200, 256)]))
    drawn = image.copy()
    for attempt in range(8):
        left, top = _place(rng, image.shape, wide, high + below)
        under = image[top : top + high + below, left : left + wide]
        if abs(float(np.median(under)) - grey) >= contrast:
            break
        if attempt == 7:
            fill = 255 if dark else 0
            cv2.rectangle(drawn, (left - 2, top - 2), (left + wide + 2, top + high + below + 2), fill, cv2.FILLED)
    cv2.putText(drawn, text, (left, top + high), font, scale, grey, thickness, smooth)
    return Drawn(_stored(drawn, rng), text, (left, top, wide, high + below))


def with_marker(image: np.ndarray, rng: np.random.Generator) -> Drawn:
    """A picture with one lead letter, L or R: 4 to 8 % of the height, in the upper corners mostly, slightly blurred."""
    letter, height = str(rng.choice(["L", "R"])), float(rng.uniform(0.04, 0.08)) * image.shape[0]
    thickness = max(int(round(height / rng.uniform(5, 8))), 1)
    scale = cv2.getFontScaleFromHeight(cv2.FONT_HERSHEY_SIMPLEX, max(int(round(height)), 8), thickness)
    (wide, high), _ = cv2.getTextSize(letter, cv2.FONT_HERSHEY_SIMPLEX, scale, thickness)
    left = int(rng.uniform(0.03, 0.1) * image.shape[1])
    left = left if letter == "R" else image.shape[1] - left - wide
    top = int(rng.uniform(0.03, 0.2 if rng.random() < 0.8 else 0.85) * image.shape[0])
    layer = np.zeros(image.shape, np.uint8)
    cv2.putText(layer, letter, (left, top + high), cv2.FONT_HERSHEY_SIMPLEX, scale, 255, thickness, cv2.LINE_AA)
    cover = cv2.GaussianBlur(layer, (0, 0), float(rng.uniform(0.3, 0.6))).astype(np.float32) / 255
    drawn = image + cover * np.maximum(float(rng.integers(215, 256)) - image, 0)
    return Drawn(_stored(drawn.astype(np.uint8), rng), letter, (left, top, wide, high))


def _place(rng: np.random.Generator, shape: tuple[int, int], wide: int, high: int) -> tuple[int, int]:
    height, width = shape
    side, margin = str(rng.choice(_PLACES)), int(rng.integers(2, 8))
    left = int(rng.integers(margin, max(width - wide - margin, margin + 1)))
    top = int(rng.integers(margin, max(height - high - margin, margin + 1)))
    if side == "top":
        top = margin
    elif side == "bottom":
        top = height - high - margin
    elif side == "left":
        left = margin
    else:
        left = max(width - wide - margin, 0)
    return left, top


def _stored(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Half of all pictures were a JPEG file on their way."""
    if rng.random() < 0.5:
        return image
    written = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(75, 96))])[1]
    return cv2.imdecode(written, cv2.IMREAD_GRAYSCALE)
