"""What a run folder says about itself: resolved config, environment, log; and whether a run may go on."""

import contextlib
import fcntl
import json
import logging
import os
import platform
import subprocess
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import tensorflow as tf
import yaml

import medgan_tf
from medgan_tf.config.loading import dump_experiment
from medgan_tf.config.schema import Experiment
from medgan_tf.errors import RunError
from medgan_tf.files.atomic import atomic_path
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.gans.resolve import resolve_experiment
from medgan_tf.training.devices.precision import working_precision

# May differ between a run and its continuation: they do not change what is computed, only how long and what is written.
_PERIODS = {"sample_ticks", "checkpoint_ticks", "keep_checkpoints", "tensorboard", "steps_per_call", "profile_steps"}
_FREE = {
    "training": {"output", "total_images", "strategy", "devices", "watchdog", *_PERIODS},
    "data": {"root", "dataset_dir", "private_dir", "workers", "max_unreadable", "encoding"},
    "original_code": {
        "undefined_validation_auc_zero",
        "last_brain_image_dropped",
        "auc_flipped",
        "occlusion_patch_4",
    },
}
_SECTIONS = ("data", "original_code", "gan", "training")


def check_same_experiment(folder: RunFolder, experiment: Experiment) -> None:
    """Raises `RunError` naming every setting in which a run to be resumed differs from the experiment asked for."""
    if not folder.config.is_file():
        raise RunError(f"{folder.path} has checkpoints but no {folder.config.name}; begin anew with --restart")
    before = yaml.safe_load(folder.config.read_text(encoding="utf-8"))
    # What an earlier version did not know had the effect of today's default.
    defaults = resolve_experiment(Experiment(name=experiment.name, gan={"architecture": experiment.gan.architecture}))
    defaults = defaults.model_dump(mode="json")
    now = experiment.model_dump(mode="json")
    changes = [] if before.get("seed") == now["seed"] else [f"seed {before.get('seed')} -> {now['seed']}"]
    for section in _SECTIONS:
        new = _flat(now[section])
        known = {key: value for key, value in _flat(defaults[section]).items() if key in new}
        old = known | _flat(before.get(section, {}))
        for key in sorted(set(old) | set(new)):
            if key.split(".")[0] not in _FREE.get(section, set()) and old.get(key) != new.get(key):
                changes.append(f"{section}.{key} {old.get(key)} -> {new.get(key)}")
    if changes:
        raise RunError(
            f"{folder.path} was trained with other settings: {'; '.join(changes)}. Set them back to resume, "
            "begin anew with --restart, or change the experiment's name"
        )


def _flat(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat = {}
    for key, value in values.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[prefix + key] = value
    return flat


def write_text(path: Path, text: str) -> None:
    """Writes a file, atomically."""
    with atomic_path(path) as partial:
        partial.write_text(text, encoding="utf-8")


def write_description(folder: RunFolder, experiment: Experiment) -> None:
    """Writes the resolved config and the environment. Neither names a user or a host."""
    folder.path.mkdir(parents=True, exist_ok=True)
    write_text(folder.config, dump_experiment(experiment))
    environment = {
        "medgan_tf": medgan_tf.__version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "packages": {
            name: _version(name) for name in ("tensorflow", "keras", "numpy", "opencv-python-headless", "pydicom")
        },
        "devices": [device.name.removeprefix("/device:") for device in tf.config.list_logical_devices()],
        "cpu_cores": os.cpu_count(),
        "precision": working_precision(experiment.training.precision),
        "git_revision": _git_revision(),
    }
    write_text(folder.environment, json.dumps(environment, indent=2) + "\n")


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _git_revision() -> str | None:
    """Revision of the checkout this package runs from, None if it is installed or git is missing."""
    checkout = Path(medgan_tf.__file__).parents[1]
    if not (checkout / ".git").exists():
        return None
    command = ["git", "-C", str(checkout), "rev-parse", "HEAD"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return None


def drop_metrics_after(path: Path, images_seen: int) -> None:
    """Removes the lines of ticks that the resumed run will do again."""
    if not path.is_file():
        return
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if _images_of(line) <= images_seen]
    write_text(path, "".join(line + "\n" for line in lines))


def _images_of(line: str) -> float:
    try:
        return json.loads(line)["images_seen"]
    except (ValueError, KeyError, TypeError):
        return float("inf")


@contextlib.contextmanager
def locked(folder: RunFolder) -> Iterator[None]:
    """Holds the run folder for this process. Raises `RunError` when another one has it."""
    folder.path.mkdir(parents=True, exist_ok=True)
    with (folder.path / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise RunError(f"another process is training in {folder.path}") from error
        yield


@contextlib.contextmanager
def logging_to(path: Path) -> Iterator[None]:
    """Copies the package's log to `log.txt` with times."""
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logger = logging.getLogger("medgan_tf")
    level = logger.level
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        handler.close()
