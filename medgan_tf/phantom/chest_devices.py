"""Support devices: tubes, lines, wires and pacemakers, as cm of water (metal is bright)."""

import numpy as np

from medgan_tf.phantom.chest_anatomy import SIDES
from medgan_tf.phantom.chest_scene import Scene

_Lines = list[tuple[np.ndarray, float, float]]


def _curve(points: list[tuple[float, float]], rng: np.random.Generator, wobble: float = 0.012) -> np.ndarray:
    """A smooth line through `points`."""
    knots = np.array(points, float)
    knots[1:-1] += rng.normal(0, wobble, knots[1:-1].shape)
    t, fine = np.arange(len(knots)), np.linspace(0, len(knots) - 1, 12 * len(knots))
    line = np.stack([np.interp(fine, t, knots[:, axis]) for axis in (0, 1)], 1)
    kernel = np.ones(9) / 9
    padded = np.pad(line, ((4, 4), (0, 0)), mode="edge")
    return np.stack([np.convolve(padded[:, axis], kernel, "valid") for axis in (0, 1)], 1)


def _central_line(scene: Scene, rng: np.random.Generator) -> _Lines:
    shift = scene.shift
    if rng.random() < 0.5:
        points = [(-0.30, -0.4), (-0.22, 0.0), (-0.16, 0.3), (-0.14 + shift, 0.6), (-0.15 + shift, 0.95)]
    else:
        points = [(0.75, 0.18), (0.45, 0.24), (0.20, 0.26), (0.02, 0.36), (-0.12 + shift, 0.55), (-0.14 + shift, 0.95)]
    return [(_curve(points, rng), 0.016, 0.42)]


def _arm_line(scene: Scene, rng: np.random.Generator) -> _Lines:
    side = int(rng.choice(SIDES))
    points = [(side * 1.5, 0.75), (side * 1.25, 0.40), (side * 0.85, 0.22), (side * 0.35, 0.27), (-0.05, 0.35)]
    return [(_curve([*points, (-0.14 + scene.shift, 0.6), (-0.15 + scene.shift, 0.92)], rng), 0.011, 0.34)]


def _windpipe_tube(scene: Scene, rng: np.random.Generator) -> _Lines:
    end = rng.uniform(0.28, 0.50)
    tube = _curve([(0.02, -0.6), (0.0, -0.2), (0.005, 0.1), (0.01, end)], rng, 0.005)
    return [(tube + (0.026, 0), 0.010, 0.4), (tube - (0.026, 0), 0.010, 0.28)]


def _stomach_tube(scene: Scene, rng: np.random.Generator) -> _Lines:
    shift = scene.shift
    points = [
        (-0.03, -0.6),
        (-0.02, 0.2),
        (0.03 + shift, 0.8),
        (0.07 + shift, 1.3),
        (0.12, 1.6),
        (0.30, 1.78),
        (0.42, 1.95),
    ]
    return [(_curve(points, rng), 0.018, 0.42)]


def _pacemaker(scene: Scene, rng: np.random.Generator) -> _Lines:
    side = 1 if rng.random() < 0.8 else -1
    x, y = side * rng.uniform(0.62, 0.74), rng.uniform(0.28, 0.40)
    right, left = scene.person.heart_extents(scene.heart_ratio)
    start = [(x, y), (side * 0.50, y - 0.12), (side * 0.24, 0.22), (-0.10, 0.42)]
    vein = [*start, (-0.14 + scene.shift, 0.9)]
    ends = [(0.0 + scene.shift, 1.42), (0.30 * left + scene.shift, 1.50), (0.66 * left + scene.shift, 1.49)]
    atrial = [*vein, (-0.16 + scene.shift, 1.15), (-0.55 * right + scene.shift, 1.22)]
    can = np.array([(x - 0.07, y), (x + 0.07, y + 0.01)])
    lines = [(_curve([*vein, *ends], rng), 0.014, 0.6), (can, 0.20, 1.0), (can, 0.13, 0.92)]
    return lines + ([(_curve(atrial, rng), 0.012, 0.55)] if rng.random() < 0.6 else [])


def _chest_wires(scene: Scene, rng: np.random.Generator) -> _Lines:
    """Electrode leads over the chest: thin wires that end in round snaps."""
    lines: _Lines = []
    for _ in range(int(rng.integers(3, 6))):
        x, y = rng.uniform(-0.85, 0.85), rng.uniform(0.25, 1.5)
        away = rng.choice(SIDES) * 1.5
        middle = ((x + away) / 2, y + rng.uniform(0.0, 0.4))
        lines.append((_curve([(x, y), middle, (away, y + rng.uniform(0.2, 0.9))], rng, 0.05), 0.009, 0.42))
        lines.append((np.array([(x, y), (x + 0.001, y)]), 0.060, 0.55))
    return lines


def _chest_tube(scene: Scene, rng: np.random.Generator) -> _Lines:
    side = int(rng.choice(SIDES))
    up = rng.random() < 0.6
    end = (side * 0.42, 0.22) if up else (side * 0.30, 1.35)
    tube = _curve([(side * 1.4, 1.35), (side * 0.98, 1.12), (side * 0.78, 0.8 if up else 1.25), end], rng, 0.03)
    return [(tube, 0.050, 0.24), (tube + (0, 0.01), 0.010, 0.6)]


def _sternal_wires(scene: Scene, rng: np.random.Generator) -> _Lines:
    lines: _Lines = []
    for y in np.arange(0.45, 1.3, 0.15):
        tilt = rng.normal(0, 0.01)
        turn = np.linspace(0, 2 * np.pi, 12)
        ring = np.stack([0.03 * np.cos(turn), y + 0.02 * np.sin(turn) + tilt], 1) + (rng.normal(0, 0.01), 0)
        lines.append((ring + (scene.view.turn * 0.5, 0), 0.012, 0.8))
    return lines


_KINDS = (
    _arm_line,
    _central_line,
    _chest_wires,
    _windpipe_tube,
    _stomach_tube,
    _chest_tube,
    _pacemaker,
    _sternal_wires,
)


def devices(scene: Scene, severity: float, rng: np.random.Generator) -> None:
    """Adds one thin line at low severity, up to five devices at high severity."""
    order = list(rng.permutation(len(_KINDS)))
    if severity < 0.25:
        chosen = [_KINDS[int(rng.integers(0, 2))]]
    else:
        chosen = [_KINDS[index] for index in order[: 1 + round(3.4 * severity)]]
    lines: _Lines = []
    for kind in chosen:
        lines += kind(scene, rng)
    scene.extra = scene.extra + 11.0 * scene.canvas.stroke(lines, 0.3)
