"""Finds text that is burned into a picture: names, dates and notes, in the border regions where they stand.

Letters are thin strokes of one grey value, much brighter or darker than what they stand on, of one height and on one
line. One or two large letters are a side marker, such as L or R: radiographers put it there, and it names nobody.
Not looked for are letters that read upwards, text in the middle of a picture, and letters below 1.8 % or above 10 % of
the height. `docs/prepare.md` has the measured rates.
"""

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

TEXT, MARKER = "text", "marker"
"""Marks of a look, and kinds of what is found."""

Box = tuple[int, int, int, int]

_LONGEST_SIDE = 448
_SHORTEST_SIDE = 32
_BORDER = 0.3
# Grey levels. Bright letters: a little brighter than their ground if they are bright themselves, else much brighter.
_BRIGHT, _BRIGHT_CONTRAST, _STRONG_CONTRAST = 145, 40, 90
_PAPER, _DARK_CONTRAST = 150, 60
# Shares of the height of the picture, and of a letter.
_LEAST_HEIGHT, _MOST_HEIGHT, _LEAST_PIXELS = 0.018, 0.1, 4
_WIDEST_LETTER, _NARROW = 1.8, 1.3
_STROKES_IN_LETTER = 1.35
_LEAST_LETTERS, _MOST_LETTERS = 3, 400
_MARKER_HEIGHT, _MARKER_GREY, _MARKER_CONTRAST = 0.03, 180, 30

# Columns of a table of letters.
_LEFT, _TOP, _WIDTH, _HEIGHT, _GREY, _COUNT = range(6)


@dataclass(frozen=True)
class TextFound:
    """What was found: `text`, else `marker`, else `none`; and where: (left, top, width, height) in pixels."""

    kind: Literal["none", "marker", "text"]
    boxes: tuple[Box, ...] = ()


def find_text(image: np.ndarray) -> TextFound:
    """Looks for burned-in text in a grey image, uint8 [H, W] at its full size."""
    step = -(-max(image.shape) // _LONGEST_SIDE)
    if step > 1:
        size = (max(image.shape[1] // step, 1), max(image.shape[0] // step, 1))
        image = cv2.resize(image[: size[1] * step, : size[0] * step], size, interpolation=cv2.INTER_AREA)
    if min(image.shape) < _SHORTEST_SIDE:
        return TextFound("none")
    texts: list[Box] = []
    markers: list[Box] = []
    for bright in (True, False):
        letters = _letters(image, _ink(image, bright), bright)
        for line in _lines(letters):
            found = letters[line]
            if found[:, _COUNT].sum() >= _LEAST_LETTERS:
                texts.append(_around(found))
            elif bright and _is_marker(found, image):
                markers.append(_around(found))
    kind = TEXT if texts else MARKER if markers else "none"
    boxes = sorted(set(texts or markers))
    return TextFound(kind, tuple(tuple(step * value for value in box) for box in boxes))


def _ink(image: np.ndarray, bright: bool) -> np.ndarray:
    """Thin strokes of bright, or dark, grey in the border regions, uint8 [H, W] of 0 and 1."""
    height, width = image.shape
    side = max(min(image.shape) // 32, 3) | 1
    kernel = np.ones((side, side), np.uint8)
    if bright:
        strokes = cv2.morphologyEx(image, cv2.MORPH_TOPHAT, kernel)
        ink = ((strokes >= _BRIGHT_CONTRAST) & (image >= _BRIGHT)) | (strokes >= _STRONG_CONTRAST)
    else:
        # Furrows of a brain are dark lines on grey; letters are dark on white.
        ground = cv2.morphologyEx(image, cv2.MORPH_CLOSE, kernel)
        ink = (ground >= _PAPER) & (ground - image >= _DARK_CONTRAST)
    rows, columns = int(height * _BORDER), int(width * _BORDER)
    ink[rows : height - rows, columns : width - columns] = False
    return ink.view(np.uint8)


def _letters(image: np.ndarray, ink: np.ndarray, bright: bool) -> np.ndarray:
    """What could be a letter, or several that touch: rows of left, top, width, height, grey and count, int [K, 6]."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8, ltype=cv2.CV_16U)
    wide, high, area = (stats[:, column] for column in (cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT, cv2.CC_STAT_AREA))
    keep = (high >= max(_LEAST_PIXELS, _LEAST_HEIGHT * image.shape[0])) & (high <= _MOST_HEIGHT * image.shape[0])
    keep &= (area >= high) & (area <= 0.9 * wide * high + 1)
    keep[0] = False  # the ground
    found = []
    for number in np.flatnonzero(keep)[:_MOST_LETTERS]:
        x, y, w, h, _ = stats[number]
        mask = labels[y : y + h, x : x + w] == number
        count = 1 if w <= _NARROW * h else _touching(mask)
        if count:
            greys = np.sort(image[y : y + h, x : x + w][mask])
            found.append((x, y, w, h, int(greys[len(greys) * (3 if bright else 1) // 4]), count))
    return np.array(found, np.int64).reshape(-1, 6)


def _touching(mask: np.ndarray) -> int:
    """How many letters a wide shape is, from the strokes that lines across it meet; 0 for a wire or a rib."""
    height, width = mask.shape
    middle = mask[height // 4 : -(height // 4) or None]
    strokes = float((middle[:, 1:] & ~middle[:, :-1]).sum(axis=1).mean()) + float(middle[:, 0].mean())
    if strokes < max(0.9 * width / height, 2):
        return 1 if width <= _WIDEST_LETTER * height else 0
    return max(round(strokes / _STROKES_IN_LETTER), 1)


def _lines(letters: np.ndarray) -> list[np.ndarray]:
    """Rows of letters that stand on one line, each next to another, with one height and one grey value."""
    left, top, wide, high, grey, _ = letters.T
    bottom, right = top + high, left + wide
    tall = np.maximum(high[:, None], high[None])
    gap = np.maximum(left[:, None], left[None]) - np.minimum(right[:, None], right[None])
    joined = np.abs(bottom[:, None] - bottom[None]) <= 0.25 * tall
    joined &= np.minimum(high[:, None], high[None]) >= 0.6 * tall
    joined &= (gap <= 1.2 * tall) & (gap >= -0.3 * tall)
    joined &= np.abs(grey[:, None] - grey[None]) <= 30
    np.fill_diagonal(joined, True)
    lines, left_over = [], np.ones(len(letters), bool)
    while left_over.any():
        reached = np.zeros(len(letters), bool)
        new = np.arange(len(letters)) == left_over.argmax()
        while new.any():
            reached |= new
            new = joined[new].any(axis=0) & ~reached
        left_over &= ~reached
        lines.append(np.flatnonzero(reached))
    return lines


def _is_marker(line: np.ndarray, image: np.ndarray) -> bool:
    """Whether one or two letters are large and bright, have a letter's shape, and stand in the dark by themselves."""
    high, wide = line[:, _HEIGHT], line[:, _WIDTH]
    shaped = (high >= _MARKER_HEIGHT * image.shape[0]) & (wide >= 0.3 * high) & (wide <= _NARROW * high)
    shaped &= line[:, _GREY] >= _MARKER_GREY
    if len(line) > 2 or not shaped.all():
        return False
    left, top, width, height = _around(line)
    margin = max(height // 4, 2)
    part = image[max(top - margin, 0) : top + height + margin, max(left - margin, 0) : left + width + margin]
    bright = part >= line[:, _GREY].min() - _MARKER_CONTRAST
    frame = np.concatenate([bright[0], bright[-1], bright[:, 0], bright[:, -1]])
    return bool(frame.mean() <= 0.02 and 0.15 <= bright.sum() / (width * height) <= 0.75)


def _around(line: np.ndarray) -> Box:
    left, top = line[:, _LEFT].min(), line[:, _TOP].min()
    right, bottom = (line[:, _LEFT] + line[:, _WIDTH]).max(), (line[:, _TOP] + line[:, _HEIGHT]).max()
    return int(left), int(top), int(right - left), int(bottom - top)
