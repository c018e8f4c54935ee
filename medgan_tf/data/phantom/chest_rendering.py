"""From a chest to a radiograph: thicknesses along the beam, added up in cm of water, attenuated, scattered, put on film."""

import cv2
import numpy as np

from medgan_tf.data.phantom.chest_anatomy import SIDES, ChestAnatomy, smooth_closed
from medgan_tf.data.phantom.chest_bones import bones
from medgan_tf.data.phantom.chest_scene import LUNG_DENSITY, Scene, texture
from medgan_tf.data.phantom.chest_signs import apply_after, apply_before
from medgan_tf.data.phantom.chest_view import Canvas, View

_ATTENUATION = 0.17  # per cm of water at diagnostic energies, narrow beam
_AIR_CM = 14.0  # depth of the lungs along the beam where they are deepest


def bodies(scene: Scene) -> np.ndarray:
    """Soft tissue of trunk, neck, arms and breasts as if there were no lungs, cm of water [H, W]."""
    person, view = scene.person, scene.view
    wide = person.breadth + 0.05 + 0.010 * (person.thickness_cm - 21)
    hang = 0.10 if view.ap else 0.0
    right = np.array(
        [
            (0.30, -0.60), (0.29, -0.16), (0.42, -0.05), (0.80, 0.02 + 0.4 * hang), (1.16, 0.10 + hang),
            (1.38, 0.34 + hang), (1.50, 0.8), (1.62, 1.4), (1.62, 2.6),
        ]
    )  # fmt: skip
    outline = np.concatenate([right, right[::-1] * (-1, 1)]) * (wide, 1)
    trunk = np.array([(0.95, 0.30), (1.06, 0.7), (1.10, 1.2), (1.10, 1.7), (1.10, 2.6)]) * (wide, 1)
    rows = np.clip((scene.y + 0.1) / 0.9, 0, 1)
    half = np.interp(scene.y[:, view.width // 2], trunk[:, 1], trunk[:, 0]).astype(np.float32)[:, None]
    ellipse = np.sqrt(np.clip(1 - (scene.x / half) ** 2, 0, 1))
    depth = person.thickness_cm * (0.52 + 0.48 * rows * rows * (3 - 2 * rows)) * ellipse
    arm_gap = 0.11 if not view.ap else 0.05
    arms = scene.canvas.fill([smooth_closed(outline, 6)])
    beside = np.clip((np.abs(scene.x) - half - arm_gap * np.clip((scene.y - 0.55) / 0.5, 0, 1)) / 0.10, 0, 1)
    shoulder = np.clip(1 - np.abs(scene.y - 0.25 - hang) / 0.7, 0, 1)
    limb = 10.5 * np.sqrt(beside) + 8 * shoulder * np.clip(np.abs(scene.x) / 0.9, 0, 1)
    neck = 10.5 * np.sqrt(np.clip(1 - (scene.x / (0.31 * wide)) ** 2, 0, 1)) * np.clip((0.2 - scene.y) / 0.3, 0, 1)
    edge = cv2.blur(arms, (9, 9))
    small = cv2.resize(np.maximum(depth, limb) + neck * 0.5, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    smooth = cv2.resize(cv2.GaussianBlur(small, (0, 0), 2.2), (view.width, view.height), interpolation=cv2.INTER_LINEAR)
    return smooth * arms * (0.35 + 0.65 * edge) + breasts(scene)


def breasts(scene: Scene) -> np.ndarray:
    """Breast shadows, cm of water."""
    size = scene.person.breast
    if not size:
        return np.zeros_like(scene.x)
    drop = 0.12 if not scene.view.ap else 0.0
    total = np.zeros_like(scene.x)
    for side in SIDES:
        u = (scene.x - side * 0.60) / (0.40 + 0.10 * size)
        v = (scene.y - 1.12 - drop - 0.12 * size) / np.where(
            scene.y < 1.12 + drop + 0.12 * size, 0.62, 0.30 + 0.1 * size
        )
        total += np.clip(1 - u * u - v * v, 0, 1) ** 0.6
    return total * 2.3 * size


def air_depth(scene: Scene, side: int) -> np.ndarray:
    """Depth of one lung along the beam, cm, before heart and mediastinum take their share."""
    rounded = 1 - np.clip(scene.depth[side] / 0.42, 0, 1)
    return scene.lung[side] * _AIR_CM * (0.42 + 0.58 * np.sqrt(1 - rounded * rounded))


def recess_depth(scene: Scene, side: int) -> np.ndarray:
    """Air behind the dome of the diaphragm, cm: the lung reaches lower at the back than its visible floor."""
    x = np.abs(scene.x)
    floor = scene.person.diaphragm(side, np.clip(x, 0.1, 1.0), scene.raised.get(side, 0.0))
    below = np.clip((scene.y - floor) / 0.34, 0, 1)
    inside = np.clip((scene.person.breadth * 0.93 - x) / 0.1, 0, 1) * (np.sign(scene.x) == side)
    return 3.2 * (1 - below) ** 1.5 * inside * np.clip((x - 0.1) / 0.2, 0, 1) * (scene.lung[side] < 0.5)


def centre(scene: Scene) -> np.ndarray:
    """Share of the lung's depth that heart, great vessels and mediastinal fat take, 0..1 [H, W]."""
    heart = scene.canvas.fill([scene.heart_outline()], 0.2)
    inside = (heart > 0.5).astype(np.uint8)
    distance = cv2.distanceTransform(inside, cv2.DIST_L2, cv2.DIST_MASK_3) / scene.view.scale
    rounded = 1 - np.clip(distance / 0.30, 0, 1)
    share = heart * (0.45 + 0.45 * np.sqrt(1 - rounded * rounded))
    upper = scene.person.upper_mediastinum(scene.widening) + (scene.shift, 0)
    knobbed = scene.canvas.fill([upper], 0.05) * 0.82
    midline = np.exp(-((scene.x / 0.11) ** 2)) * 0.5
    return np.maximum(np.maximum(share, knobbed), midline)


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
    return cv2.GaussianBlur(scene.canvas.stroke(lines), (0, 0), 1.6) * 3.0


def belly_gas(scene: Scene, rng: np.random.Generator) -> np.ndarray:
    """Gas in stomach and colon below the left dome, cm of air."""
    y = scene.person.dome[1] - scene.raised.get(1, 0.0) + rng.uniform(0.12, 0.2)
    gas = (
        rng.uniform(0, 6.5)
        * np.clip(
            1 - ((scene.x - rng.uniform(0.36, 0.52)) / 0.20) ** 2 - ((scene.y - y) / rng.uniform(0.07, 0.12)) ** 2, 0, 1
        )
        ** 0.5
    )
    for _ in range(int(rng.integers(0, 5))):
        cx, cy, size = rng.uniform(0.3, 0.85), y + rng.uniform(0.12, 0.4), rng.uniform(0.05, 0.10)
        loop = np.clip(1 - ((scene.x - cx) ** 2 + (scene.y - cy) ** 2) / size**2, 0, 1)
        gas += rng.uniform(1, 3.5) * np.sqrt(loop)
    return gas.astype(np.float32)


def compose(scene: Scene, severity: dict[str, float], rng: np.random.Generator) -> np.ndarray:
    """Adds up everything the beam passes: cm of water [H, W]."""
    apply_before(scene, severity)
    scene.place_lungs()
    tissue = bodies(scene)
    share = centre(scene)
    skeleton = bones(scene)
    apply_after(scene, severity)
    total = tissue + skeleton * np.clip(tissue / 4, 0, 1) - airways(scene) - belly_gas(scene, rng)
    drawn = vessels(scene) * scene.vessel_gain
    grain = texture(scene.x.shape, rng, 3.0)
    for side in SIDES:
        air = air_depth(scene, side) * (1 - share)
        aerated = (1 - scene.density[side]) / (1 - LUNG_DENSITY)
        total -= air * (1 - scene.density[side])
        markings = drawn + 0.10 * grain * scene.lung[side]
        total += markings * np.clip(air / 5, 0, 1) * np.clip(aerated, 0, 1) * (scene.density[side] > 0.02)
        total -= recess_depth(scene, side) * (1 - scene.density[side].mean())
    total += hila(scene) * (1 - share)
    return np.maximum(total, 0) + scene.extra


def hila(scene: Scene) -> np.ndarray:
    """Pulmonary arteries and veins at the root of each lung, cm of water."""
    total = np.zeros_like(scene.x)
    for side, (cx, cy) in ((-1, (0.20, 0.88)), (1, (0.22, 0.80))):
        u = (scene.x - scene.shift - side * cx) / (0.075 * scene.vessel_width)
        v = (scene.y - cy) / (0.15 * scene.vessel_width)
        total += np.exp(-(u * u + v * v))
    return 2.2 * total


def expose(thickness: np.ndarray, view: View, rng: np.random.Generator) -> np.ndarray:
    """Takes the image: uint8 [H, W], bone and water bright, air dark.

    Beer-Lambert attenuation, scattered radiation, quantum noise, then a digital system's logarithm and S-shaped curve
    between the lung and the mediastinum.
    """
    transmitted = np.exp(-_ATTENUATION * thickness)
    small = cv2.resize(transmitted, None, fx=0.125, fy=0.125, interpolation=cv2.INTER_AREA)
    scatter = cv2.resize(cv2.GaussianBlur(small, (0, 0), 4), thickness.shape[::-1], interpolation=cv2.INTER_LINEAR)
    exposure = transmitted + 0.10 * np.minimum(scatter, 0.35)
    exposure = cv2.GaussianBlur(exposure, (0, 0), view.blur)
    quanta = rng.standard_normal(exposure.shape, dtype=np.float32)
    exposure = exposure + view.noise * 0.0035 * np.sqrt(exposure) * quanta
    film = -np.log(np.maximum(exposure, 1e-3)) / _ATTENUATION
    inner = film[view.height // 8 :, view.width // 8 : -view.width // 8]
    low, high = np.percentile(inner[::4, ::4], (2, 96))
    grey = (film - low) / max(high - low, 4.0) - 0.5 + view.brightness
    curve = 1 / (1 + np.exp(-3.9 * view.contrast * grey))
    image = np.clip((curve - 0.06) / 0.87, 0, 1) * 255
    if view.collimated:
        edge = view.collimated
        framed = np.zeros_like(image)
        framed[edge:-edge, edge:-edge] = image[edge:-edge, edge:-edge]
        image = framed
    return image.astype(np.uint8)


def stamp_marker(image: np.ndarray, view: View) -> None:
    """Puts the lead letter L beside the person's left shoulder, or R beside the right one."""
    if view.marker is None:
        return
    x, y = view.marker
    place = (int(x * view.width), int(y * view.height) + 10)
    cv2.putText(image, "R" if x < 0.5 else "L", place, cv2.FONT_HERSHEY_SIMPLEX, 0.55, 235, 2, cv2.LINE_AA)


def render_frontal(
    person: ChestAnatomy, view: View, severity: dict[str, float], rng: np.random.Generator
) -> np.ndarray:
    """A frontal radiograph, uint8 [H, W], of `person` with the findings in `severity` (finding -> 0..1)."""
    canvas = Canvas(view)
    x, y = view.grid()
    raised = {side: view.raised for side in SIDES}
    scene = Scene(person, view, canvas, x, y, heart_ratio=person.heart_ratio, raised=raised)
    image = expose(compose(scene, severity, rng), view, rng)
    stamp_marker(image, view)
    return image
