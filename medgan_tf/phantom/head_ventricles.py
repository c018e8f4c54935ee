"""Fluid spaces and grey nuclei inside the brain, as curves and outlines that change with height.

Every control point of a side has its own height (the slices are tilted), so each is looked up in key frames on its own.
"""

import numpy as np

from medgan_tf.phantom.head_anatomy import HeadPatient
from medgan_tf.phantom.head_raster import Curve, ellipse, ramp

_HEIGHTS = np.array([38.0, 42.0, 49.0, 56.0, 63.0, 70.0, 75.0])

# (x, y, radius) in mm of one side's frontal horn and ventricular body at each height, from front to back
_FRONT = np.array(
    [
        [(10, 35, 0.0), (9, 31, 0.0), (7, 27, 0.0), (5, 23, 0.0)],
        [(11, 36, 1.0), (9, 32, 2.2), (6.5, 28, 2.0), (5, 24, 0.8)],
        [(14, 40, 2.2), (11, 35, 3.8), (7.5, 29, 4.0), (5, 22, 2.4)],
        [(13, 36, 2.8), (11, 29, 4.4), (8.5, 20, 4.3), (7.5, 10, 3.9)],
        [(13, 30, 2.0), (11.5, 23, 4.0), (10, 14, 4.5), (9.5, 6, 4.6)],
        [(13, 22, 0.0), (12.5, 17, 1.4), (12, 10, 2.4), (12, 4, 2.6)],
        [(13, 20, 0.0), (12.5, 15, 0.0), (12, 9, 0.0), (12, 4, 0.0)],
    ]
)
# the same for the atrium and the occipital horn
_BACK = np.array(
    [
        [(27, -12, 0.0), (29, -20, 0.0), (30, -28, 0.0), (29, -36, 0.0), (27, -42, 0.0)],
        [(25, -13, 0.0), (28, -21, 1.6), (29, -29, 2.6), (28, -38, 2.2), (26, -45, 1.2)],
        [(20, -15, 0.4), (24, -23, 3.8), (26, -32, 4.8), (26, -42, 3.8), (23, -52, 1.6)],
        [(10, 0, 3.4), (14, -11, 4.0), (19, -21, 5.4), (23, -31, 5.2), (22, -41, 2.8)],
        [(10, -2, 4.6), (11.5, -10, 4.7), (14, -18, 4.6), (17, -26, 3.4), (18, -33, 1.2)],
        [(12, -2, 2.6), (13, -8, 2.2), (14, -14, 1.2), (15, -19, 0.0), (15, -24, 0.0)],
        [(12, -2, 0.0), (13, -8, 0.0), (14, -14, 0.0), (15, -19, 0.0), (15, -24, 0.0)],
    ]
)


class Placement:
    """Where things of the brain lie in one slice: tilt of the slice and push by bleeds.

    Args:
        patient: The head.
        z: Height of the slice, mm.
        push: Midline shift to the right of the picture, mm (negative: to the left).
        swelling: Dilatation of the ventricles, 1 for none.
    """

    def __init__(self, patient: HeadPatient, z: float, push: float = 0.0, swelling: float = 1.0):
        self._patient = patient
        self.z = z
        self.push = push
        self.width = patient.ventricle * swelling

    def height(self, x: float, y: float) -> float:
        """Height of the point (x, y) of this slice, mm."""
        return self.z + self._patient.roll * x + self._patient.pitch * y

    def moved(self, points: np.ndarray) -> np.ndarray:
        """Points float [N, 2] after the midline shift, which is greatest at the middle of the head."""
        points = np.array(points, dtype=float)
        share = np.exp(-((points[:, 0] / 38) ** 2) - ((points[:, 1] - 3) / 48) ** 2)
        points[:, 0] += self.push * share
        return points

    def narrowed(self, side: int) -> float:
        """Factor on the ventricle of a side: the one on the side of the bleed is pressed flat."""
        pressed = side * self.push < 0
        return max(1 - 0.09 * abs(self.push), 0.25) if pressed else 1 + 0.03 * abs(self.push)

    def keyed(self, keys: np.ndarray, side: int) -> Curve:
        """Curve from key frames [heights, points, 3] for a side (-1 or 1)."""
        points, radii = [], []
        for track in keys.transpose(1, 2, 0):
            z = self.height(side * track[0].mean(), track[1].mean())
            x, y, radius = (float(np.interp(z, _HEIGHTS, values)) for values in track)
            points.append((side * (x + 2.5 * (self.width - 0.9)), y))
            radii.append(radius * self.width * self.narrowed(side))
        return self.moved(np.array(points)), np.array(radii)


def lateral_ventricles(place: Placement) -> list[Curve]:
    """Frontal horns, bodies, atria and occipital horns of both sides."""
    curves = []
    for side in (-1, 1):
        front, back = place.keyed(_FRONT, side), place.keyed(_BACK, side)
        if back[1][0] > 0.6 * front[1][-1] > 0:  # horn and atrium meet in the body
            curves.append((np.vstack([front[0], back[0]]), np.concatenate([front[1], back[1]])))
        else:
            curves += [front, back]
    return curves


def third_ventricle(place: Placement) -> list[Curve]:
    """The slit between the thalami, and the fourth ventricle below."""
    third = ramp(place.z, 36, 39, 48, 52)
    points = place.moved(np.array([(0, 14), (0, 8), (0, 1), (0, -6)]))
    return [(points, np.array([0.8, 1.4, 1.6, 1.0]) * place.width**1.4 * third)]


def cisterns(place: Placement) -> list[Curve]:
    """Suprasellar star, ambient and quadrigeminal cisterns, Sylvian fissures; fluid in health, blood in a bleed."""
    z, roomy = place.z, 0.7 + 0.6 * place.width
    curves: list[Curve] = []
    base = ramp(z, 20, 24, 31, 36) * roomy
    around = ramp(z, 22, 27, 35, 41) * roomy
    plate = ramp(z, 30, 36, 43, 50) * roomy
    if base > 0:
        curves.append((np.array([(0, 30), (0, 22), (0, 14)]), np.array([1.2, 3.0, 5.5]) * base))
    if plate > 0:
        curves.append((np.array([(-8, -15), (-4, -18), (0, -19), (4, -18), (8, -15)]), np.full(5, 1.8) * plate))
        curves.append((np.array([(0, -20), (0, -26)]), np.array([2.2, 1.2]) * plate))
    for side in (-1, 1):
        mirror = np.array([side, 1])
        if base > 0:
            curves.append((np.array([(0, 15), (12, 20), (25, 24)]) * mirror, np.array([4.0, 2.4, 1.6]) * base))
            curves.append((np.array([(0, 13), (9, 8), (15, 3)]) * mirror, np.array([4.5, 3.0, 1.8]) * base))
        if around > 0:
            ring = np.array([(14, 6), (18, -2), (17, -10), (10, -17), (0, -20)])
            curves.append((ring * mirror, np.array([1.6, 1.4, 1.4, 1.8, 2.2]) * around))
        curves += sylvian_fissure(place, side)
    return curves


def sylvian_fissure(place: Placement, side: int) -> list[Curve]:
    """The cleft from the temple to the insula on one side, and the insula's own groove."""
    z = place.height(side * 45, 10)
    # widths of 1 are a middle-aged brain; a bleed of the same side closes the fissure
    open_ = ramp(z, 24, 32, 50, 60) * (0.35 + 0.75 * place.width) * place.narrowed(side)
    if open_ <= 0:
        return []
    mirror = np.array([side, 1])
    stem = np.array([(70, 16), (58, 19), (47, 20), (40, 17)])
    insula = np.array([(37, 27), (40, 18), (42, 8), (42, -2), (40, -10)])
    return [
        (place.moved(stem * mirror), np.array([2.2, 1.4, 1.4, 1.6]) * open_),
        (place.moved(insula * mirror), np.array([0.7, 1.3, 1.2, 1.0, 0.6]) * open_),
    ]


def nuclei(place: Placement) -> list[np.ndarray]:
    """Outlines of the caudate, the lentiform nucleus and the thalamus of both sides."""
    outlines = []
    for side in (-1, 1):
        z = place.height(side * 18, 6)
        narrow = 2.5 * (place.width - 0.9)
        parts = (
            (ramp(z, 37, 42, 58, 66), (15.5 + narrow, 26), (4.0, 7.5), 0.35),
            (ramp(z, 35, 40, 52, 58), (25.0 + narrow / 2, 8), (5.6, 15.0), -0.22),
            (ramp(z, 37, 42, 55, 61), (10.0 + narrow / 2, -5), (7.0, 12.5), 0.45),
        )
        for size, (x, y), (across, along), turn in parts:
            if size > 0.1:
                grow = np.sqrt(size)
                shape = ellipse((side * x, y), (across * grow, along * grow), -side * turn)
                outlines.append(place.moved(shape))
    return outlines


def brainstem(z: float) -> list[np.ndarray]:
    """Outline of the midbrain below the third ventricle."""
    size = ramp(z, 20, 24, 34, 39)
    return [ellipse((0, -3), (15 * size, 12.5 * size))] if size > 0.3 else []
