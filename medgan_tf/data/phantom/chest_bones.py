"""Bones of a frontal chest image, as cm of water added along the beam."""

import numpy as np

from medgan_tf.data.phantom.chest_anatomy import SIDES, smooth_closed
from medgan_tf.data.phantom.chest_scene import Scene


def bones(scene: Scene) -> np.ndarray:
    """Ribs, collar bones, spine, shoulder blades and arms, cm of water."""
    canvas, person = scene.canvas, scene.person
    back, front, edges = [], [], []
    for number in range(1, 12):
        for side in SIDES:
            back_part, front_part, rims = _rib_parts(scene, number, side)
            back.extend(back_part)
            front.extend(front_part)
            edges.extend(rims)
    total = 1.15 * canvas.fill(back) + 0.75 * canvas.fill(front) + 0.75 * canvas.stroke(edges)
    collar = []
    for side in SIDES:
        line = person.clavicle(side)
        collar += [(line, 0.072, 0.7), (line + (0, 0.034, 0), 0.012, 1.0), (line - (0, 0.034, 0), 0.012, 1.0)]
    total += 3.2 * canvas.stroke(collar)
    return (total + _spine(scene) + _shoulders(scene)) * person.bone_density


def _rib_parts(scene: Scene, number: int, side: int) -> tuple[list, list, list]:
    """One rib: outlines of its back part, of its front part, and the lines of its cortex."""
    line, angle = scene.person.rib(number, side)
    line = line - (0, 0.4 * scene.raised.get(side, 0.0) * min(number / 9, 1), 0)
    width = (0.027 + 0.004 * np.sin(angle)) * (1.12 if number < 3 else 1.0)
    pieces = [np.arange(len(line))]
    if (number, side) in scene.broken:
        where, step = scene.broken[number, side]
        outer = angle > where
        line = line + outer[:, None] * np.array((-0.3 * abs(step) * side, step, 0))
        cut = int(np.argmax(outer))
        pieces = [np.arange(cut), np.arange(cut + 1, len(line))]
        scene.breaks.append(line[cut, :2] - (0, step / 2))
    tangent = np.gradient(line[:, :2], axis=0)
    normal = np.stack([-tangent[:, 1], tangent[:, 0]], 1) / np.maximum(np.linalg.norm(tangent, axis=1), 1e-6)[:, None]
    upper, lower = line.copy(), line.copy()
    upper[:, :2] += normal * width[:, None]
    lower[:, :2] -= normal * width[:, None]
    back, front, rims = [], [], []
    for piece in pieces:
        for part, kept in ((back, angle[piece] <= 1.75), (front, angle[piece] > 1.65)):
            index = piece[kept]
            if len(index) > 1 and not (part is front and number > 8):
                part.append(np.concatenate([upper[index], lower[index][::-1]]))
        behind = piece[angle[piece] <= 1.75]
        before = piece[angle[piece] > 1.65]
        rims += [(upper[behind], 0.009, 0.75), (lower[behind], 0.012, 1.0)]
        if number <= 8:
            rims += [(upper[before], 0.008, 0.35), (lower[before], 0.008, 0.45)]
    return back, front, [rim for rim in rims if len(rim[0]) > 1]


def _spine(scene: Scene) -> np.ndarray:
    """Vertebral bodies with their discs, pedicles and spinous processes, cm of water."""
    bodies_, pedicles, spines = [], [], []
    y = -0.62
    while y < 2.5:
        tall = 0.125 + 0.022 * (y + 0.6)
        half = 0.098 + 0.014 * (y + 0.6)
        box = np.array([(-half, y), (-half * 0.9, y + tall / 2), (-half, y + tall), (half, y + tall),
                        (half * 0.9, y + tall / 2), (half, y)])  # fmt: skip
        bodies_.append(box)
        for side in SIDES:
            pedicles.append((np.array([(side * half * 0.62, y + 0.035), (side * half * 0.62, y + 0.06)]), 0.035, 1.0))
        spines.append((np.array([(0, y + 0.05), (0, y + 0.11)]), 0.030, 1.0))
        y += tall + 0.022
    canvas = scene.canvas
    return 1.2 * canvas.fill(bodies_, -0.45) + 0.7 * canvas.stroke(pedicles, -0.5) + 0.7 * canvas.stroke(spines, -0.65)


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
    flat = 0.75 * canvas.fill(blades, -0.6) + 0.6 * canvas.stroke(rims, -0.6)
    return flat + 2.0 * canvas.fill(heads) + 1.8 * canvas.stroke(shafts)
