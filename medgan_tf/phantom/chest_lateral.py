"""Side view of a chest. Plainer than the frontal view: training leaves lateral images out, readers must meet them."""

import cv2
import numpy as np

from medgan_tf.phantom.chest_anatomy import ChestAnatomy, smooth_closed
from medgan_tf.phantom.chest_rendering import expose
from medgan_tf.phantom.chest_scene import texture
from medgan_tf.phantom.chest_signs import cardiomegaly_ratio
from medgan_tf.phantom.chest_view import Canvas, View

# Outlines in thorax units, the person facing image left; x is 0 in the middle of the chest.
_TRUNK = [(-0.25, -0.6), (-0.30, -0.12), (-0.62, 0.25), (-0.80, 0.75), (-0.86, 1.3), (-0.84, 2.8), (0.80, 2.8),
          (0.84, 1.5), (0.90, 0.8), (0.80, 0.25), (0.42, -0.15), (0.30, -0.6)]  # fmt: skip
_LUNG = [(-0.10, 0.02), (-0.40, 0.28), (-0.60, 0.75), (-0.66, 1.25), (-0.64, 1.48), (-0.30, 1.42), (0.10, 1.48),
         (0.46, 1.75), (0.64, 1.86), (0.74, 1.5), (0.78, 0.9), (0.66, 0.4), (0.30, 0.08)]  # fmt: skip
_SPINE = [(0.22, -0.6), (0.34, -0.1), (0.50, 0.5), (0.56, 1.0), (0.52, 1.6), (0.42, 2.5)]
_HEART = [
    (-0.56, 1.0),
    (-0.60, 1.3),
    (-0.45, 1.47),
    (-0.05, 1.48),
    (0.20, 1.35),
    (0.22, 1.05),
    (0.05, 0.8),
    (-0.25, 0.78),
]

_ARCH = [(-0.2, 0.75), (-0.1, 0.45), (0.2, 0.38), (0.42, 0.55), (0.25, 0.6), (0.0, 0.7)]


def _ribs(canvas: Canvas) -> np.ndarray:
    lines = []
    for y in np.arange(-0.05, 1.7, 0.15):
        for offset in (0.0, 0.04):
            t = np.linspace(0, 1, 16)
            curve = np.stack([0.74 - 1.2 * t, y + offset + 0.45 * t**1.4 - 0.1 * np.sin(np.pi * t)], 1)
            lines.append((curve, 0.04, 0.5))
    return canvas.stroke(lines)


def _vertebrae(canvas: Canvas) -> np.ndarray:
    knots = np.array(_SPINE)
    boxes, y = [], -0.6
    while y < 2.5:
        tall = 0.13 + 0.02 * y
        x = float(np.interp(y, knots[:, 1], knots[:, 0]))
        boxes.append(np.array([(x - 0.09, y), (x + 0.09, y), (x + 0.09, y + tall), (x - 0.09, y + tall)]))
        y += tall + 0.025
    return canvas.fill(boxes)


def render_lateral(
    person: ChestAnatomy, view: View, severity: dict[str, float], rng: np.random.Generator
) -> np.ndarray:
    """A lateral radiograph, uint8 [H, W]; heart size and effusion of `severity` (finding -> 0..1) show."""
    canvas = Canvas(view)
    x, y = view.grid()
    deep = max(person.thickness_cm / 21, 0.97)
    trunk = canvas.fill([smooth_closed(np.array(_TRUNK) * (deep, 1))])
    ratio = cardiomegaly_ratio(severity["Cardiomegaly"]) if "Cardiomegaly" in severity else person.heart_ratio
    lung = canvas.fill([smooth_closed(np.array(_LUNG))])
    heart = np.array(_HEART)
    heart = (heart - heart.mean(0)) * (0.92 * ratio / 0.45) + heart.mean(0)
    shadow = canvas.fill([smooth_closed(heart)])
    share = 0.45 * cv2.GaussianBlur(shadow, (0, 0), 1.5) + 0.3 * cv2.GaussianBlur(shadow, (0, 0), 9)
    share = share + 0.22 * np.exp(-((x - 0.08) ** 2 + (y - 0.75) ** 2) / 0.02)
    share = np.minimum(share + 0.22 * cv2.GaussianBlur(canvas.fill([smooth_closed(np.array(_ARCH))]), (0, 0), 3), 0.9)
    air = cv2.GaussianBlur(lung, (0, 0), 1.2) * 19 * (1 - share)
    if "Pleural Effusion" in severity:
        level = 1.72 - 0.7 * severity["Pleural Effusion"] - 0.15 * np.clip(x, 0, 1)
        air = air * (1 - 0.8 * np.clip((y - level) * view.scale / 4, 0, 1))
    tissue = cv2.GaussianBlur(trunk, (0, 0), 5) * 27 * (0.75 + 0.25 * np.clip((y + 0.2) / 0.8, 0, 1))
    centre = np.exp(-((x - 0.05) ** 2 + (y - 0.9) ** 2) / 0.35)
    markings = 0.9 * texture(x.shape, rng, 4.0) * lung * centre * (1 - share)
    total = tissue - 0.75 * air + 1.7 * _vertebrae(canvas) + 2.6 * _ribs(canvas) * lung + markings
    neck_air = canvas.stroke([(np.array([(0.02, -0.6), (0.08, 0.0), (0.15, 0.68)]), 0.11, 1.0)])
    total = total - 3.5 * cv2.GaussianBlur(neck_air, (0, 0), 1.5) * trunk
    return expose(np.maximum(total, 0).astype(np.float32), view, rng)
