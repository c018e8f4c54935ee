"""The exposure of one chest image: positioning, projection, film curve; and drawing of curves into that image."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

_OVERSAMPLING = 2  # curves are drawn at twice the resolution and averaged down: soft, sub-pixel edges
_FRACTION_BITS = 4


@dataclass(frozen=True)
class View:
    """One exposure.

    Attributes:
        height: Image height, pixels.
        width: Image width, pixels.
        frontal: False for a lateral image.
        ap: Front-to-back beam, usually in bed: larger heart, less inspiration, shoulder blades over the lungs.
        affine: 2 x 3 matrix from thorax units (x, y) to pixels.
        turn: Sideways shift per unit of depth z, from a patient not facing the beam squarely.
        lean: Upward shift per unit of depth z, from a beam that is not level.
        raised: How far the diaphragm stays above full inspiration, thorax units.
        magnification: Magnification of the heart, by its distance from the detector.
        contrast: Steepness of the film curve relative to the usual one.
        brightness: Shift of the film curve, share of the grey range.
        noise: Quantum noise relative to the usual one.
        blur: Focal spot and motion, pixels (standard deviation).
        collimated: Width of the dark border, pixels.
        marker: Place of the side marker, or None.
    """

    height: int
    width: int
    frontal: bool
    ap: bool
    affine: np.ndarray
    turn: float
    lean: float
    raised: float
    magnification: float
    contrast: float
    brightness: float
    noise: float
    blur: float
    collimated: int
    marker: tuple[float, float] | None

    @cached_property
    def scale(self) -> float:
        """Pixels per thorax unit."""
        return float(np.sqrt(abs(np.linalg.det(self.affine[:, :2]))))

    def project(self, points: np.ndarray, z: float | np.ndarray = 0.0) -> np.ndarray:
        """Pixel coordinates [N, 2] of points [N, 2] at depth `z`, or of points [N, 3] with their own depth."""
        if points.shape[-1] == 3:
            points, z = points[..., :2], points[..., 2]
        z = np.asarray(z)[..., None]
        return (points + z * (self.turn, -self.lean)) @ self.affine[:, :2].T + self.affine[:, 2]

    def grid(self) -> tuple[np.ndarray, np.ndarray]:
        """Thorax coordinates x, y of every pixel, float32 [H, W] each."""
        inverse = cv2.invertAffineTransform(self.affine).astype(np.float32)
        columns = np.arange(self.width, dtype=np.float32)[None, :]
        rows = np.arange(self.height, dtype=np.float32)[:, None]
        x, y = (inverse[axis, 0] * columns + inverse[axis, 1] * rows + inverse[axis, 2] for axis in (0, 1))
        return x, y


def draw_view(rng: np.random.Generator, frontal: bool, ap: bool, short_side: int, long_side: int) -> View:
    """Draws positioning and exposure of one image, whose sides are about `short_side` and `long_side` pixels."""
    short = int(round(short_side * rng.uniform(0.96, 1.04)))
    long = int(round(long_side * rng.uniform(0.96, 1.04)))
    landscape = rng.random() < (0.7 if frontal else 0.25)
    height, width = (short, long) if landscape else (long, short)
    scale = min(height / 2.38, width / (2.42 if frontal else 2.2)) * rng.uniform(0.95, 1.08)
    angle = np.radians(rng.normal(0, 1.6 if not ap else 2.6))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) * scale
    centre = np.array([rng.normal(0, 0.035), 0.88 + rng.normal(0, 0.045)])
    shift = np.array([width / 2, height / 2]) - turn @ centre
    marked = rng.random() < 0.6
    return View(
        height=height,
        width=width,
        frontal=frontal,
        ap=ap,
        affine=np.concatenate([turn, shift[:, None]], 1),
        turn=float(rng.normal(0, 0.05 if not ap else 0.09)),
        lean=float(rng.normal(0.0, 0.05) + (0.08 if ap else 0.0)),
        raised=float(np.clip(rng.normal(0.02, 0.05) + (0.10 if ap else 0.0), -0.08, 0.28)),
        magnification=1.05 if ap else 1.0,
        contrast=float(rng.uniform(0.85, 1.2) * (0.92 if ap else 1.0)),
        brightness=float(rng.normal(0, 0.035)),
        noise=float(rng.uniform(0.5, 1.3) * (1.4 if ap else 1.0)),
        blur=float(rng.uniform(0.35, 0.7) + (0.15 if ap else 0.0)),
        collimated=int(rng.integers(3, 14)) if rng.random() < 0.25 else 0,
        marker=(float(rng.choice([0.06, 0.92])), float(rng.uniform(0.05, 0.16))) if marked else None,
    )


class Canvas:
    """Draws filled outlines and lines, given in thorax units, as soft-edged float32 masks [H, W] in 0..1."""

    def __init__(self, view: View):
        self.view = view

    def _blank(self) -> np.ndarray:
        return np.zeros((self.view.height * _OVERSAMPLING, self.view.width * _OVERSAMPLING), np.uint8)

    def _shrink(self, drawn: np.ndarray) -> np.ndarray:
        size = (self.view.width, self.view.height)
        small = cv2.resize(drawn, size, interpolation=cv2.INTER_AREA)
        return np.multiply(small, np.float32(1 / 255), dtype=np.float32)

    def _fixed(self, curves: Sequence[np.ndarray], z: float) -> list[np.ndarray]:
        """Fixed-point pixel coordinates of all curves [N, 2], [N, 3] or [B, N, 2], projected in one go."""
        width = curves[0].shape[-1]
        pixels = self.view.project(np.concatenate([curve.reshape(-1, width) for curve in curves]), z)
        fixed = np.round(((pixels + 0.5) * _OVERSAMPLING - 0.5) * (1 << _FRACTION_BITS)).astype(np.int32)
        parts, start = [], 0
        for curve in curves:
            parts.append(fixed[start : (start := start + curve.size // width)])
        return parts

    def fill(self, outlines: list[np.ndarray], z: float = 0.0) -> np.ndarray:
        """The union of closed outlines [N, 2] at depth `z` (or [N, 3])."""
        drawn = self._blank()
        for outline in self._fixed(outlines, z):
            cv2.fillPoly(drawn, [outline], 255, cv2.LINE_8, _FRACTION_BITS)
        return self._shrink(drawn)

    def stroke(
        self,
        lines: list[tuple[np.ndarray, float, float]],
        z: float = 0.0,
        over: Sequence[np.ndarray] = (),
        value: float = 1.0,
    ) -> np.ndarray:
        """Lines (points [N, 2] or [B, N, 2], thickness in thorax units, value 0..1); later ones cover earlier ones.

        `over` are outlines filled with `value` beneath the lines.
        """
        drawn = self._blank()
        for outline in self._fixed(over, z) if over else []:
            cv2.fillPoly(drawn, [outline], int(255 * value), cv2.LINE_8, _FRACTION_BITS)
        for (points, thickness, grey), fixed in zip(lines, self._fixed([line[0] for line in lines], z), strict=True):
            pixels = max(1, int(round(thickness * self.view.scale * _OVERSAMPLING)))
            curves = list(fixed.reshape(*points.shape[:-1], 2)) if points.ndim == 3 else [fixed]
            cv2.polylines(drawn, curves, False, int(round(255 * grey)), pixels, cv2.LINE_8, _FRACTION_BITS)
        return self._shrink(drawn)
