"""The parts of one chest image before they are added up, and the change a finding can make to each."""

from dataclasses import dataclass, field

import cv2
import numpy as np

from medgan_tf.phantom.chest_anatomy import SIDES, ChestAnatomy
from medgan_tf.phantom.chest_view import Canvas, View

LUNG_DENSITY = 0.22  # of aerated lung, relative to water


@dataclass
class Scene:
    """Everything that the beam passes, before it is added up. Findings change it. Maps are float32 [H, W].

    Attributes:
        person: The anatomy.
        view: The exposure.
        canvas: Draws in thorax units.
        x: Thorax coordinate x of each pixel.
        y: Thorax coordinate y of each pixel.
        coarse: The same coordinates on a grid four times as coarse, for what has no sharp edge.
        heart_ratio: Cardiothoracic ratio in this study.
        widening: Width of the upper mediastinum relative to the person's usual one.
        shift: Sideways shift of heart and mediastinum, thorax units.
        raised: Per side, how far the diaphragm is above its place.
        vessel_gain: Per pixel strength of the vessels, or a number.
        vessel_width: Diameter of the vessels relative to normal.
        upper_vessels: Extra strength of the upper vessels (redistribution of flow).
        density: Per side, density of the lung relative to water.
        lung: Per side, mask of the lung in projection, behind heart and mediastinum included.
        depth: Per side, distance to the lung's border, thorax units.
        extra: cm of water added (bone, metal, pleura).
        broken: (rib, side) -> (angle, step) of fractures.
        breaks: Places of the fractures, [2] each.
    """

    person: ChestAnatomy
    view: View
    canvas: Canvas
    x: np.ndarray
    y: np.ndarray
    coarse: tuple[np.ndarray, ...]
    heart_ratio: float
    widening: float = 1.0
    shift: float = 0.0
    raised: dict[int, float] = field(default_factory=dict)
    vessel_gain: np.ndarray | float = 1.0
    vessel_width: float = 1.0
    upper_vessels: float = 0.0
    density: dict[int, np.ndarray] = field(default_factory=dict)
    lung: dict[int, np.ndarray] = field(default_factory=dict)
    depth: dict[int, np.ndarray] = field(default_factory=dict)
    extra: np.ndarray | float = 0.0
    broken: dict[tuple[int, int], tuple[float, float]] = field(default_factory=dict)
    breaks: list[np.ndarray] = field(default_factory=list)

    def place_lungs(self) -> None:
        """Draws the lungs; call once the height of the diaphragm is known."""
        for side in SIDES:
            outline = self.person.lung(side, self.raised.get(side, 0.0))
            mask = self.canvas.fill([outline])
            inside = (mask > 0.5).astype(np.uint8)
            distance = cv2.distanceTransform(inside, cv2.DIST_L2, cv2.DIST_MASK_3) / self.view.scale
            self.lung[side], self.depth[side] = mask, distance
            self.density[side] = np.full(mask.shape, LUNG_DENSITY, np.float32)

    def add_density(self, side: int, amount: np.ndarray) -> None:
        """Fills air spaces: `amount` 0..1 is the share of the remaining air that is replaced by water."""
        self.density[side] += (1 - self.density[side]) * np.clip(amount, 0, 1)

    def enlarge(self, coarse_map: np.ndarray) -> np.ndarray:
        """A map on the coarse grid, interpolated to every pixel, float32 [H, W]."""
        size = (self.view.width, self.view.height)
        return cv2.resize(coarse_map.astype(np.float32), size, interpolation=cv2.INTER_LINEAR)

    def heart_outline(self) -> np.ndarray:
        """The heart's outline [N, 2] in this image."""
        raised = (self.raised.get(-1, 0.0) + self.raised.get(1, 0.0)) / 2
        return self.person.heart(self.heart_ratio * self.view.magnification, raised) + (self.shift, 0)


def new_scene(person: ChestAnatomy, view: View) -> Scene:
    """A scene of `person` without findings."""
    x, y = view.grid()
    size = (max(view.width // 4, 2), max(view.height // 4, 2))
    coarse = tuple(cv2.resize(axis, size, interpolation=cv2.INTER_AREA) for axis in (x, y))
    raised = dict.fromkeys(SIDES, view.raised)
    return Scene(person, view, Canvas(view), x, y, coarse, heart_ratio=person.heart_ratio, raised=raised)


def texture(shape: tuple[int, int], rng: np.random.Generator, grain: float) -> np.ndarray:
    """Smooth noise of about unit variance whose blobs are about `grain` pixels wide."""
    small = rng.standard_normal((int(shape[0] / grain) + 3, int(shape[1] / grain) + 3)).astype(np.float32)
    return cv2.resize(small, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
