"""Description of a run in its folder: resolved config, environment, log; and whether the run may go on."""

import contextlib
import logging
import os
import platform
import shutil
import subprocess
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import tensorflow as tf

import medgan_tf
from medgan_tf.config.loading import dump_experiment
from medgan_tf.config.original_code import DATASET_SWITCHES
from medgan_tf.config.renamed import with_new_names
from medgan_tf.config.schema import DataConfig, Experiment, GanConfig, PrivacyConfig, TrainingConfig
from medgan_tf.config.section import Changes, Section, deciding_values
from medgan_tf.data.conditions.columns import Conditions
from medgan_tf.data.records.manifest import Manifest
from medgan_tf.errors import DataError, RunError
from medgan_tf.files.atomic import atomic_path
from medgan_tf.files.json_files import LARGEST, file_bytes, parse_json, read_json
from medgan_tf.files.locks import locked
from medgan_tf.files.log_file import logging_to
from medgan_tf.files.result_files import json_text
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.files.yaml_text import YamlTextError, read_yaml_record
from medgan_tf.registry import SOURCES
from medgan_tf.training.checkpoints import Checkpoints
from medgan_tf.training.devices.precision import working_precision
from medgan_tf.training.devices.strategy import Workers

log = logging.getLogger(__name__)


@contextlib.contextmanager
def opened_folder(
    experiment: Experiment,
    manifest: Manifest,
    folder: RunFolder,
    workers: Workers,
    resume: bool,
    conditions: Conditions | None = None,
) -> Iterator[None]:
    """Holds the run folder while the block runs: only this run writes there, and its log goes there too.

    The chief locks the folder, removes what an earlier run left unless it is to be resumed, and writes the description
    of the run. The other workers look into the folder only after that.

    Raises:
        RunError: Another process holds the folder, or it has checkpoints of other settings, images or conditions.
    """
    conditions = conditions or Conditions()
    with locked(folder.path) if workers.chief else contextlib.nullcontext():
        if workers.chief:
            if not resume:
                _remove_earlier(folder)
            if Checkpoints(folder.checkpoints, experiment.training.keep_checkpoints).list():
                check_same_experiment(folder, experiment)
                check_same_images(folder, manifest)
                check_same_conditions(folder, conditions)
            if not experiment.private:
                folder.guarantee.unlink(missing_ok=True)
            write_description(folder, experiment)
            write_text(
                folder.dataset, json_text(dataset_record(manifest, conditions), indent=2, ascii_only=False) + "\n"
            )
        workers.wait()
        with logging_to(folder.log) if workers.chief else contextlib.nullcontext():
            yield


def _remove_earlier(folder: RunFolder) -> None:
    for path in (folder.checkpoints, folder.samples, folder.tensorboard, folder.generator, folder.best):
        shutil.rmtree(path, ignore_errors=True)
    # What a private training was charged is told, and removed, by `private.opening`.
    for path in (folder.metrics, folder.log, folder.events, folder.public_start, folder.tracking):
        path.unlink(missing_ok=True)


def check_same_experiment(folder: RunFolder, experiment: Experiment) -> None:
    """Raises `RunError` naming every setting in which a run to be resumed differs from the experiment asked for."""
    before = _settings_before(folder)
    # What an earlier version did not know had the effect of today's default.
    defaults = Experiment(name=experiment.name, gan={"architecture": experiment.gan.architecture})
    default_values = defaults.model_dump(mode="json")
    default_values["data"]["options"] = _options_of(experiment).model_construct().model_dump(mode="json")
    known = _fixed(default_values, experiment)
    now = known | _fixed(experiment.model_dump(mode="json"), experiment)
    old = known | _fixed(before, experiment)
    changes = [
        f"{key} {old.get(key)} -> {now.get(key)}" for key in dict.fromkeys([*now, *old]) if old.get(key) != now.get(key)
    ]
    if changes:
        raise RunError(
            f"{folder.path} was trained with other settings: {'; '.join(changes)}. Set them back to resume, "
            "or change the experiment's name to train anew; --restart would remove this training"
        )


def check_same_images(folder: RunFolder, manifest: Manifest) -> None:
    """Raises `RunError` if a run to be resumed was trained on other pixels than the dataset has now.

    Runs and datasets of earlier versions do not say which pixels they have; these are not compared.
    """
    try:
        before = read_json(folder.dataset).get("pixels_sha256") if folder.dataset.is_file() else None
    except DataError:
        before = None
    if before and manifest.pixels_sha256 and before != manifest.pixels_sha256:
        raise RunError(
            f"{folder.path} was trained on other images than those in the dataset now: files were repaired or replaced "
            "since. Change the experiment's name to train anew; --restart would remove this training"
        )


def check_same_conditions(folder: RunFolder, conditions: Conditions) -> None:
    """Raises `RunError` if the networks of a run have other columns beside the findings than they would have now.

    Runs of earlier versions have none.
    """
    try:
        before = read_json(folder.dataset).get("conditions") if folder.dataset.is_file() else None
    except DataError:
        before = None
    now, before = list(conditions.names), before or []
    if before != now:
        raise RunError(
            f"{folder.path} was trained with other columns of gan.conditions: {', '.join(map(str, before)) or 'none'} "
            f"-> {', '.join(now) or 'none'}; set generate.minimum_patients and the dataset back, or change the "
            "experiment's name to train anew; --restart would remove this training"
        )


def _settings_before(folder: RunFolder) -> dict[str, Any]:
    """The settings with which the training began, under today's names. Raises `RunError` for a damaged record."""
    try:
        values = with_new_names(read_yaml_record(folder.config), Experiment)
        problem = _wrong_section(values)
    except YamlTextError as error:
        problem = str(error)
    if not problem:
        return values
    raise RunError(
        f"{folder.path} has checkpoints, but its settings cannot be compared: expected the settings of the training in "
        f"{folder.config.name}; {problem}. Restore the file from a backup; or, if the experiment is unchanged since "
        f"then, write it again: `medgan-tf config EXPERIMENT.yaml > {folder.config}`"
    )


def _wrong_section(values: dict[str, Any]) -> str:
    """Why a record of settings cannot be compared; "" for one that can."""
    sections = {name: values.get(name) for name in ("data", "gan", "training", "original_code", "privacy")}
    if isinstance(sections["data"], dict):
        sections["data.options"] = sections["data"].get("options")
    optional = ("original_code", "data.options", "privacy")
    wrong = [
        name for name, value in sections.items() if not (isinstance(value, dict) or value is None and name in optional)
    ]
    return (
        f"found {'no' if sections[wrong[0]] is None else 'a value in place of the'} section `{wrong[0]}`"
        if wrong
        else ""
    )


def _fixed(values: dict[str, Any], experiment: Experiment) -> dict[str, Any]:
    """The values of an experiment, by dotted key, that a resumed run must share with the run before.

    They decide the trained networks. Values that may differ between a training and its continuation are left out."""
    data = deciding_values(values.get("data", {}), DataConfig, Changes.EXTENT)
    data["options"] = deciding_values(data.get("options") or {}, _options_of(experiment))
    switches = values.get("original_code") or {}
    sections = {
        "seed": values.get("seed"),
        "data": data,
        "original_code": {name: switches[name] for name in DATASET_SWITCHES if name in switches},
        "gan": deciding_values(values.get("gan", {}), GanConfig, Changes.EXTENT),
        "training": deciding_values(values.get("training", {}), TrainingConfig, Changes.EXTENT),
        "privacy": deciding_values(values.get("privacy") or {}, PrivacyConfig, Changes.EXTENT, Changes.AFTERWARDS),
    }
    return flat_values(sections)


def deciding_settings(experiment: Experiment) -> dict[str, Any]:
    """The settings that decide the trained networks, by dotted key."""
    return _fixed(experiment.model_dump(mode="json"), experiment)


def _options_of(experiment: Experiment) -> type[Section]:
    return SOURCES.settings(experiment.data.source).Options


def flat_values(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat = {}
    for key, value in values.items():
        if isinstance(value, dict):
            flat |= flat_values(value, f"{prefix}{key}.")
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
    write_text(folder.environment, json_text(environment, indent=2) + "\n")


def dataset_record(manifest: Manifest, conditions: Conditions | None = None) -> dict[str, Any]:
    """What a report says about the images that a run was trained on: counts, the manifest's remarks, and the names of
    the columns that the networks have beside the findings, if any."""
    values = manifest.model_dump(mode="json", include={"name", "source", "images", "patients", "label_names"})
    values["remarks"] = list(manifest.remarks or [])
    values["covariates"] = manifest.covariates.counts if manifest.covariates else {}
    if conditions is not None and conditions.columns:
        values["conditions"] = list(conditions.names)
    return values | ({"pixels_sha256": manifest.pixels_sha256} if manifest.pixels_sha256 else {})


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
    """Removes the lines of ticks that the resumed run will do again. NaN, which version 0.1 wrote, becomes null."""
    if not path.is_file():
        return
    kept = []
    for number, line in enumerate(file_bytes(path, LARGEST).splitlines(), start=1):
        try:
            values = parse_json(line, finite=False)
            if _images_of(values) <= images_seen:
                kept.append(json_text(values))
        except (ValueError, KeyError, TypeError):
            log.warning(f"{path.name}, line {number} is damaged and removed")
    write_text(path, "".join(line + "\n" for line in kept))


def _images_of(values: Any) -> float:
    images = values["images_seen"]
    if isinstance(images, bool) or not isinstance(images, int | float):
        raise TypeError("no number")
    return images


def write_events(folder: RunFolder, events: list[dict[str, Any]]) -> None:
    """Writes what the watchdog did, one JSON object per line; no file while there was nothing."""
    if events:
        write_text(folder.events, "".join(json_text(event) + "\n" for event in events))
