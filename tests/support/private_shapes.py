"""The smallest private experiment on the dataset of shapes, and where its secret lies."""

import json
from pathlib import Path

from shapes_dataset import small_experiment

from medgan_tf.config.run_folders import run_folder
from medgan_tf.config.schema import Experiment

COMBINATIONS = ["Square", "Disc", "Square|Disc"]


def private_experiment(folder: Path, name="shapes", dp=(), gan=(), seed=7, **training) -> Experiment:
    """20 steps of 8 of 38 patients, in four ticks of 5 steps."""
    small = small_experiment(folder, name=name, seed=seed, **training).model_dump(mode="json")
    # `expected_batch` would not go with it, and no minibatch deviation with privacy.
    small["gan"] |= {
        "loss": "non_saturating",
        "gradient_penalty": 0.0,
        "drift": 0.0,
        "mbstd_group_size": 1,
        **dict(gan),
    }
    small["data"] |= {"private_dir": str(folder / "private"), "min_count": 0}
    settings = {"noise_multiplier": 2.0, "combinations": COMBINATIONS, "discriminator_steps": 2, "chunk": 8}
    return Experiment.model_validate({**small, "privacy": {"dp": {**settings, **dict(dp)}}})


def secret_files(folder: Path) -> dict[str, Path]:
    """The key and the ledger of the only training in a private folder."""
    (key,) = (folder / "private" / "noise").glob("*.key")
    return {"key": key, "ledger": key.with_name(f"{key.stem}.ledger.json")}


def ledger_of(folder: Path) -> dict:
    return json.loads(secret_files(folder)["ledger"].read_text())


def guarantee_of(experiment: Experiment) -> dict:
    return json.loads(run_folder(experiment).guarantee.read_text())


def ticks_of(experiment: Experiment) -> list[dict]:
    return [json.loads(line) for line in run_folder(experiment).metrics.read_text().splitlines()]
