"""Finds text that is burned into a picture: names, dates and notes, in the border regions where they stand.

Letters are thin strokes of one grey value, far brighter or darker than what they stand on, of one height on one
baseline. One or two such letters are a side marker, as L or R: radiographers put it there, and it names nobody. Letters
that read upwards, text across the middle, and letters below 7 pixels or above a tenth of the height are not looked for.
`docs/prepare.md` has the measured rates.
"""

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

TEXT, MARKER = "text", "marker"

_LONGEST_SIDE = 448
_BORDER = 0.3
_BRIGHT, _BRIGHT_CONTRAST = 145, 40
_PAPER, _DARK_CONTRAST = 150, 60
_LEAST_PIXELS = 4
_MOST_LETTERS = 400
_MARKER_HEIGHT, _MARKER_GREY, _MARKER_CONTRAST = 0.03, 180, 30
_LEAST_LETTERS = 3

Box = tuple[int, int, int, int]


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
    if min(image.shape) < 32:
        return TextFound("none")
    texts: list[Box] = []
    markers: list[Box] = []
    for bright in (True, False):
        letters = _letters(image, _ink(image, bright), bright)
        for line in _lines(letters):
            found = letters[line]
            if _is_text(found):
                texts.append(_around(found))
            elif bright and _is_marker(found, image):
                markers.append(_around(found))
    kind = "text" if texts else "marker" if markers else "none"
    boxes = sorted(set(texts or markers))
    return TextFound(kind, tuple(tuple(step * value for value in box) for box in boxes))


def _ink(image: np.ndarray, bright: bool) -> np.ndarray:
    """Thin strokes of bright, or dark, grey in the border regions, uint8 [H, W] of 0 and 1."""
    height, width = image.shape
    side = max(min(image.shape) // 32, 3) | 1
    kernel = np.ones((side, side), np.uint8)
    if bright:
        strokes = cv2.morphologyEx(image, cv2.MORPH_TOPHAT, kernel)
        ink = (strokes >= _BRIGHT_CONTRAST) & (image >= _BRIGHT)
    else:
        # Furrows of a brain are dark lines on grey; letters are black on white.
        around = cv2.morphologyEx(image, cv2.MORPH_CLOSE, kernel)
        ink = (around >= _PAPER) & (around - image >= _DARK_CONTRAST)
    rows, columns = int(height * _BORDER), int(width * _BORDER)
    ink[rows : height - rows, columns : width - columns] = False
    return ink.view(np.uint8)


# Columns of the table of letters.
_LEFT, _TOP, _WIDTH, _HEIGHT, _GREY, _COUNT = range(6)


def _letters(image: np.ndarray, ink: np.ndarray, bright: bool) -> np.ndarray:
    """What could be a letter, or several that touch: rows of left, top, width, height, grey, count, int [K, 6]."""
    height = image.shape[0]
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8, ltype=cv2.CV_16U)
    wide, high, area = (stats[:, column] for column in (cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT, cv2.CC_STAT_AREA))
    keep = (high >= max(_LEAST_PIXELS, 0.018 * height)) & (high <= 0.1 * height) & (area >= high)
    keep &= (area <= 0.9 * wide * high + 1)
    keep[0] = False
    found = []
    for number in np.flatnonzero(keep)[:_MOST_LETTERS]:
        x, y, w, h, _ = stats[number]
        mask = labels[y : y + h, x : x + w] == number
        count = 1 if w <= 1.3 * h else _touching(mask)
        if count:
            greys = np.sort(image[y : y + h, x : x + w][mask])
            found.append((x, y, w, h, int(greys[len(greys) * (3 if bright else 1) // 4]), count))
    return np.array(found, np.int64).reshape(-1, 6)


def _touching(mask: np.ndarray) -> int:
    """How many letters a wide shape is: from the strokes that a line across it meets; 0 for a wire or a rib."""
    height, width = mask.shape
    middle = mask[height // 4 : -(height // 4) or None]
    strokes = float((middle[:, 1:] & ~middle[:, :-1]).sum(axis=1).mean()) + float(middle[:, 0].mean())
    if strokes < 0.9 * width / height or strokes < 2:
        return 1 if width <= 1.8 * height else 0
    return max(int(round(strokes / 1.6)), 1)


def _lines(letters: np.ndarray) -> list[np.ndarray]:
    """Rows of letters that stand on one line, one after the other, with one grey value."""
    if not len(letters):
        return []
    left, top, wide, high, grey, _ = letters.T
    bottom, right = top + high, left + wide
    tall = np.maximum(high[:, None], high[None])
    gap = np.maximum(left[:, None], left[None]) - np.minimum(right[:, None], right[None])
    same = np.abs(bottom[:, None] - bottom[None]) <= 0.25 * tall
    same &= np.minimum(high[:, None], high[None]) >= 0.6 * tall
    same &= (gap <= 1.2 * tall) & (gap >= -0.3 * tall)
    same &= np.abs(grey[:, None] - grey[None]) <= 30
    return _connected(same)


def _connected(joined: np.ndarray) -> list[np.ndarray]:
    left = np.ones(len(joined), bool)
    lines = []
    for start in range(len(joined)):
        if not left[start]:
            continue
        reached = np.zeros(len(joined), bool)
        new = np.zeros(len(joined), bool)
        new[start] = True
        while new.any():
            reached |= new
            new = joined[new].any(axis=0) & ~reached
        left &= ~reached
        lines.append(np.flatnonzero(reached))
    return lines


def _is_text(line: np.ndarray) -> bool:
    return int(line[:, _COUNT].sum()) >= _LEAST_LETTERS


def _is_marker(line: np.ndarray, image: np.ndarray) -> bool:
    """Whether one or two letters are large, bright, of a letter's shape, and darkness is all around them."""
    high, wide = line[:, _HEIGHT], line[:, _WIDTH]
    shaped = (high >= _MARKER_HEIGHT * image.shape[0]) & (wide >= 0.3 * high) & (wide <= 1.3 * high)
    shaped &= line[:, _GREY] >= _MARKER_GREY
    if len(line) > 2 or not shaped.all():
        return False
    left, top, width, height = _around(line)
    margin = max(height // 4, 2)
    part = image[max(top - margin, 0) : top + height + margin, max(left - margin, 0) : left + width + margin]
    bright = (part >= line[:, _GREY].min() - _MARKER_CONTRAST).astype(np.uint8)
    frame = np.concatenate([bright[0], bright[-1], bright[:, 0], bright[:, -1]])
    return bool(frame.mean() <= 0.02) and 0.15 <= bright.sum() / (width * height) <= 0.75


def _around(line: np.ndarray) -> Box:
    left, top = line[:, _LEFT].min(), line[:, _TOP].min()
    right, bottom = (line[:, _LEFT] + line[:, _WIDTH]).max(), (line[:, _TOP] + line[:, _HEIGHT]).max()
    return int(left), int(top), int(right - left), int(bottom - top)
