"""Soft tissue and air of a frontal chest image, as cm of water added or taken away along the beam."""

import cv2
import numpy as np

from medgan_tf.phantom.chest_anatomy import SIDES, smooth_closed
from medgan_tf.phantom.chest_scene import Scene

_AIR_CM = 14.0  # depth of the lungs along the beam where they are deepest


def trunk(scene: Scene) -> np.ndarray:
    """Soft tissue of trunk, neck, arms and breasts as if there were no lungs, cm of water [H, W]."""
    person, view = scene.person, scene.view
    x, y = scene.coarse
    across = np.abs(x)
    fat = 0.010 * (person.thickness_cm - 21)
    wide = person.breadth + 0.05 + fat
    hang = 0.10 if view.ap else 0.0
    levels = (0.30, 0.7, 1.2, 1.7, 2.6)
    half = (np.interp(y, levels, (0.98, 1.08, 1.13, 1.14, 1.15)) * wide).astype(np.float32)
    rows = np.clip((y + 0.1) / 0.9, 0, 1)
    round_ = np.clip(1 - np.abs(x / half) ** 2.6, 0, 1) ** 0.5
    depth = person.thickness_cm * (0.50 + 0.50 * rows * rows * (3 - 2 * rows)) * round_
    gap = (0.11 if not view.ap else 0.05) * np.clip((y - 0.55) / 0.5, 0, 1)
    limb = 7.5 * np.sqrt(np.clip((across - half - gap) / 0.10, 0, 1))
    shoulder = 5.0 * np.clip(1 - np.abs(y - 0.25 - hang) / 0.7, 0, 1) * np.clip(across / 0.9, 0, 1)
    neck = 4.5 * np.sqrt(np.clip(1 - (x / (0.31 * wide)) ** 2, 0, 1)) * np.clip((0.2 - y) / 0.3, 0, 1)
    coarse = cv2.GaussianBlur(np.maximum(depth, limb + shoulder) + neck, (0, 0), 1.8)
    skin = scene.canvas.fill([smooth_closed(_skin(hang) * (wide, 1), 6)])
    return scene.enlarge(coarse + _breasts(scene)) * skin * (0.35 + 0.65 * cv2.blur(skin, (9, 9)))


def _skin(hang: float) -> np.ndarray:
    """Outline of head end, shoulders and arms [N, 2]; shoulders drop by `hang` in a patient who lies."""
    left = [(0.30, -0.60), (0.29, -0.20), (0.40, -0.08), (0.80, 0.02 + 0.4 * hang), (1.16, 0.10 + hang),
            (1.38, 0.34 + hang), (1.50, 0.8), (1.62, 1.4), (1.62, 2.6)]  # fmt: skip
    half = np.array(left)
    return np.concatenate([half, half[::-1] * (-1, 1)])


def _breasts(scene: Scene) -> np.ndarray | float:
    """Breast shadows on the coarse grid, cm of water."""
    size = scene.person.breast
    if not size:
        return 0.0
    x, y = scene.coarse
    level = (1.24 if not scene.view.ap else 1.12) + 0.12 * size
    v = (y - level) / np.where(y < level, 0.62, 0.30 + 0.1 * size)
    total = np.zeros_like(x)
    for side in SIDES:
        u = (x - side * 0.60) / (0.40 + 0.10 * size)
        total += np.clip(1 - u * u - v * v, 0, 1) ** 0.6
    return total * 2.6 * size


def air_depth(scene: Scene, side: int) -> np.ndarray:
    """Depth of one lung along the beam, cm, before heart and mediastinum take their share."""
    rounded = 1 - np.clip(scene.depth[side] / 0.42, 0, 1)
    return scene.lung[side] * (_AIR_CM * 0.42 + _AIR_CM * 0.58 * np.sqrt(1 - rounded * rounded))


def recess_depth(scene: Scene, side: int) -> np.ndarray:
    """Air behind the dome of the diaphragm, cm: the lung reaches lower at the back than its visible floor."""
    x, y = scene.coarse
    across = np.abs(x)
    floor = scene.person.diaphragm(side, np.clip(across, 0.1, 1.0), scene.raised.get(side, 0.0))
    below = np.clip((y - floor) / 0.34, 0, 1)
    inside = np.clip((scene.person.breadth * 0.93 - across) / 0.1, 0, 1) * np.clip((across - 0.1) / 0.2, 0, 1)
    coarse = 3.2 * (1 - below) ** 1.5 * inside * ((np.sign(x) == side) & (y > floor - 0.05))
    return scene.enlarge(coarse) * (1 - scene.lung[side])


def centre(scene: Scene) -> np.ndarray:
    """Share of the lung's depth that heart, great vessels and mediastinal fat take, 0..1 [H, W]."""
    heart = scene.canvas.fill([scene.heart_outline()], 0.2)
    inside = (heart > 0.5).astype(np.uint8)
    distance = cv2.distanceTransform(inside, cv2.DIST_L2, cv2.DIST_MASK_3) / scene.view.scale
    rounded = 1 - np.clip(distance / 0.30, 0, 1)
    share = heart * (0.45 + 0.45 * np.sqrt(1 - rounded * rounded))
    upper = scene.person.upper_mediastinum(scene.widening) + (scene.shift, 0)
    upper_share = cv2.GaussianBlur(scene.canvas.fill([upper], 0.05), (0, 0), 0.010 * scene.view.scale) * 0.74
    midline = scene.enlarge(np.exp(-((scene.coarse[0] / 0.11) ** 2)) * 0.5)
    return np.maximum(np.maximum(share, upper_share), midline)


def vessels(scene: Scene) -> np.ndarray:
    """Arteries of the lungs, cm of water, clipped to aerated lung by the caller."""
    lines = []
    for points, diameter in reversed(scene.person.vessel_tree):
        level = points[:, :, 1].mean(1)
        flow = np.where(level < 0.85, 1 + scene.upper_vessels, 1.0)
        thick = diameter * flow * scene.vessel_width
        for low, high in ((0, 0.006), (0.006, 0.010), (0.010, 0.016), (0.016, 0.024), (0.024, 0.036), (0.036, 1)):
            chosen = (thick >= low) & (thick < high)
            if chosen.any():
                size = float(np.median(thick[chosen]))
                lines.append((points[chosen], max(size, 0.004), min(1.0, 0.16 + 24 * size)))
    return cv2.GaussianBlur(scene.canvas.stroke(lines), (0, 0), 0.55) * 2.4


def airways(scene: Scene) -> np.ndarray:
    """Air column of trachea and main bronchi, cm of air."""
    wide = 0.062
    lines = [
        (np.array([(0.0, -0.62), (0.0, 0.3), (0.015 + scene.shift, 0.62)]), wide * 2, 1.0),
        (np.array([(0.015, 0.60), (-0.10, 0.74), (-0.19, 0.86)]) + (scene.shift, 0), 0.085, 0.8),
        (np.array([(0.015, 0.60), (0.14, 0.73), (0.23, 0.79)]) + (scene.shift, 0), 0.075, 0.75),
    ]
    return cv2.GaussianBlur(scene.canvas.stroke(lines), (0, 0), 1.6) * 3.5


def belly_gas(scene: Scene, rng: np.random.Generator) -> np.ndarray:
    """Gas in stomach and colon below the left dome, cm of air."""
    x, y = scene.coarse
    top = scene.person.dome[1] - scene.raised.get(1, 0.0) + rng.uniform(0.12, 0.2)
    u, v = (x - rng.uniform(0.36, 0.52)) / 0.20, (y - top) / rng.uniform(0.07, 0.12)
    gas = rng.uniform(0, 6.5) * np.sqrt(np.clip(1 - u * u - v * v, 0, 1))
    for _ in range(int(rng.integers(0, 5))):
        left, low, size = rng.uniform(0.3, 0.85), top + rng.uniform(0.12, 0.4), rng.uniform(0.05, 0.10)
        gas += rng.uniform(1, 3.5) * np.sqrt(np.clip(1 - ((x - left) ** 2 + (y - low) ** 2) / size**2, 0, 1))
    return scene.enlarge(gas)


def hila(scene: Scene) -> np.ndarray:
    """Pulmonary arteries and veins at the root of each lung, cm of water."""
    x, y = scene.coarse
    total = np.zeros_like(x)
    for side, (across, level) in ((-1, (0.20, 0.88)), (1, (0.22, 0.80))):
        u = (x - scene.shift - side * across) / (0.075 * scene.vessel_width)
        v = (y - level) / (0.15 * scene.vessel_width)
        total += np.exp(-(u * u + v * v))
    return scene.enlarge(2.2 * total)
