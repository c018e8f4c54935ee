"""Findings inside the lung: shadows where air spaces are filled, collapsed or replaced."""

import cv2
import numpy as np

from medgan_tf.phantom.chest_anatomy import SIDES, smooth_closed
from medgan_tf.phantom.chest_scene import Scene, texture


def _bump(scene: Scene, x: float, y: float, rx: float, ry: float, softness: float) -> np.ndarray:
    """1 inside an ellipse around (x, y), falling to 0 over `softness` of its radius."""
    radius = np.sqrt(((scene.x - x) / rx) ** 2 + ((scene.y - y) / ry) ** 2)
    return np.clip((1 + softness / 2 - radius) / softness, 0, 1)


def _mottled(scene: Scene, rng: np.random.Generator, grain: float, depth: float = 0.25) -> np.ndarray:
    """Cloudy noise around 1, never negative: blobs about `grain` thorax units wide, with finer ones in them."""
    pixels = max(grain * scene.view.scale, 4)
    shape = scene.x.shape
    rng = rng.spawn(1)[0]
    clouds = texture(shape, rng, pixels) + 0.5 * texture(shape, rng, pixels / 2)
    return np.clip(1 + depth * clouds, 0, 2)


def _warped(scene: Scene, rng: np.random.Generator, amount: float, grain: float = 0.25) -> np.ndarray:
    """Gentle waves of `amount` thorax units, about `grain` wide. Noise never disturbs the draws of the place."""
    return amount * texture(scene.x.shape, rng.spawn(1)[0], grain * scene.view.scale)


def opacity(scene: Scene, severity: float, rng: np.random.Generator) -> None:
    """Hazy opacity: one soft, even veil over part of a lung through which the vessels still show."""
    side = int(rng.choice(SIDES))
    x, y = side * rng.uniform(0.45, 0.68), rng.uniform(0.45, 1.25)
    size = 0.28 + 0.18 * severity
    haze = _bump(scene, x, y, size * rng.uniform(0.8, 1.0), size * rng.uniform(1.0, 1.5), 1.0)
    scene.add_density(side, haze * (0.14 + 0.45 * severity) * (0.85 + 0.15 * _mottled(scene, rng, 0.12)))


def lesion(scene: Scene, severity: float, rng: np.random.Generator) -> None:
    """Round nodules or a mass: well defined, dense like water."""
    count = 1 + int(rng.random() < 0.35) * int(rng.integers(1, 4))
    for index in range(count):
        side = int(rng.choice(SIDES))
        radius = (0.055 + 0.16 * severity**1.3) * (1 if index == 0 else rng.uniform(0.4, 0.7))
        x, y = side * rng.uniform(0.42, 0.78), rng.uniform(0.35, 1.25)
        lobes = np.linspace(0, 2 * np.pi, 9)[:-1]
        rim = radius * (1 + 0.10 * rng.standard_normal(8))
        outline = smooth_closed(np.stack([x + rim * np.cos(lobes), y + rim * np.sin(lobes)], 1))
        mask = cv2.GaussianBlur(scene.canvas.fill([outline]), (0, 0), 1.0)
        ball = np.sqrt(np.clip(1.15 - ((scene.x - x) ** 2 + (scene.y - y) ** 2) / radius**2, 0.1, 1))
        scene.extra = scene.extra + mask * ball * (1.6 + 13 * radius) * (scene.lung[side] > 0.3)


def edema(scene: Scene, severity: float, rng: np.random.Generator) -> None:
    """Fluid in the lungs: bat-wing haze around both hila, blurred full vessels also above, septal lines at the edge."""
    for side in SIDES:
        u = (np.abs(scene.x) - 0.36) / (0.33 + 0.12 * severity)
        v = (scene.y - 0.95) / (0.52 + 0.15 * severity)
        wing = np.exp(-((u * u) ** 1.2) - (v * v) ** 1.2)
        scene.add_density(side, wing * (0.06 + 0.52 * severity) * _mottled(scene, rng, 0.12))
        scene.add_density(side, 0.14 * severity * _mottled(scene, rng, 0.06))
    scene.vessel_width = 1.15 + 0.35 * severity
    scene.upper_vessels = 0.35 + 0.5 * severity
    lines = []
    for side in SIDES:
        for y in np.arange(0.95, 1.6, 0.055):
            if rng.random() < 0.35 + 0.5 * severity:
                start = float(scene.person.wall(np.array(y))) - rng.uniform(0.02, 0.05)
                ends = [(side * start, y), (side * (start - rng.uniform(0.08, 0.16)), y + rng.normal(0, 0.012))]
                lines.append((np.array(ends), 0.008, 1.0))
    if lines:
        scene.extra = scene.extra + scene.canvas.stroke(lines) * (0.5 + 0.7 * severity)


def consolidation(scene: Scene, severity: float, rng: np.random.Generator) -> None:
    """A dense lobe with a sharp edge at its fissure, air-filled bronchi showing through."""
    side = int(rng.choice(SIDES))
    upper = rng.random() < 0.45
    fissure = 0.80 + rng.normal(0, 0.04) + 0.08 * np.abs(scene.x)
    if upper:
        edge = (fissure - scene.y) * scene.view.scale / 1.5
        fade = (scene.y - 0.55 + 0.9 * severity) / 0.25
    else:
        edge = (scene.y - fissure - 0.18 + _warped(scene, rng, 0.04)) * 8
        fade = (fissure + 0.48 + 0.7 * severity - scene.y) / 0.25
    extent = (0.50 + 0.5 * severity - np.abs(scene.x) + _warped(scene, rng, 0.08)) / 0.16
    region = np.clip(edge, 0, 1) * np.clip(fade, 0, 1) * np.clip(extent, 0, 1)
    filled = region * (0.42 + 0.46 * severity) * np.clip(0.75 + 0.25 * _mottled(scene, rng, 0.12), 0, 1.1)
    bronchi = [(points, 0.011, 1.0) for points, _ in scene.person.vessel_tree[1:4]]
    filled = filled * (1 - 0.38 * cv2.GaussianBlur(scene.canvas.stroke(bronchi), (0, 0), 0.9))
    scene.add_density(side, filled)


def pneumonia(scene: Scene, severity: float, rng: np.random.Generator) -> None:
    """Patchy shadows: several ill-defined, confluent blotches in one lower or middle zone."""
    side = int(rng.choice(SIDES))
    x, y = side * rng.uniform(0.45, 0.65), rng.uniform(0.8, 1.3)
    patches = np.zeros_like(scene.x)
    for _ in range(6 + int(7 * severity)):
        px, py = x + rng.normal(0, 0.14), y + rng.normal(0, 0.16)
        size = rng.uniform(0.06, 0.15) * (0.8 + 0.6 * severity)
        u, v = (scene.x - px) / size, (scene.y - py) / (size * rng.uniform(0.8, 1.3))
        patches += np.exp(-(u * u + v * v)) * rng.uniform(0.4, 0.9)
    patches = np.tanh(patches) * _mottled(scene, rng, 0.09, 0.28)
    scene.add_density(side, patches * (0.22 + 0.50 * severity))


def atelectasis(scene: Scene, severity: float, rng: np.random.Generator) -> None:
    """Plate-like bands above a raised diaphragm; when severe, the collapsed lower lobe beside the spine."""
    side = int(rng.choice(SIDES))
    raised = scene.raised.get(side, 0.0)
    floor = scene.person.dome[0 if side < 0 else 1] - raised
    lines = []
    for _ in range(2 + int(rng.integers(0, 3))):
        y, x = floor - rng.uniform(0.05, 0.36), rng.uniform(0.25, 0.5)
        long = rng.uniform(0.25, 0.45)
        t = np.linspace(0, 1, 10)
        band = np.stack([side * (x + long * t), y + rng.normal(0, 0.08) * t + 0.02 * np.sin(3 * t)], 1)
        lines.append((band, rng.uniform(0.016, 0.03) * (1 + severity), 1.0))
    bands = cv2.GaussianBlur(scene.canvas.stroke(lines), (0, 0), 0.9)
    scene.add_density(side, bands * (0.22 + 0.40 * severity))
    crowded = np.clip((scene.y - floor + 0.30) / 0.3, 0, 1)
    scene.add_density(side, crowded * (0.05 + 0.22 * severity))
    if severity > 0.55:
        slope = 0.18 + 0.35 * np.clip((scene.y - 0.85) / 0.75, 0, 1)
        wedge = np.clip((slope - np.abs(scene.x)) * scene.view.scale / 3, 0, 1) * np.clip((scene.y - 0.8) / 0.2, 0, 1)
        scene.extra = scene.extra + wedge * scene.lung[side] * 3.5 * (severity - 0.35)
