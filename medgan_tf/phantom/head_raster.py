"""Drawing in millimetres: head coordinates, tapered curves, polygons and smooth random fields on a square pixel grid.

Head coordinates are millimetres around the middle of the brain: x to the right of the picture (the patient's left, as
radiologists look at a slice from below), y towards the nose.
"""

from collections.abc import Sequence

import cv2
import numpy as np

Curve = tuple[np.ndarray, np.ndarray]
"""Points float [N, 2] in mm of head coordinates and radii float [N] in mm."""

_SUPERSAMPLING = 2
_SHIFT = 4  # sub-pixel bits of the OpenCV drawing calls


class Frame:
    """Pixel grid of one patient's slices.

    Args:
        size: Rows and columns.
        spacing: Pixel size in mm.
        rotation: Turn of the head in the slice plane, radians, counter-clockwise.
        offset: Where the head's origin lies, mm to the right of and above the image centre.

    Attributes:
        x, y: float32 [size, size], head coordinates of the pixel centres in mm.
    """

    def __init__(self, size: int, spacing: float, rotation: float, offset: tuple[float, float]):
        self.size = size
        self.spacing = spacing
        self._offset = np.asarray(offset, dtype=np.float64)
        cosine, sine = np.cos(rotation), np.sin(rotation)
        self._turn = np.array([[cosine, -sine], [sine, cosine]])
        axis = (np.arange(size) - (size - 1) / 2) * spacing
        right, up = np.meshgrid(axis - offset[0], -axis - offset[1])
        self.x = (cosine * right + sine * up).astype(np.float32)
        self.y = (-sine * right + cosine * up).astype(np.float32)
        self.from_centre = np.hypot(*np.meshgrid(axis, axis)).astype(np.float32)

    def soften(self, inside: np.ndarray) -> np.ndarray:
        """Share of each pixel that lies inside, from the signed distance to the border in mm (positive inside)."""
        return np.clip(inside / self.spacing + 0.5, 0, 1)

    def tubes(self, curves: Sequence[Curve], extra: float = 0.0) -> np.ndarray:
        """Coverage 0..1, float32 [size, size], of curves with varying radius, each radius enlarged by `extra` mm."""
        canvas = self._canvas()
        scale = _SUPERSAMPLING * (1 << _SHIFT)
        for points, radii in curves:
            path, thickness = _densify(np.asarray(points, float), np.asarray(radii, float) + extra)
            centres = np.rint(self._to_canvas(path)).astype(int)
            for (column, row), radius in zip(centres, thickness, strict=True):
                if radius > 0.3:
                    cv2.circle(
                        canvas, (int(column), int(row)), int(radius / self.spacing * scale), 255, -1, shift=_SHIFT
                    )
        return self._shrink(canvas)

    def polygons(self, outlines: Sequence[np.ndarray]) -> np.ndarray:
        """Coverage 0..1, float32 [size, size], of closed outlines, each float [N, 2] in mm of head coordinates."""
        canvas = self._canvas()
        for outline in outlines:
            points = np.rint(self._to_canvas(np.asarray(outline, float))).astype(np.int32)
            cv2.fillPoly(canvas, [points.reshape(-1, 1, 2)], 255, shift=_SHIFT)
        return self._shrink(canvas)

    def _canvas(self) -> np.ndarray:
        return np.zeros((self.size * _SUPERSAMPLING,) * 2, np.uint8)

    def _to_canvas(self, points: np.ndarray) -> np.ndarray:
        image = points @ self._turn.T + self._offset
        column = image[:, 0] / self.spacing + (self.size - 1) / 2
        row = -image[:, 1] / self.spacing + (self.size - 1) / 2
        return ((np.stack([column, row], 1) + 0.5) * _SUPERSAMPLING - 0.5) * (1 << _SHIFT)

    def _shrink(self, canvas: np.ndarray) -> np.ndarray:
        small = cv2.resize(canvas, (self.size, self.size), interpolation=cv2.INTER_AREA)
        return small.astype(np.float32) / np.float32(255)


def _densify(points: np.ndarray, radii: np.ndarray) -> Curve:
    """Catmull-Rom points through the given ones, about a millimetre apart, so that curves have no corners."""
    if len(points) == 1:
        return points, radii
    per_segment = int(np.hypot(*np.diff(points, axis=0).T).max()) + 2
    values = np.column_stack([points, radii])
    padded = np.vstack([2 * values[0] - values[1], values, 2 * values[-1] - values[-2]])
    t = np.linspace(0, 1, per_segment, endpoint=False)[:, None]
    pieces = []
    for a, b, c, d in zip(padded[:-3], padded[1:-2], padded[2:-1], padded[3:], strict=True):
        pieces.append(0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3))
    path = np.vstack([*pieces, values[-1:]])
    return path[:, :2], path[:, 2]


def ellipse(centre: Sequence[float], radii: Sequence[float], turn: float = 0.0, points: int = 32) -> np.ndarray:
    """Outline float [points, 2] of an ellipse with its axes turned counter-clockwise by `turn` radians."""
    angle = np.linspace(0, 2 * np.pi, points, endpoint=False)
    x, y = radii[0] * np.cos(angle), radii[1] * np.sin(angle)
    cosine, sine = np.cos(turn), np.sin(turn)
    return np.stack([centre[0] + cosine * x - sine * y, centre[1] + sine * x + cosine * y], 1)


class SmoothField:
    """Smooth random values over the slice plane that change slowly from slice to slice; unit variance at the knots.

    Args:
        rng: Where the knots are drawn from.
        cells: Knots along each side of the picture.
        height: Distance of the knot planes in mm.
    """

    _PLANES = 14

    def __init__(self, rng: np.random.Generator, cells: int, height: float = 12.0):
        self._knots = rng.standard_normal((self._PLANES, cells, cells)).astype(np.float32)
        self._height = height

    def at(self, z: float, size: int) -> np.ndarray:
        """Values float32 [size, size] at height `z` (mm)."""
        position = float(np.clip(z / self._height, 0, self._PLANES - 1.001))
        below, share = int(position), position - int(position)
        plane = self._knots[below] * np.cos(share * np.pi / 2) + self._knots[below + 1] * np.sin(share * np.pi / 2)
        return cv2.resize(plane.astype(np.float32), (size, size), interpolation=cv2.INTER_CUBIC)


def ramp(value: float, start: float, full: float, fading: float = np.inf, end: float = np.inf) -> float:
    """Trapezium: 0 before `start`, 1 from `full` to `fading`, 0 after `end`."""
    rise = (value - start) / (full - start)
    fall = 1.0 if np.isinf(end) else (end - value) / (end - fading)
    return float(np.clip(min(rise, fall), 0, 1))
