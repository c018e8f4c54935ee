"""One imaginary person's chest, as curves in thorax units.

Thorax units: x runs to image right (the person's left), 0 at the midline and about +-1 at the inner chest wall; y runs
down, 0 at the lung apex and about 1.5 at the domes of the diaphragm; z runs to the front, -0.55 at the spine and +0.55
at the breastbone. One unit is about 15 cm. `side` is -1 for the person's right lung (image left), +1 for the left one.
"""

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

SIDES = (-1, 1)


def smooth_closed(points: np.ndarray, per_segment: int = 10) -> np.ndarray:
    """A closed Catmull-Rom curve through `points` [N, 2], as [N * per_segment, 2]."""
    t = np.linspace(0, 1, per_segment, endpoint=False)[None, :, None]
    before, start = np.roll(points, 1, 0)[:, None], points[:, None]
    end, after = np.roll(points, -1, 0)[:, None], np.roll(points, -2, 0)[:, None]
    curve = 2 * start + (end - before) * t
    curve = curve + (2 * before - 5 * start + 4 * end - after) * t**2 + (3 * start - before - 3 * end + after) * t**3
    return (curve / 2).reshape(-1, 2)


@cache
def _rib_shape(number: int) -> tuple[np.ndarray, ...]:
    """What is the same in everybody's rib of this number, at 44 angles from the back: the angle, radians, how far it
    reaches to the side, falls and bends there, as shares, and its depth z."""
    angle = np.linspace(0.10, np.radians(142 if number < 9 else 142 - 22 * (number - 8)), 44)
    return angle, np.sin(angle) ** 0.93, 1 - np.cos(angle), np.sin(np.minimum(angle * 2, np.pi)), -0.55 * np.cos(angle)


@dataclass(frozen=True)
class ChestAnatomy:
    """The anatomy of one person, the same in every image. Lengths in thorax units.

    Attributes:
        sex: "Male" or "Female".
        age: Years.
        breadth: Width of the chest relative to the average.
        thickness_cm: Front-to-back soft tissue at the midline, cm.
        heart_ratio: Cardiothoracic ratio without cardiomegaly.
        mediastinum: Half-width of the upper mediastinum.
        knob: Radius of the aortic knob.
        dome: Height (y) of the right and left diaphragm dome.
        taper: How much narrower the upper chest is.
        rib_slope: Drop of a rib from back to front.
        breast: Size of the breast shadows, 0 for none.
        bone_density: Bone attenuation relative to the average.
        vessel_tree: Per branch generation (points [B, P, 2], diameter [B] units).
        seed: Entropy from which the place of each finding is drawn, the same in all the person's images.
    """

    sex: str
    age: int
    breadth: float
    thickness_cm: float
    heart_ratio: float
    mediastinum: float
    knob: float
    dome: tuple[float, float]
    taper: float
    rib_slope: float
    breast: float
    bone_density: float
    vessel_tree: tuple[tuple[np.ndarray, np.ndarray], ...]
    seed: int

    def wall(self, y: np.ndarray) -> np.ndarray:
        """Distance of the inner chest wall from the midline at height `y`."""
        below = np.maximum(np.asarray(y, float), 0)
        apex = 0.33 + 0.13 * np.sqrt(np.minimum(below / 0.12, 1))
        flare = (0.52 - self.taper) * (1 - np.exp(-below / 0.36)) + self.taper * np.minimum(below / 1.6, 1)
        return self.breadth * (apex + flare + 0.03 * np.sin(np.clip(below, 0, 2) * 1.6))

    def diaphragm(self, side: int, x: np.ndarray, raised: float = 0.0) -> np.ndarray:
        """Height y of the diaphragm at distance `x` (positive) from the midline, `raised` units above its place."""
        dome = self.dome[0 if side < 0 else 1] - raised
        crown, end = 0.46 * self.breadth, self.wall(dome + 0.3)
        lateral = (0.27 + 0.6 * raised) * np.clip((x - crown) / (end - crown), 0, 1.1) ** 2.3
        medial = 0.12 * np.clip((crown - x) / crown, 0, 1.2) ** 2
        return dome + lateral + medial

    def lung(self, side: int, raised: float = 0.0) -> np.ndarray:
        """Outline of one lung [N, 2]: wall, costophrenic angle, diaphragm, medial border."""
        foot = self.diaphragm(side, self.wall(self.dome[0] + 0.28), raised)
        y_wall = np.concatenate([np.linspace(0, 0.12, 8) ** 1.0, np.linspace(0.16, foot, 30)])
        outer = np.stack([self.wall(y_wall), y_wall], 1)
        x_floor = np.linspace(outer[-1, 0] - 0.015, 0.08, 30)
        floor = np.stack([x_floor, self.diaphragm(side, x_floor, raised)], 1)
        y_inner = np.linspace(floor[-1, 1], 0.02, 16)
        inner = np.stack([0.08 + 0.20 * self.breadth * np.exp(-((y_inner / 0.16) ** 2)), y_inner], 1)
        top = np.array([[0.30 * self.breadth, -0.012]])
        outline = np.concatenate([outer, floor, inner, top])
        return outline * (side, 1)

    def heart_extents(self, ratio: float) -> tuple[float, float]:
        """Extent of the heart to the right and the left of the midline for a cardiothoracic `ratio`."""
        width = 2 * ratio * float(self.wall(self.dome[0]))
        right = 0.30 * width if ratio < 0.5 else 0.15 * float(self.wall(1.5)) * 2 + 0.28 * (width - 0.97)
        right = float(np.clip(right, 0.2, 0.45))
        return right, width - right

    def heart(self, ratio: float, raised: float = 0.0) -> np.ndarray:
        """Closed outline of the heart [N, 2] for a cardiothoracic `ratio`; it rests on the left dome."""
        right, left = self.heart_extents(ratio)
        base = min(self.dome) + 0.09 - 0.5 * raised
        top = base - 0.90 - 0.15 * (ratio - 0.45)
        height = base - top
        corners = [
            (-0.60 * right, top + 0.26 * height), (-0.90 * right, top + 0.45 * height), (-right, top + 0.66 * height),
            (-0.92 * right, top + 0.86 * height), (-0.45 * right, base), (0.40 * left, base + 0.06),
            (0.84 * left, base + 0.04), (left, top + 0.87 * height), (0.95 * left, top + 0.70 * height),
            (0.78 * left, top + 0.48 * height), (0.55 * left, top + 0.27 * height), (0.20, top + 0.08 * height),
            (0.02, top),
        ]  # fmt: skip
        return smooth_closed(np.array(corners))

    def upper_mediastinum(self, widening: float = 1.0) -> np.ndarray:
        """Closed outline [N, 2] of vena cava, aortic arch and pulmonary trunk, `widening` times as wide as usual."""
        usual, half = self.mediastinum, self.mediastinum * widening
        knob = half + self.knob * (0.75 + 0.25 * widening)
        corners = [
            (-0.62 * half, -0.30), (-0.78 * half, 0.0), (-half, 0.25), (-1.03 * half, 0.50),
            (-0.45 * (half + usual), 0.80), (-0.85 * usual, 1.1), (0.5 * usual, 1.2), (0.6 * (half + usual), 0.88),
            (0.64 * (half + usual), 0.74), (1.0 * half, 0.62),
            (0.97 * knob, 0.52), (knob, 0.44), (0.85 * knob, 0.35), (0.95 * half, 0.26), (0.76 * half, 0.05),
            (0.6 * half, -0.30),
        ]  # fmt: skip
        return smooth_closed(np.array(corners))

    def rib(self, number: int, side: int) -> tuple[np.ndarray, np.ndarray]:
        """Centre line of a rib (1 to 11): points (x, y, z) as [N, 3] and the angle from the back, radians [N]."""
        angle, outwards, _, _, depth = _rib_shape(number)
        reach, y = self._ribs[number]
        return np.stack([side * reach * outwards, y, depth], 1), angle

    @cached_property
    def _ribs(self) -> dict[int, tuple[float, np.ndarray]]:
        """Reach to the side and heights of each rib, the same on both sides and in every image."""
        found = {}
        for number in range(1, 12):
            _, _, fall, bend, _ = _rib_shape(number)
            back = -0.13 + 0.152 * number
            drop = self.rib_slope * (0.66 + 0.055 * number)
            reach = float(self.wall(back + 0.35 * drop)) + 0.018
            found[number] = reach, back + drop * fall / 2 - 0.035 * bend
        return found

    def clavicle(self, side: int) -> np.ndarray:
        """Centre line of a collar bone [N, 3]."""
        t = np.linspace(0, 1, 24)
        y = 0.27 - 0.26 * t - 0.045 * np.sin(2 * np.pi * t)
        return np.stack([side * self.breadth * (0.10 + 0.98 * t), y, 0.5 - 0.45 * t], 1)


def _grow_vessels(rng: np.random.Generator) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
    """Branching arteries of both lungs: per generation the points [B, 4, 2] and the diameters [B], thickest first."""
    starts, headings, diameters, lengths = [], [], [], []
    for side, hilum in ((-1, (0.20, 0.90)), (1, (0.22, 0.84))):
        for degrees in (-82, -55, -28, 0, 28, 50, 72, 88):
            angle = np.radians(degrees + rng.normal(0, 6))
            starts.append((side * hilum[0], hilum[1] + 0.10 * np.sin(angle)))
            headings.append(angle if side > 0 else np.pi - angle)
            diameters.append((0.036 if degrees > 20 else 0.026) * rng.uniform(0.8, 1.2))
            lengths.append(0.20 * rng.uniform(0.8, 1.2) * (1.15 if abs(degrees) > 60 else 1.0))
    start, heading = np.array(starts), np.array(headings)
    diameter, length = np.array(diameters), np.array(lengths)
    tree = []
    for _ in range(6):
        bend = rng.normal(0, 0.16, (len(heading), 3)).cumsum(1)
        steps = (
            np.stack([np.cos(heading[:, None] + bend), np.sin(heading[:, None] + bend)], 2) * length[:, None, None] / 3
        )
        points = np.concatenate([start[:, None], start[:, None] + steps.cumsum(1)], 1)
        tree.append((points, diameter))
        spread = np.radians(rng.uniform(14, 38, len(heading)))
        heading = np.concatenate([heading + bend[:, 2] + spread, heading + bend[:, 2] - spread * rng.uniform(0.3, 1)])
        start = np.concatenate([points[:, -1]] * 2)
        diameter = np.concatenate([diameter, diameter]) * rng.uniform(0.62, 0.80, 2 * len(diameter))
        length = np.concatenate([length, length]) * rng.uniform(0.68, 0.90, 2 * len(length))
    return tuple(tree)


def draw_anatomy(rng: np.random.Generator) -> ChestAnatomy:
    """Draws a person: an adult of any age, sex and build."""
    sex = "Female" if rng.random() < 0.45 else "Male"
    age = int(np.clip(rng.normal(60, 18), 18, 90))
    build = rng.normal()
    right_dome = 1.50 + 0.06 * rng.normal() - 0.02 * max(build, 0)
    return ChestAnatomy(
        sex=sex,
        age=age,
        breadth=float(np.clip(0.98 + 0.035 * rng.normal() + (0.02 if sex == "Male" else -0.015), 0.88, 1.07)),
        thickness_cm=float(np.clip(21 + 2.6 * build + (0.5 if sex == "Male" else -0.5), 16, 28)),
        heart_ratio=float(np.clip(0.425 + 0.028 * rng.normal() + 0.0006 * (age - 60) + 0.006 * build, 0.34, 0.495)),
        mediastinum=0.165 + 0.014 * rng.normal(),
        knob=float(np.clip(0.075 + 0.0009 * (age - 60) + 0.012 * rng.normal(), 0.03, 0.13)),
        dome=(right_dome, right_dome + 0.06 + 0.025 * rng.normal()),
        taper=float(np.clip(0.10 + 0.05 * rng.normal(), 0, 0.22)),
        rib_slope=float(np.clip(0.50 + 0.06 * rng.normal(), 0.36, 0.66)),
        breast=float(rng.uniform(0.4, 1.0)) if sex == "Female" else 0.0,
        bone_density=float(np.clip(1.05 - 0.004 * (age - 55) + 0.08 * rng.normal(), 0.7, 1.3)),
        vessel_tree=_grow_vessels(rng),
        seed=int(rng.integers(2**62)),
    )
