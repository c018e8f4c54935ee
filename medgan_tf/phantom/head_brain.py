"""The brain of one slice as tissue coverages: cortex with its furrows, white matter, nuclei and fluid spaces."""

from dataclasses import dataclass

import numpy as np

from medgan_tf.phantom.head_anatomy import HeadPatient, SkullView, Sulci, view_skull
from medgan_tf.phantom.head_raster import ramp
from medgan_tf.phantom.head_ventricles import (
    Placement,
    brainstem,
    cisterns,
    lateral_ventricles,
    nuclei,
    third_ventricle,
)


@dataclass
class BrainView:
    """One slice before densities are given.

    Attributes:
        patient, place, skull: Patient, placement and skull that it was made from.
        surface: float32 [H, W], mm inwards from the brain's surface (negative in the subarachnoid space).
        furrow: float32 [H, W], mm to the middle of the nearest sulcus.
        furrow_width: float32 [H, W], half width of that sulcus in mm; 0 where it has ended.
        midline: float32 [H, W], signed mm to the falx.
        falx: float32 [H, W], coverage of the falx.
        ventricles, third, cisterns: float32 [H, W], coverages of the fluid spaces.
        grey: float32 [H, W], share of grey in what is brain tissue.
    """

    patient: HeadPatient
    place: Placement
    skull: SkullView
    surface: np.ndarray
    furrow: np.ndarray
    furrow_width: np.ndarray
    midline: np.ndarray
    falx: np.ndarray
    ventricles: np.ndarray
    third: np.ndarray
    cisterns: np.ndarray
    grey: np.ndarray

    def sulci(self, extra: float = 0.0) -> np.ndarray:
        """Coverage of the sulci, each half width enlarged by `extra` mm."""
        spacing = self.patient.frame.spacing
        width = np.where(self.furrow_width > 0, self.furrow_width + np.float32(extra), 0)
        # a furrow thinner than a pixel darkens the pixel by its share only
        return np.clip(2 * width / spacing, 0, 1) * np.clip((width - self.furrow) / spacing + 1, 0, 1)

    @property
    def inside(self) -> np.ndarray:
        """Coverage of the space within the skull."""
        return self.patient.frame.soften(self.skull.inside)


def view_brain(patient: HeadPatient, z: float, push: float = 0.0, swelling: float = 1.0) -> BrainView:
    """The brain at height `z` (mm), with its midline pushed by `push` mm and its ventricles widened by `swelling`."""
    frame = patient.frame
    place = Placement(patient, z, push, swelling)
    skull = view_skull(patient, z)
    bend = [field.at(z, frame.size) for field in patient.warp]
    gap = (0.6 + 2.6 * patient.atrophy) * (1 + 0.5 * np.maximum(np.cos(skull.angle), 0))
    surface = skull.inside - gap.astype(np.float32)
    furrow, width = _furrows(patient, skull, surface, bend, z, place)
    front, back = _falx_ends(z)
    sag = np.float32(0.25 * push) * np.exp(-((frame.y / 40) ** 2))
    midline = frame.x - sag + np.float32(0.5) * bend[0]
    reach = frame.soften(np.maximum(frame.y - front, back - frame.y)) * frame.soften(surface + 2)
    fissure = np.float32(0.9 + 1.3 * patient.atrophy) * frame.soften(np.maximum(frame.y - front - 3, back - frame.y))
    nearer = np.abs(midline) - fissure < furrow - width
    furrow = np.where(nearer & (fissure > 0), np.abs(midline), furrow)
    width = np.where(nearer & (fissure > 0), fissure, width)
    ventricles = frame.tubes(lateral_ventricles(place))
    third = frame.tubes(third_ventricle(place))
    spaces = frame.tubes(cisterns(place)) * frame.soften(skull.inside)
    grey = _grey_share(patient, place, surface, furrow, width, bend)
    falx = reach * np.clip((0.75 - np.abs(midline)) / frame.spacing + 0.5, 0, 1)
    return BrainView(
        patient, place, skull, surface, furrow, width, midline, falx, ventricles, third, spaces, grey.astype(np.float32)
    )


def _falx_ends(z: float) -> tuple[float, float]:
    """y beyond which the falx reaches at the front and at the back; they meet above the corpus callosum."""
    front = float(np.interp(z, [26, 40, 58, 68, 73], [30, 34, 46, 40, 0]))
    back = float(np.interp(z, [26, 38, 48, 60, 68, 73], [-78, -52, -46, -44, -36, 0]))
    return front, back


def _furrows(
    patient: HeadPatient, skull: SkullView, surface: np.ndarray, bend: list[np.ndarray], z: float, place: Placement
) -> tuple[np.ndarray, np.ndarray]:
    """Distance to the nearest sulcus and its half width (both mm): those of the convexity and those of the midline."""
    frame = patient.frame
    fine = patient.texture.at(z / 2 + 30, frame.size)
    x = frame.x + np.float32(4.2) * bend[0] + np.float32(0.6) * fine
    y = frame.y + np.float32(4.2) * bend[1] - np.float32(0.6) * fine
    wide = np.float32(0.25 + 1.1 * patient.atrophy) * (1 + 0.4 * ramp(z, 70, 95))
    # the half that is under pressure has tight sulci
    pressed = np.clip(1 - 0.13 * np.maximum(-np.sign(frame.x) * place.push, 0), 0.15, 1)
    angle = np.arctan2(x, y)
    count = len(patient.radial.offset)
    around, width = _nearest(patient.radial, angle * np.float32(count / (2 * np.pi)), surface)
    distance = around * np.hypot(x, y) * np.float32(2 * np.pi / count)
    lower = ramp(z, 34, 50)
    width = width * (0.35 + 0.65 * lower)
    apart = np.float32(12.5)
    across, medial = _nearest(patient.medial, y / apart + np.where(frame.x > 0, 0.4, 0), np.abs(x))
    front, back = _falx_ends(z)
    active = np.clip((np.maximum(y - front, back - y) - 2) / 6, 0, 1) * ramp(z, 44, 52)
    medial = medial * active * (surface > 4)
    across = across * apart
    nearer = across - medial < distance - width
    use = nearer & (medial > 0) | (width <= 0)
    distance = np.where(use, across, distance)
    return distance.astype(np.float32), (np.where(use, medial, width) * wide * pressed).astype(np.float32)


def _nearest(sulci: Sulci, position: np.ndarray, inward: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distance in spacings to the nearest furrow, and its relative half width, which tapers to 0 at its end."""
    index = np.rint(position)
    entry = np.mod(index, len(sulci.offset)).astype(np.int32)
    distance = np.abs(position - index - sulci.offset[entry])
    left = 1 - inward / sulci.depth[entry]
    return distance, sulci.width[entry] * np.sqrt(np.clip(left, 0, 1)) * (inward > -4)


def _grey_share(
    patient: HeadPatient,
    place: Placement,
    surface: np.ndarray,
    furrow: np.ndarray,
    width: np.ndarray,
    bend: list[np.ndarray],
) -> np.ndarray:
    """Share of grey matter: a ribbon of about 4 mm along surface and sulci, the insula and the nuclei."""
    frame, z = patient.frame, place.z
    ribbon = np.float32(4.2 / np.sqrt(max(1 - ramp(z, 60, 115) * 0.8, 0.2)))
    cortex = np.clip((ribbon + bend[1] - surface) / 2 + 0.5, 0, 1)
    lining = np.clip((width + 3.2 - furrow) / 1.6 + 0.5, 0, 1) * (width > 0)
    deep = frame.polygons([*nuclei(place), *brainstem(z)])
    insula = frame.tubes(cisterns(place), extra=3.0)
    grey = np.maximum(np.maximum(cortex, lining), np.maximum(deep * 0.9, insula))
    # cerebellum and temporal lobes at the base: small folds that a slice cannot separate
    base = (1 - ramp(z, 34, 42)) * 0.6
    return np.maximum(grey, np.float32(base))
