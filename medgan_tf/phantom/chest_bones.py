"""Bones of a frontal chest image, as cm of water added along the beam."""

import numpy as np

from medgan_tf.phantom.chest_anatomy import SIDES, smooth_closed
from medgan_tf.phantom.chest_scene import Scene


def bones(scene: Scene) -> np.ndarray:
    """Ribs, collar bones, spine, shoulder blades and arms, cm of water."""
    canvas, person = scene.canvas, scene.person
    back, front, edges = _ribs(scene)
    total = 1.15 * canvas.fill(back) + 0.75 * canvas.fill(front) + 0.75 * canvas.stroke(edges)
    collar = []
    for side in SIDES:
        line = person.clavicle(side)
        collar += [(line, 0.072, 0.7), (line + (0, 0.034, 0), 0.012, 1.0), (line - (0, 0.034, 0), 0.012, 1.0)]
    total += 3.2 * canvas.stroke(collar)
    total += _spine(scene)
    total += _shoulders(scene)
    total *= person.bone_density
    return total


def _ribs(scene: Scene) -> tuple[list, list, list]:
    """Outlines of the ribs' back parts, of their front parts, and the lines of their cortex."""
    back, front, rims = [], [], []
    for number in range(1, 12):
        for side in SIDES:
            upper, lower, angle, cut = _rib_edges(scene, number, side)
            turn = int(np.searchsorted(angle, 1.7))
            for low, high in ((0, cut), (cut + 1, len(angle))) if cut else ((0, len(angle)),):
                for part, first, last in ((back, low, min(high, turn + 1)), (front, max(low, turn - 1), high)):
                    if last - first < 2 or (part is front and number > 8):
                        continue
                    above, below = upper[first:last], lower[first:last]
                    part.append(np.concatenate([above, below[::-1]]))
                    bright = (0.75, 1.0) if part is back else (0.35, 0.45)
                    rims += [(above, 0.009, bright[0]), (below, 0.011, bright[1])]
    return back, front, rims


def _rib_edges(scene: Scene, number: int, side: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    """Upper and lower edge [N, 3] of a rib, its angles [N], and the index where it is broken (0 if it is whole)."""
    line, angle = scene.person.rib(number, side)
    line = line - (0, 0.4 * scene.raised.get(side, 0.0) * min(number / 9, 1), 0)
    cut = 0
    if (number, side) in scene.broken:
        where, step = scene.broken[number, side]
        outer = angle > where
        cut = int(np.argmax(outer))
        line = line + outer[:, None] * np.array((-0.3 * abs(step) * side, step, 0))
        scene.breaks.append(line[cut, :2] - (0, step / 2))
    width = (0.027 + 0.004 * np.sin(angle)) * (1.12 if number < 3 else 1.0)
    along = np.empty((len(line), 2))
    along[1:-1], along[0], along[-1] = (
        line[2:, :2] - line[:-2, :2],
        line[1, :2] - line[0, :2],
        line[-1, :2] - line[-2, :2],
    )
    offset = np.zeros_like(line)
    offset[:, :2] = along[:, ::-1] * (-1, 1) * (width / np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-6))[:, None]
    return line + offset, line - offset, angle, cut


def _spine(scene: Scene) -> np.ndarray:
    """Vertebral bodies with their discs, pedicles and spinous processes, cm of water."""
    blocks, details = [], []
    y = -0.62
    while y < 2.5:
        tall = 0.125 + 0.022 * (y + 0.6)
        half = 0.098 + 0.014 * (y + 0.6)
        waist, foot = y + tall / 2, y + tall
        blocks.append(
            np.array([(-half, y), (-half * 0.9, waist), (-half, foot), (half, foot), (half * 0.9, waist), (half, y)])
        )
        pedicle = np.array([(half * 0.62, y + 0.035), (half * 0.62, y + 0.06)])
        details += [(pedicle, 0.035, 1.0), (pedicle * (-1, 1), 0.035, 1.0)]
        details.append((np.array([(0.0, y + 0.05), (0.0, y + 0.11)]), 0.030, 1.0))
        y += tall + 0.022
    return 1.9 * scene.canvas.stroke(details, -0.5, over=blocks, value=0.63)


def _shoulders(scene: Scene) -> np.ndarray:
    """Shoulder blades, humeral heads and shafts, cm of water. In AP images the blades lie over the lungs."""
    inward = 0.86 if scene.view.ap else 1.04
    wide = scene.person.breadth
    blades, heads, shafts, rims = [], [], [], []
    for side in SIDES:
        blade = np.array([(1.14, 0.16), (0.98, 0.12), (0.76 * inward, 0.20), (0.73 * inward, 0.45),
                          (0.84 * inward, 0.92), (0.90 * inward, 0.90), (1.02, 0.52), (1.12, 0.34)])  # fmt: skip
        blade = smooth_closed(blade * (side * wide, 1), 6)
        blades.append(blade)
        rims.append((blade[12:27], 0.012, 1.0))
        turn = np.linspace(0, 2 * np.pi, 24)
        heads.append(np.stack([side * wide * (1.24 + 0.115 * np.cos(turn)), 0.24 + 0.125 * np.sin(turn)], 1))
        shafts.append((np.array([(side * wide * 1.30, 0.30), (side * wide * 1.47, 1.1)]), 0.10, 1.0))
    canvas = scene.canvas
    return 1.35 * canvas.stroke(rims, -0.6, over=blades, value=0.55) + 2.0 * canvas.stroke(
        shafts, over=heads, value=1.0
    )
