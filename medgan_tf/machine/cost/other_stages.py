"""What the stages beside the training will take: from costs that were measured once, scaled by a probe of this machine.

The costs lie in `measured.json` beside this file: those of `medgan-tf benchmark --measure cost` on one machine.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from medgan_tf.config.schema import Experiment
from medgan_tf.machine.cost.cases import LABELS, OTHERS_AT, RESOLUTION, START
from medgan_tf.machine.cost.growth import Estimate, estimate, series
from medgan_tf.machine.cost.measurements import Costs, Measured, read_costs
from medgan_tf.machine.cost.this_machine import probe_seconds
from medgan_tf.presentation.durations import duration

FILE = Path(__file__).with_name("measured.json")
COMMANDS = ("prepare", "fid", "neighbours", "privacy", "report")
_NETWORKS = "network"
_WITHOUT_NETWORK = ("pixels", "random")


@dataclass(frozen=True)
class StageCost:
    """What one stage will take.

    Attributes:
        stage: Its name.
        seconds: Wall time on this machine.
        memory_gib: Peak memory, GiB.
        measured_images: Most images with which the stage was measured.
        extrapolated: Whether the dataset has more.
        pixels: Resolution at which it was measured; its time at another one is not known.
    """

    stage: str
    seconds: float
    memory_gib: float
    measured_images: int
    extrapolated: bool
    pixels: int


@dataclass(frozen=True)
class OtherStages:
    """The stages beside the training.

    Attributes:
        machine: The machine of the measurement, in words.
        scale: Time of a probe on this machine divided by its time on that one.
        images, resolution: The dataset.
        stages: One for each stage that was measured.
        network_images: Images whose features a network makes, at least; 0 if the extractors are no networks.
        network_seconds: Time for these, as DenseNet-121 of the classifier's input size takes; None if not measured.
    """

    machine: str
    scale: float
    images: int
    resolution: int
    stages: tuple[StageCost, ...]
    network_images: int
    network_seconds: float | None

    def lines(self) -> list[str]:
        """The stages with time and memory, and what is measured and what is not."""
        if not self.stages:
            return []
        lines = [
            f"  other stages of {self.images:,} images, from costs measured on {self.machine}, times "
            f"{self.scale:.2f}, as a probe of this machine says:"
        ]
        for one in self.stages:
            basis = f"measured up to {one.measured_images:,} images"
            basis = f"EXTRAPOLATED: {basis}" if one.extrapolated else basis
            basis += f" at {one.pixels} pixels" if one.pixels != self.resolution else ""
            lines.append(f"    {one.stage:<11} {duration(one.seconds):>12}  {one.memory_gib:5.2f} GiB  {basis}")
        known_stages = [one.stage for one in self.stages]
        if missing := [stage for stage in COMMANDS if stage not in known_stages]:
            lines.append(f"    not measured at two sizes, so not told: {', '.join(missing)}")
        if self.network_images:
            known = "not measured" if self.network_seconds is None else duration(self.network_seconds)
            lines.append(
                f"    {'features':<11} {known:>12}             of {self.network_images:,} images by a network as large "
                "as DenseNet-121, once; not in the lines above"
            )
        return lines


def other_stages(experiment: Experiment, images: int, costs: Costs | None = None) -> OtherStages:
    """The costs of the stages beside the training.

    Args:
        experiment: The experiment.
        images: Real images in all folds.
        costs: Measured costs; None takes those of the package.
    """
    costs = costs or read_costs(FILE)
    scale = probe_seconds() / costs.probe_seconds
    resolution = experiment.data.resolution
    found = [_stage(costs, stage, images, resolution, scale) for stage in COMMANDS]
    evaluation = experiment.evaluation
    sections = (evaluation.fid, evaluation.neighbours, evaluation.privacy)
    network_images = 0
    if any(section.extractor not in _WITHOUT_NETWORK for section in sections):
        network_images = images + min(evaluation.privacy.images, images)
    rate = _network_rate(costs, experiment.classifier.image_size)
    return OtherStages(
        machine=f"{costs.machine['cpu']} with {costs.machine['cores']} cores",
        scale=scale,
        images=images,
        resolution=resolution,
        stages=tuple(one for one in found if one is not None),
        network_images=network_images,
        network_seconds=scale * network_images / rate if rate else None,
    )


def _stage(costs: Costs, stage: str, images: int, resolution: int, scale: float) -> StageCost | None:
    found = series(costs, stage)
    guess = estimate(found, images)
    if guess is None:
        return None
    pixels, guess = _at_resolution(costs, stage, resolution, found, guess)
    most = found[-1].case.images
    return StageCost(stage, scale * guess.seconds, guess.peak_gib, most, guess.extrapolated, pixels)


def _at_resolution(
    costs: Costs, stage: str, resolution: int, found: list[Measured], guess: Estimate
) -> tuple[int, Estimate]:
    """The estimate at the resolution, if that was measured; the work without the start grows by the same factor."""
    usual, other = (
        next((one for one in costs.of(stage) if one.done and _is(one, OTHERS_AT, side)), None)
        for side in (RESOLUTION, resolution)
    )
    start = found[0].use.seconds
    if usual is None or other is None or usual.use.seconds <= start or found[0].case.images != START:
        return RESOLUTION, guess
    factor = (other.use.seconds - start) / (usual.use.seconds - start)
    seconds = start + max(factor, 0.0) * max(guess.seconds - start, 0.0)
    more = other.use.peak_gib - usual.use.peak_gib
    return resolution, replace(guess, seconds=seconds, peak_gib=guess.peak_gib + max(more, 0.0))


def _is(one: Measured, images: int, resolution: int) -> bool:
    return (one.case.images, one.case.labels, one.case.resolution) == (images, LABELS, resolution)


def _network_rate(costs: Costs, side: int) -> float | None:
    """Images/s at an input size: that of the nearest measured one, by the number of pixels."""
    known = [one for one in costs.of(_NETWORKS) if one.images_per_second]
    if not known:
        return None
    nearest = min(known, key=lambda one: abs(one.case.resolution - side))
    return nearest.images_per_second * (nearest.case.resolution / side) ** 2
