"""Time, memory and disk of a training before it is begun, from a short probe of its own steps on this machine."""

import math
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import tensorflow as tf

from medgan_tf.config.schema import Experiment, PrivacyConfig
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.gans.schedule import Phase
from medgan_tf.machine.cost.other_stages import OtherStages, other_stages
from medgan_tf.machine.operations import count_operations
from medgan_tf.machine.probe_process import in_own_process
from medgan_tf.machine.trial_run import enter, make_trial, on_devices, periodic_work, timed
from medgan_tf.training.devices.memory import (
    available_memory_gib,
    folder_gib,
    free_disk_gib,
    gpu_memory,
    peak_memory_gib,
)
from medgan_tf.training.export import export_generator, generator_card
from medgan_tf.training.multi_step import MultiStepFunction
from medgan_tf.training.state import RunState

CALL_SECONDS = 1.0
"""Steps are timed in calls of about this length."""


@dataclass(frozen=True)
class PhasePlan:
    """One phase of a training.

    Attributes:
        resolution, fading, batch: The phase.
        images: Real images in it.
        images_per_second: Measured speed.
        gflop_per_image: Counted operations; NaN for steps with branches (gan.penalty_every, privacy.dp) and for several
            replicas.
        first_step_seconds: Time to build its graph and do the first step.
    """

    resolution: int
    fading: bool
    batch: int
    images: int
    images_per_second: float
    gflop_per_image: float
    first_step_seconds: float

    @property
    def seconds(self) -> float:
        """The whole phase without periodic output."""
        return self.images / self.images_per_second + self.first_step_seconds


@dataclass(frozen=True)
class TrainingPlan:
    """The needs of a whole training on this machine.

    Attributes:
        name, architecture: Name and architecture of the experiment.
        phases: The phases, in order.
        ticks, checkpoints, grids: How many of each the training has.
        tick_seconds, checkpoint_seconds, grid_seconds: Time of one each, measured once.
        start_seconds: Reading the data, making the networks, and the export.
        memory_gib: Peak resident memory; `gpu_memory_gib` that of the first GPU, 0 without one.
        disk_gib: Checkpoints, generator, pictures and event files.
        available_memory_gib, free_disk_gib: Memory and disk that this machine has free.
        others: The stages beside the training, from measured costs; not in the sums. None where nobody asked.
    """

    name: str
    architecture: str
    phases: tuple[PhasePlan, ...]
    ticks: int
    checkpoints: int
    grids: int
    tick_seconds: float
    checkpoint_seconds: float
    grid_seconds: float
    start_seconds: float
    memory_gib: float
    gpu_memory_gib: float
    disk_gib: float
    available_memory_gib: float
    free_disk_gib: float
    others: OtherStages | None = None

    @property
    def seconds(self) -> float:
        """The whole training; FID while training comes on top."""
        output = self.ticks * self.tick_seconds + self.checkpoints * self.checkpoint_seconds
        return (
            self.start_seconds + sum(phase.seconds for phase in self.phases) + output + self.grids * self.grid_seconds
        )

    @property
    def operations(self) -> float:
        """Floating-point operations of the whole training, 10^9; NaN if those of a phase are."""
        return sum(phase.images * phase.gflop_per_image for phase in self.phases)

    def as_dict(self) -> dict[str, Any]:
        """The plan as JSON values."""
        return {**asdict(self), "seconds": self.seconds, "gflop": self.operations}


def plan_training(experiment: Experiment, seconds: float = 30.0) -> TrainingPlan:
    """Probes an experiment's training in a process of its own, whose peak memory is that of the training.

    Args:
        experiment: Its dataset must be prepared.
        seconds: Time for steps, over all phases; building the graphs comes on top.

    Raises:
        DataError: There is no dataset, or it does not fit.
        ConfigError: The experiment cannot be trained.
        RunError: The probe ended without a result, as when memory ran out.
    """
    images = sum(DatasetFolder(experiment.dataset_dir).manifest.images.values())
    found = in_own_process(__name__, "probe_values", experiment.model_dump(mode="json"), seconds)
    return replace(found, others=other_stages(experiment, images))


def probe_values(values: dict[str, Any], seconds: float) -> TrainingPlan:
    """`probe` of an experiment given as JSON values, in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="medgan-plan-") as folder:
        return probe(Experiment.model_validate(values), seconds, Path(folder))


def probe(experiment: Experiment, seconds: float, folder: Path) -> TrainingPlan:
    """Does the probe itself, in this process.

    Args:
        experiment: The experiment.
        seconds: Time for steps.
        folder: Where checkpoint, pictures and export are written to be timed.
    """
    begun = time.perf_counter()
    training, dataset = experiment.training, DatasetFolder(experiment.dataset_dir)
    run = make_trial(experiment, dataset, folder)
    gan, phases, work = run.gan, run.phases, periodic_work(run)
    start = time.perf_counter() - begun
    planned = tuple(_probe_phase(run, phase, seconds / len(phases)) for phase in phases)
    tick, checkpoint, picture = timed(work.tick), timed(work.checkpoint), timed(work.grid)
    # This export is removed at once; a private training has no guarantee yet that its card could tell.
    open_card = generator_card(experiment.model_copy(update={"privacy": PrivacyConfig()}), dataset, 0)
    export = timed(lambda: export_generator(gan, folder / "generator", open_card), 1)
    total, unit = phases[-1].end, training.images_per_tick
    counts = {
        "ticks": math.ceil(total / unit),
        "checkpoints": total // (unit * training.checkpoint_ticks) + 1,
        "grids": total // (unit * training.sample_ticks) + 2,
    }
    pictures = folder_gib(folder / "samples") / 2 * (2 if training.tensorboard else 1)
    kept = min(training.keep_checkpoints + 2, counts["checkpoints"] + 1)
    disk = kept * folder_gib(folder / "checkpoints") + 2 * folder_gib(folder / "generator")
    # A line of metrics and a set of scalars are about 2 kB.
    disk += counts["grids"] * pictures + counts["ticks"] * 2e3 / 2**30
    return TrainingPlan(
        name=experiment.name,
        architecture=experiment.gan.architecture,
        phases=planned,
        **counts,
        tick_seconds=tick,
        checkpoint_seconds=checkpoint,
        grid_seconds=picture,
        start_seconds=start + export,
        memory_gib=peak_memory_gib(),
        gpu_memory_gib=gpu_memory().get("gpu_memory_gib", 0.0),
        disk_gib=disk,
        available_memory_gib=available_memory_gib() + peak_memory_gib(),
        free_disk_gib=free_disk_gib(training.output),
    )


def _probe_phase(run: RunState, phase: Phase, seconds: float) -> PhasePlan:
    """Times the steps of one phase for about so many seconds, at least three."""
    batches = enter(run, phase)
    iterator = on_devices(run, batches)
    several_steps = MultiStepFunction(run.gan, run.experiment.training.steps_per_call)

    def steps(count: int) -> float:
        begun = time.perf_counter()
        several_steps.run(iterator, count)
        return (time.perf_counter() - begun) / count

    first, end = steps(1), time.perf_counter() + seconds
    times = [steps(1)]
    while len(times) < 4 or time.perf_counter() < end:
        times.append(steps(max(1, round(CALL_SECONDS / times[-1]))))
    return PhasePlan(
        resolution=phase.resolution,
        fading=phase.fading,
        batch=phase.batch,
        images=phase.end - phase.start,
        # The step after the first one may still set things up.
        images_per_second=phase.images_per_step / statistics.mean(times[1:]),
        gflop_per_image=_operations(run, phase) / 1e9,
        first_step_seconds=first,
    )


def _operations(run: RunState, phase: Phase) -> float:
    """Floating-point operations per image, counted in the graph of one step; NaN where that cannot be done."""
    gan = run.gan
    if run.strategy.num_replicas_in_sync > 1 or gan.config.penalty_every > 1 or run.experiment.private:
        return math.nan
    side, count = gan.resolution, phase.images_per_step
    images, labels = tf.TensorSpec([count, side, side, 1], tf.uint8), tf.TensorSpec([count, gan.label_count])
    step = tf.function(lambda images, labels: gan.train_step((images, labels)), autograph=False)
    operations, _ = count_operations(step.get_concrete_function(images, labels))
    return operations / count


def shortages(plans: Sequence[TrainingPlan]) -> list[str]:
    """Shortages of this machine for trainings that are done one after the other, in words; empty if there are none."""
    found = [
        f"{plan.name} needs {plan.memory_gib:.1f} GiB of memory; {plan.available_memory_gib:.1f} GiB are available"
        for plan in plans
        if plan.memory_gib > plan.available_memory_gib
    ]
    disk, free = sum(plan.disk_gib for plan in plans), min(plan.free_disk_gib for plan in plans)
    if disk > free:
        found.append(f"{disk:.1f} GiB of disk are needed; {free:.1f} GiB are free")
    return found
