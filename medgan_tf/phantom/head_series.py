"""One patient's series of adjacent slices with labels."""

from dataclasses import dataclass

import numpy as np

from medgan_tf.phantom.head_anatomy import HIGHEST_LEVEL, LOWEST_LEVEL, HeadPatient, draw_patient
from medgan_tf.phantom.head_bleeds import FINDINGS, Bleed, BleedPlan
from medgan_tf.phantom.head_brain import BrainView, view_brain
from medgan_tf.phantom.head_plan import draw_plan
from medgan_tf.phantom.head_render import compose, scan

SLICE_DISTANCE = 5.0
"""Distance of adjacent slices in mm."""

VISIBLE_AREA = 30.0
"""A slice is labelled with a bleed from this area (mm^2) on; the fainter the blood, the larger it must be."""


@dataclass(frozen=True)
class HeadSlice:
    """One slice.

    Attributes:
        z: Height, mm.
        hounsfield: int16 [H, W], HU.
        labels: uint8 [5], one per entry of `FINDINGS`.
        tissues: Coverages 0..1, float32 [H, W]: air, skull, brain, white, grey, ventricles and each bleed's kind.
    """

    z: float
    hounsfield: np.ndarray
    labels: np.ndarray
    tissues: dict[str, np.ndarray]


def draw_series(rng: np.random.Generator, image_size: int) -> tuple[HeadPatient, BleedPlan, np.ndarray]:
    """Draws a patient, the bleeds, and the heights of 4 to 10 adjacent slices in mm, from below upwards."""
    patient = draw_patient(rng, image_size)
    count = int(rng.integers(4, 11))
    start = rng.uniform(LOWEST_LEVEL, HIGHEST_LEVEL - SLICE_DISTANCE * (count - 1))
    levels = start + SLICE_DISTANCE * np.arange(count)
    return patient, draw_plan(rng, patient, levels), levels


def render_series(
    rng: np.random.Generator, patient: HeadPatient, plan: BleedPlan, levels: np.ndarray
) -> list[HeadSlice]:
    """The slices of a patient. A bleed is seen in one unbroken run of them, and labelled wherever it is seen."""
    swelling = 1.25 if any(bleed.kind == "intraventricular" for bleed in plan.bleeds) else 1.0
    views = [view_brain(patient, z, plan.push(z), swelling) for z in levels]
    covers = [_visible_run(bleed, views) for bleed in plan.bleeds]
    slices = []
    for index, view in enumerate(views):
        shown = [(bleed, cover[index]) for bleed, cover in zip(plan.bleeds, covers, strict=True) if index in cover]
        clean = compose(view, [(cover, bleed.density, bleed.oedema(view)) for bleed, cover in shown])
        kinds = [bleed.kind for bleed, _ in shown]
        labels = np.array([kind in kinds for kind in FINDINGS], np.uint8)
        tissues = _tissues(view) | {bleed.kind: cover for bleed, cover in shown}
        slices.append(HeadSlice(float(levels[index]), scan(patient, clean, rng), labels, tissues))
    return slices


def _visible_run(bleed: Bleed, views: list[BrainView]) -> dict[int, np.ndarray]:
    """Coverages by slice index over the longest run of adjacent slices in which the bleed can be seen."""
    runs: list[dict[int, np.ndarray]] = [{}]
    for index, view in enumerate(views):
        if bleed.level(view.place.z) > 0:
            cover = bleed.cover(view)
            area = cover.sum() * view.patient.frame.spacing**2
            if area * np.clip((bleed.density - 38) / 15, 0.3, 1) >= VISIBLE_AREA:
                runs[-1][index] = cover
                continue
        runs.append({})
    return max(runs, key=len)


def _tissues(view: BrainView) -> dict[str, np.ndarray]:
    """Coverages of the normal tissues, before bleeds are laid over them."""
    frame, skull = view.patient.frame, view.skull
    fluid = np.maximum.reduce([view.sulci(), view.cisterns, view.third, view.ventricles])
    brain = frame.soften(view.surface) * (1 - fluid)
    return {
        "skull": frame.soften(np.minimum(skull.depth, -skull.inside)),
        "brain": brain,
        "grey": brain * view.grey,
        "white": brain * (1 - view.grey),
        "ventricles": view.ventricles,
    }
