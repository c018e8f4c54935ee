"""Turns a chest into a radiograph: thicknesses along the beam in cm of water, attenuated, scattered, put on film."""

import cv2
import numpy as np

from medgan_tf.phantom import chest_body as body
from medgan_tf.phantom.chest_anatomy import SIDES, ChestAnatomy
from medgan_tf.phantom.chest_bones import bones
from medgan_tf.phantom.chest_scene import LUNG_DENSITY, Scene, new_scene, texture
from medgan_tf.phantom.chest_signs import apply_after, apply_before
from medgan_tf.phantom.chest_view import View

_ATTENUATION = 0.17  # per cm of water at diagnostic energies, narrow beam


def compose(scene: Scene, severity: dict[str, float], rng: np.random.Generator) -> np.ndarray:
    """Adds up everything the beam passes: cm of water, float32 [H, W]."""
    apply_before(scene, severity)
    scene.place_lungs()
    tissue = body.trunk(scene)
    open_share = 1 - body.centre(scene)
    skeleton = bones(scene)
    apply_after(scene, severity)
    total = tissue + skeleton * np.clip(tissue * 0.25, 0, 1) - body.airways(scene) - body.belly_gas(scene, rng)
    drawn = body.vessels(scene) * scene.vessel_gain
    drawn += 0.10 * texture(tissue.shape, rng, 3.0)
    for side in SIDES:
        air = body.air_depth(scene, side) * open_share
        air_share = 1 - scene.density[side]
        total -= air * air_share
        total += drawn * np.clip(air * 0.2, 0, 1) * np.clip(air_share / (1 - LUNG_DENSITY), 0, 1)
        total -= body.recess_depth(scene, side) * float(air_share[scene.y > 1.2].mean())
    total += body.hila(scene) * open_share
    return np.maximum(total, 0) + scene.extra


def expose(thickness: np.ndarray, view: View, rng: np.random.Generator) -> np.ndarray:
    """Takes the image: uint8 [H, W], bone and water bright, air dark.

    Beer-Lambert attenuation, scattered radiation, quantum noise, then a digital system's logarithm and S-shaped curve
    between the lung and the mediastinum.
    """
    transmitted = np.exp(-_ATTENUATION * thickness)
    outside = np.exp(-1.2 * thickness)
    small = cv2.resize(transmitted, None, fx=0.125, fy=0.125, interpolation=cv2.INTER_AREA)
    scatter = cv2.resize(cv2.GaussianBlur(small, (0, 0), 4), thickness.shape[::-1], interpolation=cv2.INTER_LINEAR)
    exposure = transmitted + 0.10 * np.minimum(scatter, 0.35)
    exposure = cv2.GaussianBlur(exposure, (0, 0), view.blur)
    quanta = rng.standard_normal(exposure.shape, dtype=np.float32)
    exposure = exposure + view.noise * 0.0035 * np.sqrt(exposure) * quanta
    film = -np.log(np.maximum(exposure, 1e-3)) / _ATTENUATION
    inner = film[view.height // 8 :, view.width // 8 : -view.width // 8]
    low, high = np.percentile(inner[::4, ::4], (2, 96))
    grey = (film - low) / max(float(high - low), 4.0) - 0.5 + view.brightness - 0.4 * outside
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
    image = expose(compose(new_scene(person, view), severity, rng), view, rng)
    stamp_marker(image, view)
    return image
