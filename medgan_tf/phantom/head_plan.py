"""The bleeds of a patient: kind, place and severity, from barely visible to obvious."""

from collections.abc import Callable

import numpy as np

from medgan_tf.phantom.head_anatomy import HIGHEST_LEVEL, LOWEST_LEVEL, HeadPatient
from medgan_tf.phantom.head_bleeds import (
    SUTURES,
    Bleed,
    BleedPlan,
    Epidural,
    Extent,
    Intraparenchymal,
    Intraventricular,
    Subarachnoid,
    Subdural,
)

# Kinds that occur together and their share of the patients with a bleed.
_COMBINATIONS: tuple[tuple[float, tuple[str, ...]], ...] = (
    (0.16, ("epidural",)),
    (0.04, ("epidural", "subarachnoid")),
    (0.18, ("subdural",)),
    (0.08, ("subdural", "subarachnoid")),
    (0.19, ("intraparenchymal",)),
    (0.14, ("intraparenchymal", "intraventricular")),
    (0.04, ("intraparenchymal", "subarachnoid")),
    (0.03, ("intraparenchymal", "subdural")),
    (0.10, ("subarachnoid",)),
    (0.05, ("intraventricular", "subarachnoid")),
    (0.07, ("intraventricular",)),
)
_HEALTHY = 0.24


def draw_plan(rng: np.random.Generator, patient: HeadPatient, levels: np.ndarray) -> BleedPlan:
    """Draws the bleeds of a patient whose slices lie at `levels` (mm); a quarter have none."""
    if rng.random() < _HEALTHY:
        return BleedPlan()
    shares = np.array([share for share, _ in _COMBINATIONS])
    kinds = _COMBINATIONS[int(rng.choice(len(shares), p=shares / shares.sum()))][1]
    side = int(rng.choice([-1, 1]))
    # bleeds of one patient share a centre, so that combinations are seen in one slice
    centre = float(rng.choice(levels) + rng.normal(0, 4))
    return BleedPlan(tuple(_DRAW[kind](rng, patient, side, centre) for kind in kinds))


def _severity(rng: np.random.Generator) -> float:
    """0 barely visible to 1 obvious; few are at either end."""
    return float(rng.beta(1.25, 1.45))


def _density(rng: np.random.Generator, severity: float) -> float:
    """HU of the blood: a fifth are old or thinned and hardly brighter than grey matter."""
    if rng.random() < 0.2:
        return float(rng.uniform(44, 51))
    return float(55 + 23 * (0.6 * severity + 0.4 * rng.random()))


def _draw_epidural(rng: np.random.Generator, patient: HeadPatient, side: int, centre: float) -> Bleed:
    severity = _severity(rng)
    half_arc = 14 + 17 * severity + rng.uniform(0, 5)
    thickness = half_arc * rng.uniform(0.42, 0.68)
    coronal, lambdoid = SUTURES
    room = half_arc / 66
    if rng.random() < 0.78:
        angle = side * rng.uniform(coronal + room, max(lambdoid - room, coronal + room + 0.05))
    else:
        angle = side * rng.uniform(min(room, 0.4), 0.45)
    reach = 8 + 15 * severity
    density = max(_density(rng, severity), 56.0)  # fresh, arterial
    push = -side * 0.4 * thickness * rng.uniform(0.3, 1)
    centre = float(np.clip(centre, LOWEST_LEVEL + 6, 88))
    return Epidural(angle, half_arc, thickness, density, push, Extent(centre, reach))


def _draw_subdural(rng: np.random.Generator, patient: HeadPatient, side: int, centre: float) -> Bleed:
    severity = _severity(rng)
    along_falx = bool(rng.random() < 0.12)
    thickness = 3.2 + 9.6 * severity**1.3
    half_angle = rng.uniform(0.65, 1.0) + 0.3 * severity
    angle = rng.uniform(1.25, 1.75)
    push = -side * rng.uniform(0.4, 1.1) * max(thickness - 3, 0)
    density = _density(rng, severity)
    if along_falx:
        thickness, push, centre = 2.0 + 4.5 * severity, 0.0, max(centre, 62.0)
    extent = Extent(float(np.clip(centre, LOWEST_LEVEL + 10, HIGHEST_LEVEL - 6)), 16 + 24 * severity)
    return Subdural(side, angle, half_angle, thickness, density, push, extent, along_falx=along_falx)


def _draw_intraparenchymal(rng: np.random.Generator, patient: HeadPatient, side: int, centre: float) -> Bleed:
    severity = _severity(rng)
    radius = 3.4 + 15 * severity**1.5
    if 38 < centre < 60 and rng.random() < 0.65:
        spot = (side * 25, rng.uniform(-2, 14)) if rng.random() < 0.65 else (side * 13, rng.uniform(-10, 0))
        blobs = [(*spot, radius)]
    else:
        angle, away = rng.uniform(0.3, 2.7), rng.uniform(32, 48) * (0.72 if centre > 85 else 1)
        blobs = [(side * away * np.sin(angle), 1.2 * away * np.cos(angle), radius)]
        if rng.random() < 0.35:  # contusion: several small ones together
            radius *= 0.65
            x, y, _ = blobs[0]
            blobs = [(x + rng.normal(0, 8), y + rng.normal(0, 9), radius * rng.uniform(0.5, 1.1)) for _ in range(3)]
    push = -side * 0.5 * max(radius - 7, 0) * rng.uniform(0.4, 1)
    rim = rng.uniform(2.5, 4.5) + 4 * severity * rng.random()
    extent = Extent(centre, max(radius * rng.uniform(1.2, 1.7), 7.0))
    return Intraparenchymal(tuple(blobs), rim, _density(rng, severity), push, extent)


def _draw_intraventricular(rng: np.random.Generator, patient: HeadPatient, side: int, centre: float) -> Bleed:
    severity = _severity(rng)
    sides = (-1, 1) if rng.random() < 0.55 else (side,)
    filled = 0.04 + 0.95 * severity**2
    extent = Extent(float(np.clip(centre, 46, 62)), 12 + 14 * severity)
    return Intraventricular(sides, filled, bool(severity > 0.6), _density(rng, severity), 0.0, extent)


def _draw_subarachnoid(rng: np.random.Generator, patient: HeadPatient, side: int, centre: float) -> Bleed:
    severity = _severity(rng)
    swelling = 0.1 + 0.65 * severity
    density = max(_density(rng, severity), 54.0)
    if centre < 58 and rng.random() < 0.75:  # an aneurysm: basal cisterns, fissures, some of the convexity
        spread = rng.uniform(0.6, 1.3) if severity > 0.5 else 0.0
        one_sided = side if rng.random() < 0.4 else 0
        extent = Extent(float(rng.uniform(30, 42)), 18 + 14 * severity)
        return Subarachnoid(side * 1.0, spread, 0.6 + 0.4 * severity, one_sided, swelling, density, 0.0, extent)
    angle = side * rng.uniform(0.4, 2.2)
    extent = Extent(float(np.clip(centre, 45, HIGHEST_LEVEL)), 12 + 18 * severity)
    sylvian = (0.4 + 0.5 * severity) * (rng.random() < 0.3)
    return Subarachnoid(angle, 0.45 + 0.6 * severity, sylvian, side, swelling, density, 0.0, extent)


_DRAW: dict[str, Callable[[np.random.Generator, HeadPatient, int, float], Bleed]] = {
    "epidural": _draw_epidural,
    "intraparenchymal": _draw_intraparenchymal,
    "intraventricular": _draw_intraventricular,
    "subarachnoid": _draw_subarachnoid,
    "subdural": _draw_subdural,
}
