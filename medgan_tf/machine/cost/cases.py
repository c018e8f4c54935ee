"""What is measured: stages, and for each the sizes of its input."""

from collections.abc import Iterator
from dataclasses import dataclass

START = 1_000
"""Images of the smallest case. It is nearly all start: Python, TensorFlow, and work that every command does."""
SIZES = (START, 10_000, 30_000, 100_000, 1_000_000)
"""Images on the input side."""
LABELS, RESOLUTION = 5, 32
"""What stays the same while the number of images changes."""
OTHER_LABELS, OTHER_RESOLUTIONS, OTHERS_AT = (1, 20), (64, 128, 256), 10_000
"""What is measured beside these, at one number of images."""
AUDIT = 146_250, 15_000
"""Real and synthetic images of the largest audit: 117,000 of the real ones are in the training fold."""
SYNTHETIC_SHARE = 0.8
"""Synthetic images for each real one where evidence is measured: as many as there are training images."""

STAGES = {
    "prepare": "the command `prepare`: PNG files and their table to a dataset folder",
    "step": "training steps of the cpD-GAN, 64 channels, batch 32, float32",
    "fid": "the command `fid`: all metrics of the synthetic images against the training images",
    "neighbours": "the command `neighbours`, 1,000 synthetic images looked up",
    "privacy": "the command `privacy` with its default settings, without canaries",
    "network": "features of DenseNet-121, float32: on top of fid, neighbours and privacy wherever it is the extractor",
    "report": "the command `report` of a run with the results of fid, neighbours and privacy",
}
"""What each stage is, in words."""

_LARGEST = {"step": 0, "fid": 100_000, "neighbours": 100_000, "privacy": 30_000, "report": 10_000, "network": 0}
"""Most images of the cases of a stage; `prepare` has all sizes. 0: its cost does not depend on them."""


@dataclass(frozen=True)
class Case:
    """One measurement.

    Attributes:
        stage: Name of the stage, see `STAGES`.
        images: Real images on the input side; 0 where the cost does not depend on their number.
        labels: Length of the label vectors.
        resolution: Side of the images, pixels.
        synthetic: Synthetic images beside them.
    """

    stage: str
    images: int
    labels: int = LABELS
    resolution: int = RESOLUTION
    synthetic: int = 0

    @property
    def key(self) -> str:
        """Its name in files, the same for equal cases."""
        return f"{self.stage}-{self.images}-{self.synthetic}-{self.labels}-{self.resolution}"


def all_cases(stages: tuple[str, ...] = tuple(STAGES), most: int = SIZES[-1]) -> list[Case]:
    """The cases of some stages with at most so many images, small ones first."""
    found = [case for stage in stages for case in _cases(stage) if case.images <= most]
    return sorted(dict.fromkeys(found), key=lambda case: (case.images * case.resolution, case.stage))


def _cases(stage: str) -> Iterator[Case]:
    largest = _LARGEST.get(stage, SIZES[-1])
    if not largest:
        yield from (Case(stage, 0, LABELS, side) for side in (RESOLUTION, *OTHER_RESOLUTIONS))
        if stage == "step":
            yield from (Case(stage, 0, labels) for labels in OTHER_LABELS)
        return
    made = stage != "prepare"
    for images in SIZES:
        if images <= largest:
            yield _with_synthetic(stage, images) if made else Case(stage, images)
    others = [(labels, RESOLUTION) for labels in OTHER_LABELS] if stage in ("prepare", "fid") else []
    if stage == "prepare":
        others += [(LABELS, side) for side in OTHER_RESOLUTIONS]
    for labels, side in others:
        yield _with_synthetic(stage, OTHERS_AT, labels, side) if made else Case(stage, OTHERS_AT, labels, side)
    if stage == "privacy":
        yield Case(stage, AUDIT[0], synthetic=AUDIT[1])


def _with_synthetic(stage: str, images: int, labels: int = LABELS, side: int = RESOLUTION) -> Case:
    return Case(stage, images, labels, side, usual_synthetic(images))


def usual_synthetic(images: int) -> int:
    """Synthetic images beside so many real ones."""
    return round(images * SYNTHETIC_SHARE)
