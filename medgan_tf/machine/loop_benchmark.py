"""Speed of the whole training loop, with all work around the steps, as a fraction of the bare step's speed."""

import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import tensorflow as tf

from medgan_tf.config.schema import Experiment
from medgan_tf.data.build import BuildPlan, build_dataset
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.data.tables.table import FoldTable, Source
from medgan_tf.gans.gan import ConditionalGan
from medgan_tf.machine.probe_process import in_own_process
from medgan_tf.machine.trial_run import enter, make_trial, on_devices, periodic_work, timed
from medgan_tf.presentation.progress import Silent
from medgan_tf.training.devices.memory import memory_gib, peak_memory_gib
from medgan_tf.training.multi_step import MultiStepFunction

IMAGES, LABELS = 512, 6


@dataclass(frozen=True)
class LoopSpeed:
    """One measured setting.

    Attributes:
        channels, batch, resolution, precision, replicas: The setting.
        step_rate: Images/s of bare steps on one batch in memory; each step is waited for.
        loop_rate: Images/s of the whole loop: steps in calls from the input pipeline, and ticks, scalars, checkpoints
            and sample grids at their default periods.
        loop_fraction: loop_rate / step_rate.
        pipeline_rate: Images/s of the input pipeline alone.
        pipeline_factor: pipeline_rate / step_rate.
        first_step_seconds: Time from reading the data to the end of the first step.
        checkpoint_seconds, grid_seconds, tick_seconds: Time of one checkpoint, one sample grid and one tick.
        memory_first_gib, memory_last_gib: Resident memory after the tenth step and after the last.
        peak_memory_gib: Peak memory of the process that trained, without the bare steps.
        steps: Steps between these two.
    """

    channels: int
    batch: int
    resolution: int
    precision: str
    replicas: int
    step_rate: float
    loop_rate: float
    loop_fraction: float
    pipeline_rate: float
    pipeline_factor: float
    first_step_seconds: float
    checkpoint_seconds: float
    grid_seconds: float
    tick_seconds: float
    memory_first_gib: float
    memory_last_gib: float
    peak_memory_gib: float
    steps: int


def measure_loop(
    architecture: str, channels: int, batch: int, resolution: int, precision: str, steps: int = 100, replicas: int = 1
) -> LoopSpeed:
    """Measures one setting in a process of its own.

    Args:
        architecture: Registered GAN.
        channels: Width of all layers, and length of z.
        batch: Images per discriminator step.
        resolution: Pixels.
        precision: `float32` or `mixed_bfloat16`.
        steps: Steps of the loop for the comparison of memory, and about as many for that of the rates.
        replicas: Number of replicas; more than one run on as many GPUs or, without GPUs, on parts of the CPU.
    """
    arguments = (architecture, channels, batch, resolution, precision, steps, replicas)
    return in_own_process(__name__, "loop_here", *arguments)


def loop_here(architecture, channels, batch, resolution, precision, steps, replicas) -> LoopSpeed:
    """As `measure_loop`, in this process."""
    setting = {"channels": channels, "batch": batch, "resolution": resolution, "precision": precision}
    devices = _devices(replicas)
    with tempfile.TemporaryDirectory(prefix="medgan-benchmark-") as name:
        dataset = noise_dataset(Path(name) / "dataset", resolution)
        gan = {"architecture": architecture, "latent_size": channels, "max_channels": channels}
        training = {"batch": batch, "precision": precision, "output": name, "devices": devices}
        training["strategy"] = "mirrored" if replicas > 1 else "one"
        data = {"resolution": resolution, "dataset_dir": str(dataset.path)}
        experiment = Experiment(name="benchmark", data=data, gan=gan, training=training)
        return LoopSpeed(**setting, replicas=replicas, steps=steps, **_measure(experiment, dataset, Path(name), steps))


def _devices(replicas: int) -> list[str] | None:
    if replicas == 1:
        return None
    if len(tf.config.list_physical_devices("GPU")) >= replicas:
        return [f"GPU:{number}" for number in range(replicas)]
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * replicas)
    return [f"CPU:{number}" for number in range(replicas)]


def _measure(experiment: Experiment, dataset: DatasetFolder, folder: Path, steps: int) -> dict[str, Any]:
    begun = time.perf_counter()
    run = make_trial(experiment, dataset, folder)
    phase = run.phases[-1]
    batches = enter(run, phase)
    several_steps, iterator = MultiStepFunction(run.gan, experiment.training.steps_per_call), on_devices(run, batches)

    def loop(count: int) -> None:
        several_steps.run(iterator, count)

    loop(1)
    first = time.perf_counter() - begun
    loop(10)
    memory = memory_gib()
    loop(steps)
    work = periodic_work(run)
    costs = {
        "checkpoint_seconds": timed(work.checkpoint),
        "grid_seconds": timed(work.grid),
        "tick_seconds": timed(work.tick),
    }
    found = {"memory_first_gib": memory, "memory_last_gib": memory_gib(), "peak_memory_gib": peak_memory_gib(), **costs}
    step = _bare_step(run.gan, next(iter(batches)))
    step_seconds, loop_seconds = _in_turns(step, loop, max(10, steps // 5))
    images, training = phase.images_per_step, experiment.training
    # All the work between two checkpoints.
    period = training.images_per_tick * training.checkpoint_ticks
    around = training.checkpoint_ticks * costs["tick_seconds"] + costs["checkpoint_seconds"]
    around += costs["grid_seconds"] * training.checkpoint_ticks / training.sample_ticks
    loop_rate = period / (period / images * loop_seconds + around)
    pipeline = _pipeline_rate(batches, images)
    return found | {
        "first_step_seconds": first,
        "step_rate": images / step_seconds,
        "loop_rate": loop_rate,
        "loop_fraction": loop_rate * step_seconds / images,
        "pipeline_rate": pipeline,
        "pipeline_factor": pipeline * step_seconds / images,
    }


def _bare_step(gan: ConditionalGan, batch: tuple[tf.Tensor, tf.Tensor]) -> Callable[[], None]:
    """A call of one step on one batch that waits for it."""
    strategy = gan.distribute_strategy
    images, labels = (values[: len(values) // strategy.num_replicas_in_sync] for values in batch)
    function = tf.function(lambda *part: strategy.run(gan.train_step, [part]), autograph=False)

    def step() -> None:
        function(images, labels)
        gan.images_seen.numpy()

    return step


def _in_turns(
    step: Callable[[], None], loop: Callable[[int], None], count: int, rounds: int = 5
) -> tuple[float, float]:
    """Median seconds per step of both. They take turns, so that a machine whose speed drifts slows both."""
    step()
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        begun = time.perf_counter()
        for _ in range(count):
            step()
        middle = time.perf_counter()
        loop(count)
        times[0].append((middle - begun) / count)
        times[1].append((time.perf_counter() - middle) / count)
    return statistics.median(times[0]), statistics.median(times[1])


def _pipeline_rate(batches: tf.data.Dataset, images: int, seconds: float = 2.0) -> float:
    iterator = iter(batches)
    next(iterator)
    begun, count = time.perf_counter(), 0
    while time.perf_counter() - begun < seconds:
        next(iterator)
        count += images
    return count / (time.perf_counter() - begun)


class Noise(Source):
    """Images of noise; `path` is their number. There are no files to be careful with."""

    reads_in_processes = False

    def read_table(self):
        """Returns nothing, as the folds are made up."""
        raise NotImplementedError

    def read_image(self, path: str) -> np.ndarray:
        """Uniform noise, uint8."""
        number, side = map(int, path.split())
        return np.random.default_rng(number).integers(0, 256, (side, side), dtype=np.uint8)


def noise_dataset(path: Path, resolution: int, images: int = IMAGES) -> DatasetFolder:
    """A small dataset of noise, all of it in the fold train. Its speed is that of any dataset with as many labels."""
    numbers = range(images)
    frame = pd.DataFrame({"image_id": map(str, numbers), "path": [f"{number} {resolution}" for number in numbers]})
    frame = frame.assign(patient_id=frame.image_id, fold="train", copy=0)
    names = np.array([f"{number:014x}" for number in numbers])
    labels = np.eye(LABELS, dtype=np.uint8)[np.arange(images) % LABELS]
    plan = BuildPlan(
        path=path,
        folds=FoldTable(frame, labels, tuple(f"Label {number}" for number in range(LABELS)), ()),
        image_ids=names,
        patients=names,
        build_hash="0" * 64,
        resolution=resolution,
        encoding="raw",
        max_unreadable=0.0,
        manifest_values={"name": "noise"},
        workers=1,
    )
    return build_dataset(Noise(), plan, Silent())
