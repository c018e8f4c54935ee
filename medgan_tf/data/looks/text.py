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

from medgan_tf.data.looks.marks import MARKER, TEXT

Box = tuple[int, int, int, int]

_LONGEST_SIDE = 448
_SHORTEST_SIDE = 32
_BORDER = 0.3
# Grey levels.
_BRIGHT, _BRIGHT_CONTRAST, _STRONG_CONTRAST = 145, 40, 90
_PAPER, _DARK_CONTRAST = 150, 60
# Shares of the height of the picture, and of a letter.
_LEAST_HEIGHT, _MOST_HEIGHT, _LEAST_PIXELS = 0.018, 0.1, 4
_WIDEST_LETTER, _NARROW = 1.8, 1.3
_STROKES_IN_LETTER = 1.15
_LEAST_STROKES = 6
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
    place = _place_to_look(image) if min(image.shape) >= _SHORTEST_SIDE else None
    if place is None:
        return TextFound("none")
    texts: list[Box] = []
    markers: list[Box] = []
    for bright in (True, False):
        letters = _letters(image, place, bright)
        for line in _lines(letters):
            found = letters[line]
            if found[:, _COUNT].sum() >= _LEAST_LETTERS:
                texts.append(_around(found))
            elif bright and _is_marker(found, image):
                markers.append(_around(found))
    kind = TEXT if texts else MARKER if markers else "none"
    boxes = _merged(texts or markers)
    return TextFound(kind, tuple(tuple(step * value for value in box) for box in boxes))


def _place_to_look(image: np.ndarray) -> Box | None:
    """The part of a picture that can have letters: around all thin upright bright strokes near its sides; all of a
    picture on white; None where there are none. In most radiographs this is a small part."""
    height, width = image.shape
    frame = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
    if np.count_nonzero(frame >= _PAPER) * 2 > frame.size:
        return 0, 0, width, height
    reach = max(min(image.shape) // 100, 2)
    middle = image[:, reach:-reach]
    ridge = cv2.min(cv2.subtract(middle, image[:, : -2 * reach]), cv2.subtract(middle, image[:, 2 * reach :]))
    strokes = _strokes(ridge, middle)
    _clear_middle(strokes, image.shape, reach, 0)
    if cv2.countNonZero(strokes) < _LEAST_STROKES:
        return None
    x, y, w, h = cv2.boundingRect(strokes)
    margin = int(_MOST_HEIGHT * height)
    left, top = max(x + reach - margin, 0), max(y - margin, 0)
    return left, top, min(x + reach + w + margin, width) - left, min(y + h + margin, height) - top


def _clear_middle(mask: np.ndarray, shape: tuple[int, int], left: int, top: int) -> None:
    """Sets to 0 what lies in the middle of a picture of this shape, in a mask of its part from (left, top) on."""
    rows, columns = int(shape[0] * _BORDER), int(shape[1] * _BORDER)
    mask[
        max(rows - top, 0) : max(shape[0] - rows - top, 0), max(columns - left, 0) : max(shape[1] - columns - left, 0)
    ] = 0


def _strokes(contrast: np.ndarray, image: np.ndarray) -> np.ndarray:
    """Pixels a little brighter than their ground if they are bright themselves, else much brighter, of 0 and 255."""
    bright = cv2.bitwise_and(cv2.inRange(contrast, _BRIGHT_CONTRAST, 255), cv2.inRange(image, _BRIGHT, 255))
    return cv2.bitwise_or(bright, cv2.inRange(contrast, _STRONG_CONTRAST, 255))


def _ink(image: np.ndarray, place: Box, bright: bool) -> np.ndarray:
    """Thin strokes of bright, or dark, grey in a part of a picture, uint8 of the size of the part, 0 elsewhere."""
    x, y, w, h = place
    part = image[y : y + h, x : x + w]
    side = max(min(image.shape) // 32, 3) | 1
    kernel = np.ones((side, side), np.uint8)
    if bright:
        ink = _strokes(cv2.morphologyEx(part, cv2.MORPH_TOPHAT, kernel), part)
    else:
        # Furrows of a brain are dark lines on grey; letters are dark on white.
        ground = cv2.morphologyEx(part, cv2.MORPH_CLOSE, kernel)
        darker = cv2.inRange(cv2.subtract(ground, part), _DARK_CONTRAST, 255)
        ink = cv2.bitwise_and(cv2.inRange(ground, _PAPER, 255), darker)
    _clear_middle(ink, image.shape, x, y)
    return ink


def _letters(image: np.ndarray, place: Box, bright: bool) -> np.ndarray:
    """What could be a letter, or several that touch: rows of left, top, width, height, grey and count, int [K, 6]."""
    ink = _ink(image, place, bright)
    outlines, _ = cv2.findContours(ink, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    least, most = max(_LEAST_PIXELS, _LEAST_HEIGHT * image.shape[0]), _MOST_HEIGHT * image.shape[0]
    found = []
    for x, y, w, h in map(cv2.boundingRect, outlines):
        if not least <= h <= most or len(found) == _MOST_LETTERS:
            continue
        mask = ink[y : y + h, x : x + w] > 0
        if not h <= np.count_nonzero(mask) <= 0.9 * w * h + 1:
            continue
        count = 1 if w <= _NARROW * h else _touching(mask)
        if count:
            left, top = x + place[0], y + place[1]
            greys = np.sort(image[top : top + h, left : left + w][mask])
            found.append((left, top, w, h, int(greys[len(greys) * (3 if bright else 1) // 4]), count))
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
    if not len(letters):
        return []
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


def _merged(boxes: list[Box]) -> list[Box]:
    """Boxes that overlap as one, sorted."""
    apart: list[Box] = []
    for x, y, w, h in sorted(boxes):
        while meets := [b for b in apart if b[0] <= x + w and x <= b[0] + b[2] and b[1] <= y + h and y <= b[1] + b[3]]:
            (left, top, wide, high), *_ = meets
            apart.remove(meets[0])
            right, bottom = max(x + w, left + wide), max(y + h, top + high)
            x, y = min(x, left), min(y, top)
            w, h = right - x, bottom - y
        apart.append((x, y, w, h))
    return sorted(apart)


def _around(line: np.ndarray) -> Box:
    left, top = line[:, _LEFT].min(), line[:, _TOP].min()
    right, bottom = (line[:, _LEFT] + line[:, _WIDTH]).max(), (line[:, _TOP] + line[:, _HEIGHT]).max()
    return int(left), int(top), int(right - left), int(bottom - top)
