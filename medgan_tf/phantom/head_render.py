"""Turns tissue coverages into Hounsfield units, as a scanner would measure them: partial volume, shading and noise."""

from collections.abc import Sequence

import cv2
import numpy as np

from medgan_tf.phantom.head_anatomy import HeadPatient
from medgan_tf.phantom.head_brain import BrainView
from medgan_tf.phantom.head_raster import ramp

AIR = -1000.0
OUTER_TABLE, DIPLOE, INNER_TABLE = 1350.0, 750.0, 1250.0
SKIN, FAT, MUSCLE = 45.0, -85.0, 58.0
FALX, CALCIFICATION, OEDEMA = 52.0, 160.0, 16.0


def _blend(image: np.ndarray, value: float | np.ndarray, share: np.ndarray) -> None:
    """Moves `image` towards `value` by `share` (0..1), in place: partial volume of two tissues."""
    image += (value - image) * share


def compose(view: BrainView, bleeds: Sequence[tuple[np.ndarray, float, np.ndarray | None]] = ()) -> np.ndarray:
    """Densities float32 [H, W] in HU without noise.

    Args:
        view: The slice.
        bleeds: (coverage, HU, coverage of oedema or None) of each bleed, in order of painting.
    """
    image = _outside(view)
    patient, frame = view.patient, view.patient.frame
    inside = view.inside
    brain = np.full_like(image, patient.fluid)
    tissue = patient.white + (patient.grey - patient.white) * view.grey
    tissue += np.float32(0.8) * patient.texture.at(view.place.z, frame.size)
    _blend(brain, tissue, frame.soften(view.surface))
    for fluid in (view.sulci(), view.cisterns, view.third, view.ventricles):
        _blend(brain, patient.fluid, fluid)
    _old_infarct(brain, view)
    _blend(brain, FALX, view.falx)
    _tentorium(brain, view)
    for _, _, oedema in bleeds:
        if oedema is not None:
            _blend(brain, OEDEMA, oedema * (1 - 0.4 * view.grey))
    clots = np.float32(2.2) * patient.texture.at(view.place.z + 20, frame.size)
    for coverage, density, _ in bleeds:
        _blend(brain, density + clots, coverage)
    _calcify(brain, view)
    # beam hardening brightens what lies just under the bone
    brain += 3.5 * np.exp(-np.maximum(view.skull.inside, 0) / 6)
    brain += np.float32(0.9) * patient.shading.at(view.place.z, frame.size)
    _blend(image, brain, inside)
    return image


def scan(patient: HeadPatient, image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The slice as scanned: int16 [H, W] in HU, blurred, with correlated noise, air floor at -1000."""
    frame = patient.frame
    detail = 256 / frame.size  # blur and grain are given in pixels of a 256-pixel picture
    blurred = cv2.GaussianBlur(image, (0, 0), patient.blur / detail)
    noise = rng.standard_normal(image.shape, dtype=np.float32)
    noise = cv2.GaussianBlur(noise, (0, 0), patient.grain / detail)
    blurred += noise * np.float32(patient.noise / noise.std())
    return np.clip(np.rint(blurred), -1024, 3071).astype(np.int16)


def _outside(view: BrainView) -> np.ndarray:
    """Air, scalp, skull and head holder, float32 [H, W]; the inside of the skull is left as bone."""
    patient, frame, skull = view.patient, view.patient.frame, view.skull
    image = np.full((frame.size, frame.size), AIR, np.float32)
    slope = skull.slope
    # the temporal muscle thickens the scalp beside the forehead at low levels
    muscle = 9 * np.exp(-(((np.abs(skull.angle) - 1.15) / 0.42) ** 2)) * (1 - ramp(view.place.z, 45, 75))
    fat, skin = patient.fat / slope, patient.skin / slope
    out = -skull.depth
    _blend(image, SKIN, frame.soften(muscle + fat + skin - out))
    _blend(image, FAT, frame.soften(muscle + fat - out))
    _blend(image, MUSCLE, frame.soften(np.maximum(muscle, 0.7) - out))
    _blend(image, OUTER_TABLE, frame.soften(skull.depth))
    grain = DIPLOE + 110 * patient.texture.at(view.place.z, frame.size)
    third = skull.thickness * 0.32
    _blend(image, grain, frame.soften(np.minimum(skull.depth - third, skull.thickness - third - skull.depth)))
    _blend(image, INNER_TABLE, frame.soften(skull.depth - skull.thickness + third))
    sinus = ramp(view.place.z, 20, 24, 34, 40)
    if sinus > 0:
        middle = np.abs(skull.depth - skull.thickness * 0.5)
        cell = np.minimum(skull.thickness * 0.22 * sinus - middle, 14 * sinus - np.abs(frame.x))
        _blend(image, AIR, frame.soften(np.where(frame.y > 0, cell, -9).astype(np.float32)))
    if patient.holder > 0:
        cradle = np.hypot(frame.x / 1.15, frame.y - 4)
        shell = np.minimum(1.3 - np.abs(cradle - 108), -frame.y - 20)
        _blend(image, 350 * patient.holder, frame.soften(shell) * (image < -900))
    return image


def _tentorium(brain: np.ndarray, view: BrainView) -> None:
    """The tent over the cerebellum: two bright lines spreading to the back of low slices."""
    strength = ramp(view.place.z, 24, 27, 38, 43)
    if strength <= 0:
        return
    frame, z = view.patient.frame, view.place.z
    start = np.interp(z, [26, 43], [-22, -40])
    curves = [
        (np.array([(0, start), (side * 14, start - 12), (side * 40, start - 28)]), np.full(3, 0.9)) for side in (-1, 1)
    ]
    _blend(brain, FALX, frame.tubes(curves) * np.float32(strength) * frame.soften(view.skull.inside))


def _calcify(brain: np.ndarray, view: BrainView) -> None:
    """Calcified pineal gland, choroid plexus and falx: bright things that are no bleeds."""
    patient, place = view.patient, view.place
    pineal, choroid, falx, ganglia = patient.calcified
    curves = []
    if pineal and abs(place.z - 44) < 4:
        curves.append((place.moved(np.array([(0.0, -12.0)])), np.array([2.6 * pineal])))
    if choroid and abs(place.z - 51) < 5:
        for side in (-1, 1):
            spot = np.array([(side * (24 + 2.5 * (place.width - 0.9)), -27.0)])
            curves.append((place.moved(spot), np.array([3.0 * choroid])))
    if ganglia and abs(place.z - 45) < 5:
        # faint and on both sides, which a bleed is not
        spots = [place.moved(np.array([(side * 22.0, 9.0), (side * 24.5, 2.0)])) for side in (-1, 1)]
        _blend(brain, 75.0, patient.frame.tubes([(spot, np.array([2.6, 1.6])) for spot in spots]) * np.float32(ganglia))
    if falx and place.z > 74:
        curves.append((np.array([(0.0, 48.0 - 20 * falx), (0.0, 40 - 30 * falx)]), np.array([1.3, 1.1])))
    if curves:
        _blend(brain, CALCIFICATION, patient.frame.tubes(curves))


def _old_infarct(brain: np.ndarray, view: BrainView) -> None:
    """A dark scar from the cortex inwards."""
    if view.patient.lesion is None:
        return
    x, y, z, radius = view.patient.lesion
    left = radius**2 - ((view.place.z - z) / 1.2) ** 2
    if left > 4:
        frame = view.patient.frame
        ragged = 2.5 * view.patient.texture.at(view.place.z, frame.size)
        spot = np.sqrt(left) - np.hypot(frame.x - x, (frame.y - y) / 1.3) + ragged
        _blend(brain, 14.0, np.clip(spot / 4 + 0.5, 0, 1) * 0.85)
