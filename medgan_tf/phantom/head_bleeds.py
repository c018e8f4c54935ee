"""The five haemorrhages, each with the sign it is recognised by, as coverages of one slice.

A bleed has a centre and an extent in height, so it waxes and wanes through adjacent slices and is absent from others.
"""

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from medgan_tf.phantom.head_anatomy import SkullView
from medgan_tf.phantom.head_brain import BrainView

FINDINGS = ("epidural", "intraparenchymal", "intraventricular", "subarachnoid", "subdural")
"""The five kinds, in the order of the RSNA label file."""

SUTURES = (0.87, 2.36)
"""Angles from the nose of the coronal and the lambdoid suture, radians, either side."""


class Bleed(Protocol):
    """The base of all kinds: density in HU, push on the midline (mm, at the centre), and distance from a slice."""

    kind: str
    density: float
    push: float

    def level(self, z: float) -> float:
        """Size at height `z`, 0..1; 0 outside its extent."""

    def cover(self, view: BrainView) -> np.ndarray:
        """Coverage 0..1, float32 [H, W]."""

    def oedema(self, view: BrainView) -> np.ndarray | None:
        """Coverage 0..1 of the swollen rim, or None."""


@dataclass(frozen=True)
class Extent:
    """Centre and half extent in height, mm."""

    centre: float
    reach: float

    def at(self, z: float) -> float:
        return float(np.sqrt(max(1 - ((z - self.centre) / self.reach) ** 2, 0.0)))


def _from_angle(skull: SkullView, angle: float) -> np.ndarray:
    """Angle of every pixel from a direction, -pi..pi."""
    return np.mod(skull.angle - np.float32(angle) + np.float32(np.pi), np.float32(2 * np.pi)) - np.float32(np.pi)


@dataclass(frozen=True)
class Epidural:
    """A lens between bone and dura: biconvex, sharp, and stopped by the sutures.

    Attributes:
        angle: Direction of its middle, radians from the nose.
        half_arc: Half its length along the bone, mm.
        thickness: Greatest thickness, mm.
    """

    angle: float
    half_arc: float
    thickness: float
    density: float
    push: float
    extent: Extent
    kind: str = "epidural"

    def level(self, z: float) -> float:
        return self.extent.at(z)

    def cover(self, view: BrainView) -> np.ndarray:
        size = self.level(view.place.z)
        if size <= 0:
            return np.zeros_like(view.surface)
        frame, skull = view.patient.frame, view.skull
        index = int((self.angle + np.pi) / (2 * np.pi) * len(skull.inner_radius)) % len(skull.inner_radius)
        thickness, half = self.thickness * size, self.half_arc * np.sqrt(size)
        # the inner border is the arc of a circle outside the head, which bulges towards the brain
        circle = (half**2 + thickness**2) / (2 * thickness)
        away = float(skull.inner_radius[index]) - thickness + circle
        inside = circle - np.hypot(
            frame.x - np.float32(away * np.sin(self.angle)), frame.y - np.float32(away * np.cos(self.angle))
        )
        return frame.soften(np.minimum(inside, skull.inside))

    def oedema(self, view: BrainView) -> None:
        return None


@dataclass(frozen=True)
class Subdural:
    """A crescent along the inner table of one side, across sutures but not across the falx; or a band along the falx.

    Attributes:
        side: -1 left of the picture, 1 right.
        angle, half_angle: Middle and half length, radians from the nose; unused along the falx.
        thickness: Greatest thickness, mm.
        settled: Share 0..1 of heavier blood that has sunk to the back.
        along_falx: The band instead of the crescent.
    """

    side: int
    angle: float
    half_angle: float
    thickness: float
    density: float
    push: float
    extent: Extent
    settled: float = 0.0
    along_falx: bool = False
    kind: str = "subdural"

    def level(self, z: float) -> float:
        return self.extent.at(z)

    def cover(self, view: BrainView) -> np.ndarray:
        size = self.level(view.place.z)
        frame, skull = view.patient.frame, view.skull
        if self.along_falx:
            off = view.midline * self.side
            reach = np.minimum(-frame.y - 25 * (view.place.z < 70), view.surface + 3)
            band = np.minimum(self.thickness * size - off, off + 0.7)
            return frame.soften(np.minimum(band, reach)) * (size > 0)
        away = np.abs(_from_angle(skull, self.side * self.angle)) / np.float32(self.half_angle)
        wave = 1 + np.float32(0.18) * view.patient.warp[0].at(view.place.z, frame.size)
        crescent = self.thickness * size * np.clip(1 - away**4, 0, None) * np.clip(wave, 0.6, 1.4)
        own_side = view.midline * self.side - 1
        return frame.soften(np.minimum(np.minimum(crescent - skull.inside, skull.inside), own_side)) * (crescent > 0)

    def oedema(self, view: BrainView) -> None:
        return None


@dataclass(frozen=True)
class Intraparenchymal:
    """One or more blobs within the brain, each with a dark rim of oedema.

    Attributes:
        blobs: (x, y, radius) in mm of each.
        rim: Width of the oedema, mm.
    """

    blobs: tuple[tuple[float, float, float], ...]
    rim: float
    density: float
    push: float
    extent: Extent
    kind: str = "intraparenchymal"

    def level(self, z: float) -> float:
        return self.extent.at(z)

    def _depth(self, view: BrainView) -> np.ndarray:
        """mm inwards from the nearest blob's border, negative outside."""
        frame, size = view.patient.frame, self.level(view.place.z)
        z = view.place.z
        ragged = view.patient.warp[1].at(z, frame.size) + np.float32(0.35) * view.patient.texture.at(z, frame.size)
        depths = []
        for x, y, radius in self.blobs:
            distance = np.hypot(frame.x - np.float32(x), (frame.y - np.float32(y)) / np.float32(1.25))
            depths.append(np.float32(radius * size) - distance + np.float32(0.6 + 0.14 * radius) * ragged)
        return np.maximum.reduce(depths)

    def cover(self, view: BrainView) -> np.ndarray:
        if self.level(view.place.z) <= 0:
            return np.zeros_like(view.surface)
        return view.patient.frame.soften(np.minimum(self._depth(view), view.surface))

    def oedema(self, view: BrainView) -> np.ndarray | None:
        if self.level(view.place.z) <= 0:
            return None
        rim = np.clip((self._depth(view) + self.rim) / np.float32(0.6 * self.rim), 0, 1)
        return rim * view.patient.frame.soften(view.surface)


@dataclass(frozen=True)
class Intraventricular:
    """Blood in the ventricles: sunk to the occipital horns with a flat level, or filling a ventricle as a cast.

    Attributes:
        sides: Sides that hold blood.
        filled: Share 0..1 of the ventricle's length filled from the back.
        third: Blood in the third ventricle too.
    """

    sides: tuple[int, ...]
    filled: float
    third: bool
    density: float
    push: float
    extent: Extent
    kind: str = "intraventricular"

    def level(self, z: float) -> float:
        return float(abs(z - self.extent.centre) <= self.extent.reach)

    def cover(self, view: BrainView) -> np.ndarray:
        if self.level(view.place.z) <= 0:
            return np.zeros_like(view.surface)
        frame = view.patient.frame
        top = np.float32(-52 + 92 * self.filled)
        blood = np.zeros_like(view.surface)
        for side in self.sides:
            blood += view.ventricles * frame.soften(np.minimum(top - frame.y, frame.x * side + view.place.push))
        if self.third:
            blood = np.maximum(blood, view.third)
        return np.clip(blood, 0, 1)

    def oedema(self, view: BrainView) -> None:
        return None


@dataclass(frozen=True)
class Subarachnoid:
    """Blood in place of the fluid of sulci, fissures and cisterns.

    Attributes:
        angle, half_angle: Sector of the convexity that is stained; a half angle of 0 means none.
        cisterns: Share 0..1 of the basal cisterns and Sylvian fissures that is stained.
        side: Side of the Sylvian fissure: -1, 1, or 0 for both.
        swelling: Enlargement of the stained spaces, mm.
    """

    angle: float
    half_angle: float
    cisterns: float
    side: int
    swelling: float
    density: float
    push: float
    extent: Extent
    kind: str = "subarachnoid"

    def level(self, z: float) -> float:
        return float(np.clip(1.6 * self.extent.at(z), 0, 1))

    def cover(self, view: BrainView) -> np.ndarray:
        size = self.level(view.place.z)
        blood = np.zeros_like(view.surface)
        if size <= 0:
            return blood
        frame = view.patient.frame
        patchy = np.clip(0.75 + 0.45 * view.patient.warp[0].at(view.place.z + 30, frame.size), 0.15, 1)
        if self.half_angle > 0:
            away = np.abs(_from_angle(view.skull, self.angle)) / np.float32(self.half_angle)
            sector = np.clip((1 - away) * 4, 0, 1) * (view.skull.radius > 18)
            rim = frame.soften(np.minimum(view.skull.inside, self.swelling - view.surface)) * np.float32(0.7)
            blood = np.maximum(view.sulci(self.swelling), rim) * frame.soften(view.skull.inside) * sector * patchy
        if self.cisterns > 0:
            half = np.ones_like(blood) if self.side == 0 else frame.soften(frame.x * self.side + 8)
            basal = np.maximum(view.cisterns, _front_fissure(view, self.swelling))
            blood = np.maximum(blood, basal * half * np.float32(self.cisterns))
        return (blood * np.float32(size)).astype(np.float32)

    def oedema(self, view: BrainView) -> None:
        return None


def _front_fissure(view: BrainView, swelling: float) -> np.ndarray:
    """The cleft between the frontal lobes at low slices, where the blood of an aneurysm gathers."""
    frame = view.patient.frame
    depth = np.minimum(1.0 + swelling - np.abs(view.midline), np.minimum(frame.y - 26, view.surface))
    return frame.soften(depth) * (view.place.z < 62)


@dataclass(frozen=True)
class BleedPlan:
    """All bleeds of one patient."""

    bleeds: tuple[Bleed, ...] = field(default_factory=tuple)

    def push(self, z: float) -> float:
        """Midline shift in mm at height `z`, to the right of the picture."""
        return float(np.clip(sum(bleed.push * bleed.level(z) for bleed in self.bleeds), -11, 11))
