"""Findings around the lung: air, fluid and scars in the pleural space, and healing ribs."""

import cv2
import numpy as np

from medgan_tf.phantom.chest_anatomy import SIDES
from medgan_tf.phantom.chest_scene import Scene, texture


def _distance_to_wall(scene: Scene) -> np.ndarray:
    """Distance from the inner chest wall, sideways, thorax units; negative outside."""
    rows = scene.person.wall(np.linspace(-0.5, 2.6, 128)).astype(np.float32)
    wall = np.interp(scene.y[:, :: max(scene.x.shape[1] - 1, 1)].mean(1), np.linspace(-0.5, 2.6, 128), rows)
    return wall.astype(np.float32)[:, None] - np.abs(scene.x)


def pneumothorax_rim(severity: float, y: np.ndarray) -> np.ndarray:
    """Width of the air rim at height y, widest at the apex, thorax units."""
    return (0.075 + 0.24 * severity) * (0.55 + 0.45 * np.exp(-np.maximum(y, 0) / 0.7)) + 0.25 * max(severity - 0.7, 0)


def pneumothorax(scene: Scene, severity: float, rng: np.random.Generator) -> None:
    """Air outside the lung: a black rim without vessels, bounded by the thin white line of the visceral pleura."""
    side = int(rng.choice(SIDES))
    y = np.linspace(0.0, 1.75, 60)
    rim = pneumothorax_rim(severity, y)
    line = np.stack(
        [side * (scene.person.wall(y) - rim), y + 0.9 * pneumothorax_rim(severity, 0 * y) * (1 - y / 1.75)], 1
    )
    start = (side * 0.16, line[0, 1] + 0.05)
    edge = np.concatenate([[start, (side * 0.22, line[0, 1] + 0.005)], line])
    floor = scene.person.dome[0] + 0.6
    inside = np.concatenate([edge, [(line[-1, 0], floor), (0.0, floor), (0.0, start[1])]])
    outside = 1 - scene.canvas.fill([inside])
    collapsed = 0.16 * max(severity - 0.3, 0)
    scene.add_density(side, np.full_like(scene.x, collapsed) * (1 - outside))
    scene.density[side] *= 1 - outside
    gain = 1 - outside * scene.lung[side]
    scene.vessel_gain = scene.vessel_gain * gain
    pleura = cv2.GaussianBlur(scene.canvas.stroke([(edge, 0.011, 1.0)]), (0, 0), 0.5)
    scene.extra = scene.extra + pleura * scene.lung[side] * (0.9 + 0.6 * severity)
    scene.extra = scene.extra - outside * np.clip(scene.lung[side], 0, 1) * (0.5 + 0.7 * severity)


def effusion(scene: Scene, severity: float, rng: np.random.Generator) -> None:
    """Fluid: the costophrenic angle is filled to a meniscus that climbs along the wall; a veil in a lying patient."""
    first = int(rng.choice(SIDES))
    both = rng.random() < 0.45
    second_share = rng.uniform(0.4, 0.9)
    near_wall = _distance_to_wall(scene)
    for side in (first, -first) if both else (first,):
        strength = severity if side == first else severity * second_share
        raised = scene.raised.get(side, 0.0)
        angle = float(scene.person.dome[0 if side < 0 else 1]) + 0.27 - 0.4 * raised
        level = angle - 0.16 - 0.80 * strength**1.15
        climb = (0.12 + 0.16 * strength) * np.exp(-np.maximum(near_wall, 0) / (0.07 + 0.10 * strength))
        climb = climb + 0.05 * np.exp(-np.abs(scene.x) / 0.12)
        below = (scene.y - (level - climb)) * scene.view.scale
        fluid = np.clip(below / (3.0 if not scene.view.ap else 12.0) + 0.5, 0, 1)
        fluid = fluid * np.clip(0.55 + (scene.y - level) * 2.2 + climb * 2.0, 0.55, 1)
        scene.add_density(side, 0.96 * fluid)
        if scene.view.ap:
            veil = np.clip((scene.y - 0.2) / 1.2, 0, 1) * 0.30 * strength
            scene.add_density(side, veil)


def pleural_other(scene: Scene, severity: float, rng: np.random.Generator) -> None:
    """Thickened pleura along the wall and over the apex, with calcified plaques seen end on and face on."""
    near_wall = _distance_to_wall(scene)
    sides = SIDES if rng.random() < 0.5 else (int(rng.choice(SIDES)),)
    for side in sides:
        ripple = 1 + 0.3 * texture(scene.x.shape, rng.spawn(1)[0], 0.22 * scene.view.scale)
        thick = (0.045 + 0.085 * severity) * np.clip(ripple, 0.3, 2)
        span = np.clip((scene.y - rng.uniform(0.0, 0.5)) / 0.12, 0, 1)
        rind = np.clip((thick - near_wall) * scene.view.scale / 2 + 0.5, 0, 1) * (scene.x * side > 0) * span
        scene.add_density(side, 0.85 * rind)
        cap = np.clip((0.05 + 0.10 * severity - scene.depth[side]) / 0.03, 0, 1) * (scene.y < 0.25)
        scene.add_density(side, 0.7 * cap)
        for _ in range(1 + int(4 * severity)):
            x, y = side * rng.uniform(0.5, 0.82), rng.uniform(0.6, 1.35)
            u, v = (scene.x - x) / rng.uniform(0.04, 0.10), (scene.y - y) / rng.uniform(0.05, 0.12)
            leaf = np.clip(1.3 - np.sqrt(u * u + v * v) + 0.35 * texture(scene.x.shape, rng.spawn(1)[0], 4.0), 0, 1)
            scene.extra = scene.extra + np.clip(leaf * 3, 0, 1) * scene.lung[side] * (0.7 + 1.4 * severity)


def callus(scene: Scene, severity: float, rng: np.random.Generator) -> None:
    """New bone around each break: a bright knob; the step itself is in the rib."""
    for x, y in scene.breaks:
        radius = 0.042 + 0.030 * severity
        ball = np.exp(-(((scene.x - x) ** 2 + (scene.y - y) ** 2) / radius**2))
        scene.extra = scene.extra + ball * (1.2 + 3.4 * severity) * scene.person.bone_density
