"""A grid of 2 experiments on one phantom x 2 GANs x 2 seeds, its jobs' files, and its datasets' manifests."""

import os
from pathlib import Path

from medgan_tf.data.records.manifest import Combination, Manifest, Shard

END = 1_800_000_000
"""When jobs end, seconds since 1970."""


def write_grid(folder: Path) -> Path:
    """The grid's file, with its two experiments `one` and `two` beside it."""
    for name in ("one", "two"):
        (folder / f"{name}.yaml").write_text(
            f"name: {name}\ndata: {{source: phantom, root: phantom/chest, options: {{modality: chest}}}}\n"
        )
    file = folder / "grid.yaml"
    file.write_text(
        f"name: small\noutput: {folder}/runs\nexperiments: [one.yaml, two.yaml]\nseeds: 1..2\n"
        "set: [training.batch=8]\nset_for: {progressive: [gan.base_channels=64]}\n"
    )
    return file


def finish(job, seconds: float | None) -> None:
    """Makes a job done; it took so long, or, with None, nothing says how long."""
    job.marker.parent.mkdir(parents=True, exist_ok=True)
    job.marker.touch()
    os.utime(job.marker, (END, END))
    if seconds is not None:
        job.lock.touch()
        os.utime(job.lock, (END - seconds, END - seconds))


def write_manifest(folder: str | Path, images: int, resolution: int = 32) -> None:
    """A dataset folder as far as its manifest, with so many training images."""
    Path(folder).mkdir(parents=True)
    shard = Shard(file="train-00000-of-00001.tfrecord", fold="train", images=images, bytes=1, sha256="0" * 64)
    Manifest(
        kind="real",
        name=Path(folder).name,
        label_names=["Edema"],
        combinations=[Combination(labels=["Edema"], vector=[1], train=images)],
        images={"train": images, "valid": 0, "test": 0},
        image_shape=[resolution, resolution, 1],
        encoding="png",
        shards=[shard],
    ).save(folder)


def training_plan(name: str, architecture: str, seconds: float, **changes):
    """A `TrainingPlan` without phases that takes so long."""
    # Imports TensorFlow, which the other tests of grids do without.
    from medgan_tf.machine.plan import TrainingPlan

    values = {"phases": (), "ticks": 0, "checkpoints": 0, "grids": 0}
    values |= {"tick_seconds": 0.0, "checkpoint_seconds": 0.0, "grid_seconds": 0.0, "start_seconds": seconds}
    values |= {"memory_gib": 1.0, "gpu_memory_gib": 0.0, "disk_gib": 0.5}
    values |= {"available_memory_gib": 8.0, "free_disk_gib": 10.0, **changes}
    return TrainingPlan(name=name, architecture=architecture, **values)
