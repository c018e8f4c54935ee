"""One patient's head: what is the same in all slices of that patient, and the shape of the skull.

Heights `z` are millimetres above the skull base; the brain ends near z = 118. Landmarks of an adult head: suprasellar
cistern 28, third ventricle and basal ganglia 46, bodies of the lateral ventricles 60, centrum semiovale 76, convexity
from 88 on.
"""

from dataclasses import dataclass

import numpy as np

from medgan_tf.phantom.head_raster import Frame, SmoothField

LOWEST_LEVEL, HIGHEST_LEVEL = 26.0, 104.0
"""Heights in mm between which slices are made."""

_WIDEST_LEVEL = 52.0
_VERTEX = 124.0
_ANGLES = 720


@dataclass(frozen=True)
class Sulci:
    """Furrows of the cortex: one entry per furrow, counted around the head or along the midline.

    Attributes:
        offset: Deviation from even spacing, in spacings.
        depth: Length into the brain in mm.
        width: Half width in mm for an atrophy of 0.5.
    """

    offset: np.ndarray
    depth: np.ndarray
    width: np.ndarray

    @classmethod
    def draw(cls, rng: np.random.Generator, count: int, deepest: float) -> "Sulci":
        """Draws `count` furrows, the longest `deepest` mm deep."""
        return cls(
            rng.uniform(-0.28, 0.28, count).astype(np.float32),
            (deepest * rng.uniform(0.3, 1.0, count)).astype(np.float32),
            rng.uniform(0.35, 1.25, count).astype(np.float32),
        )


@dataclass(frozen=True)
class HeadPatient:
    """The head of one patient, the same in all slices. Lengths in mm, angles in radians, densities in HU.

    Attributes:
        frame: The pixel grid, with the head's turn and place on it.
        half_width, half_length, squareness, taper: Outline of the skull at its widest level.
        waves: Deviations of the outline, [4, 2] amplitudes of cos and sin of 2..5 times the angle.
        bone: Thickness of the vault, and its 5 random waves [5, 2].
        fat, skin: Thickness of the scalp's layers.
        atrophy: 0 (young, tight sulci) to 1 (wide sulci and subarachnoid space).
        ventricle: Factor on the ventricles' width.
        roll, pitch: Slope of the slices to the right and to the front (mm of height per mm).
        grey, white, fluid: Densities.
        calcified: Strength 0..1 of calcified pineal gland, choroid plexus, falx and basal ganglia.
        lesion: Old infarct as (x, y, z, radius), or None.
    """

    frame: Frame
    half_width: float
    half_length: float
    squareness: float
    taper: float
    waves: np.ndarray
    bone: float
    bone_waves: np.ndarray
    fat: float
    skin: float
    atrophy: float
    ventricle: float
    roll: float
    pitch: float
    grey: float
    white: float
    fluid: float
    calcified: tuple[float, ...]
    lesion: tuple[float, float, float, float] | None
    radial: Sulci
    medial: Sulci
    warp: tuple[SmoothField, SmoothField]
    texture: SmoothField
    shading: SmoothField
    noise: float
    grain: float
    blur: float
    holder: float
    field_of_view: float | None


def draw_patient(rng: np.random.Generator, image_size: int) -> HeadPatient:
    """Draws a patient whose slices have `image_size` rows and columns."""
    spacing = rng.uniform(202, 228) / image_size
    frame = Frame(image_size, spacing, np.radians(rng.normal(0, 4.5)), (rng.normal(0, 3), rng.normal(0, 4)))
    atrophy = float(rng.beta(1.6, 1.9))
    count = int(rng.integers(24, 31))
    lesion = None
    if rng.random() < 0.1:
        side = rng.choice([-1, 1])
        lesion = (side * rng.uniform(30, 50), rng.uniform(-50, 40), rng.uniform(40, 85), rng.uniform(8, 17))
    return HeadPatient(
        frame=frame,
        half_width=rng.uniform(65, 72),
        half_length=rng.uniform(84, 94),
        squareness=rng.uniform(2.1, 2.5),
        taper=rng.uniform(0.04, 0.13),
        waves=rng.normal(0, 0.005, (4, 2)),
        bone=rng.uniform(5.0, 7.5),
        bone_waves=rng.normal(0, 0.06, (5, 2)),
        fat=rng.uniform(1.0, 4.0),
        skin=rng.uniform(1.6, 2.4),
        atrophy=atrophy,
        ventricle=float(np.clip(0.62 + 0.55 * atrophy + rng.normal(0, 0.12), 0.5, 1.5)),
        roll=rng.normal(0, 0.035),
        pitch=rng.normal(0, 0.06),
        grey=rng.normal(38, 1.0),
        white=rng.normal(28.5, 1.0),
        fluid=rng.normal(7, 1.0),
        calcified=tuple(float(rng.uniform(0.3, 1) * (rng.random() < share)) for share in (0.6, 0.6, 0.25, 0.12)),
        lesion=lesion,
        radial=Sulci.draw(rng, count, 30),
        medial=Sulci.draw(rng, 16, 20),
        warp=(SmoothField(rng, 11), SmoothField(rng, 11)),
        texture=SmoothField(rng, 26, height=9),
        shading=SmoothField(rng, 5),
        noise=rng.uniform(3.0, 5.0),
        grain=rng.uniform(0.5, 0.9),
        blur=rng.uniform(0.45, 0.75),
        holder=float(rng.uniform(0.4, 1) * (rng.random() < 0.6)),
        field_of_view=float(rng.uniform(0.49, 0.52) * image_size * spacing) if rng.random() < 0.4 else None,
    )


@dataclass(frozen=True)
class SkullView:
    """Skull of one slice in polar form.

    Attributes:
        angle: float32 [H, W], 0 towards the nose, growing towards the right of the picture, -pi..pi.
        radius: float32 [H, W], mm from the head's middle.
        depth: float32 [H, W], mm inwards from the outer table (negative outside).
        thickness: float32 [H, W], of the vault in this direction, mm.
        inside: float32 [H, W], mm inwards from the inner table (negative outside).
        inner_radius: float32 [720], radius of the inner table for angles -pi..pi, mm.
        slope: Share of the horizontal in the vault's normal, 1 where it stands upright.
    """

    angle: np.ndarray
    radius: np.ndarray
    depth: np.ndarray
    thickness: np.ndarray
    inside: np.ndarray
    inner_radius: np.ndarray
    slope: float


def level_scale(z: float) -> float:
    """Size of the skull's outline at height `z` relative to its widest level."""
    if z < _WIDEST_LEVEL:
        return 1 - 0.05 * ((_WIDEST_LEVEL - z) / 26) ** 2
    return max(1 - ((z - _WIDEST_LEVEL) / (_VERTEX - _WIDEST_LEVEL)) ** 2, 0.05) ** 0.55


def view_skull(patient: HeadPatient, z: float) -> SkullView:
    """The skull at height `z` (mm) on the patient's grid."""
    grid = np.linspace(-np.pi, np.pi, _ANGLES + 1)
    sine, cosine = np.sin(grid), np.cos(grid)
    scale = level_scale(z)
    slope = float(np.sqrt(max(1 - (max(z - _WIDEST_LEVEL, 0) / (_VERTEX - _WIDEST_LEVEL)) ** 2, 0.08)))
    width = patient.half_width * (1 - patient.taper * cosine)
    power = patient.squareness
    outer = (np.abs(sine / width) ** power + np.abs(cosine / patient.half_length) ** power) ** (-1 / power)
    orders = np.arange(2, 6)[:, None]
    outer *= scale * (1 + patient.waves[:, 0] @ np.cos(orders * grid) + patient.waves[:, 1] @ np.sin(orders * grid))
    orders = np.arange(2, 7)[:, None]
    bumps = patient.bone_waves[:, 0] @ np.cos(orders * grid) + patient.bone_waves[:, 1] @ np.sin(orders * grid)
    profile = 1 + 0.5 * np.maximum(cosine, 0) ** 12 + 0.5 * np.maximum(-cosine, 0) ** 10 - 0.3 * np.abs(sine) ** 8
    bone = patient.bone * np.clip(profile + bumps, 0.45, 1.9) / slope**0.8
    # a radial difference is turned into a distance by the angle between the radius and the outline's normal
    upright = 1 / np.sqrt(1 + (np.gradient(outer, grid) / outer) ** 2)
    frame = patient.frame
    angle = np.arctan2(frame.x, frame.y)
    radius = np.hypot(frame.x, frame.y)
    position = (angle + np.float32(np.pi)) * np.float32(_ANGLES / (2 * np.pi))
    index = np.minimum(position.astype(np.int32), _ANGLES - 1)
    share = position - index

    def spread(values: np.ndarray) -> np.ndarray:
        values = values.astype(np.float32)
        return values[index] + (values[index + 1] - values[index]) * share

    depth = (spread(outer) - radius) * spread(upright)
    thickness = spread(bone)
    inner = (outer - bone / upright).astype(np.float32)[:-1]
    return SkullView(angle, radius, depth, thickness, depth - thickness, inner, slope)
