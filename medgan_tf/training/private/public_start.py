"""A private training that begins from the networks of a training on public images.

The public training is read once. The first checkpoint of the private training then holds its networks, and the record
`public_start.json` says which they were, so that a resumed training does not need the public one.
"""

import contextlib
import logging
from pathlib import Path
from typing import Any

from medgan_tf.config.renamed import with_new_names
from medgan_tf.config.schema import Experiment
from medgan_tf.errors import ConfigError, DataError, RunError
from medgan_tf.files.json_files import read_json
from medgan_tf.files.result_files import json_text
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.files.yaml_text import YamlTextError, read_yaml_record
from medgan_tf.gans.gan import ConditionalGan
from medgan_tf.training.checkpoints import Checkpoints, shapes_in, state_sha256
from medgan_tf.training.record import write_text
from medgan_tf.training.state import RunState

log = logging.getLogger(__name__)

NETWORKS = ("generator", "discriminator", "ema_generator")
"""The parts of a checkpoint that are taken; optimizers and counters begin anew."""
_SETTING = "privacy.dp.public_start"


def begin_from_public(run: RunState) -> bool:
    """Gives a training without a checkpoint of its own the networks of its `privacy.dp.public_start`, if it has one.

    The caller saves a checkpoint afterwards.

    Returns:
        Whether the networks are those of a public training.

    Raises:
        ConfigError: The run folder does not hold such a training, or it does not fit this one, or it was trained on
            this dataset.
        RunError: Its checkpoints are damaged, or the workers read different ones.
    """
    dp = run.experiment.privacy.dp
    if dp is None or dp.public_start is None:
        return False
    folder = RunFolder(dp.public_start)
    if folder.path.resolve() == run.folder.path.resolve():
        raise ConfigError(f"{_SETTING} is this run's own folder, {folder.path}; name the run of a public training")
    if len(run.phases) > 1:
        raise ConfigError(
            f"{_SETTING} holds networks of the full resolution, and this training grows; set "
            f"gan.growth.start_resolution={run.dataset.resolution}, or leave {_SETTING} out"
        )
    settings, images = _settings_of(folder), _images_of(folder)
    _check_sizes(folder, settings, run.experiment)
    names = (*run.dataset.label_names, *run.conditions.names)
    _check_labels(folder, _names_of(images), names)
    trained_on = _trained_on(folder, images)
    _check_other_images(folder, settings, trained_on, run)
    path = _take_networks(folder, run.gan)
    digest = state_sha256(path)
    # 60 bits, as the workers exchange integers.
    run.workers.check_equal(int(digest[:15], 16), "the networks of the public training")
    if run.workers.chief:
        record = {
            "format_version": 1,
            "checkpoint": path.name,
            "checkpoint_sha256": digest,
            "architecture": run.experiment.gan.architecture,
            "label_names": list(names),
            "pixels_sha256": sorted(trained_on),
        }
        write_text(run.folder.public_start, json_text(record, indent=2, ascii_only=False) + "\n")
    _note(run, digest)
    log.info(f"beginning from the networks of a public training, checkpoint {digest[:12]}")
    return True


def note_public_start(run: RunState) -> bool:
    """Says from which networks a training began that goes on from its own checkpoint. Returns as `begin_from_public`.

    Raises:
        RunError: The record is missing or damaged.
    """
    dp = run.experiment.privacy.dp
    if dp is None or dp.public_start is None:
        return False
    try:
        digest = read_json(run.folder.public_start)["checkpoint_sha256"]
        if not isinstance(digest, str):
            raise TypeError("the SHA-256 is no text")
    except (DataError, KeyError, TypeError) as error:
        raise RunError(
            f"{run.folder.public_start} does not say from which networks the training began, and its guarantee names "
            "them; restore the file from a backup, or begin again with --restart"
        ) from error
    _note(run, digest)
    return True


def _note(run: RunState, digest: str) -> None:
    if run.private is not None:
        run.private.begins_with("the checkpoint with the networks at the beginning", digest)


def _settings_of(folder: RunFolder) -> dict[str, Any]:
    """The settings of the public training, under today's names."""
    if not folder.config.is_file():
        raise ConfigError(
            f"{_SETTING}: no training in {folder.path}: expected a run folder with {folder.config.name} and checkpoints"
        )
    try:
        return with_new_names(read_yaml_record(folder.config), Experiment)
    except YamlTextError as error:
        raise ConfigError(f"{_SETTING}: {folder.config} cannot be read: {error}; name another run") from error


def _images_of(folder: RunFolder) -> dict[str, Any]:
    try:
        return read_json(folder.dataset)
    except DataError as error:
        raise ConfigError(
            f"{_SETTING}: {folder.path} does not say what it was trained on: {error}; name another run"
        ) from error


def _names_of(images: dict[str, Any]) -> list[str]:
    found = []
    for key in ("label_names", "conditions"):
        names = images.get(key) or []
        found += [str(name) for name in names] if isinstance(names, list) else []
    return found


def _check_sizes(folder: RunFolder, settings: dict[str, Any], experiment: Experiment) -> None:
    wanted = {
        "gan.architecture": experiment.gan.architecture,
        "data.resolution": experiment.data.resolution,
        "gan.latent_size": experiment.gan.latent_size,
    }
    other = []
    for key, value in wanted.items():
        section, name = key.split(".")
        values = settings.get(section)
        found = values.get(name) if isinstance(values, dict) else None
        if found != value:
            other.append(f"{key}={found}, here {value}")
    if other:
        raise ConfigError(
            f"{_SETTING}: {folder.path} was trained with other networks: {'; '.join(other)}. Set them to equal values, "
            "or name another run"
        )


def _check_labels(folder: RunFolder, found: list[str], wanted: tuple[str, ...]) -> None:
    if found != list(wanted):
        raise ConfigError(
            f"{_SETTING}: {folder.path} was trained with the labels {', '.join(found) or 'none'}, and this training "
            f"has {', '.join(wanted)}. The lists must be equal, in the same order: prepare one of the two datasets "
            "with data.findings set to the names of the other (and equal gan.conditions), or name another run"
        )


def _trained_on(folder: RunFolder, images: dict[str, Any]) -> set[str]:
    """SHA-256 of the pixels that the networks of a run have seen: its own, and those of the runs it began from."""
    found = {images.get("pixels_sha256")}
    if folder.public_start.is_file():
        try:
            found.update(map(str, read_json(folder.public_start)["pixels_sha256"]))
        except (DataError, KeyError, TypeError) as error:
            raise ConfigError(
                f"{_SETTING}: {folder.path} does not say which networks it began from; name another run"
            ) from error
    return {str(one) for one in found if one}


def _check_other_images(folder: RunFolder, settings: dict[str, Any], trained_on: set[str], run: RunState) -> None:
    """Refuses networks that have seen the images of this dataset, where that can be known."""
    if run.dataset.manifest.pixels_sha256 in trained_on:
        raise ConfigError(
            f"{_SETTING}: {folder.path} was trained on the images of this dataset, so its networks are not public; "
            "name a training on other images"
        )
    before = settings.get("data")
    before = before if isinstance(before, dict) else {}
    now = run.experiment.data
    same_source = before.get("source") == now.source and isinstance(before.get("root"), str)
    if same_source and Path(before["root"]).resolve() == Path(now.root).resolve():
        raise ConfigError(
            f"{_SETTING}: {folder.path} was trained on images of the same raw files as this dataset (data.source and "
            "data.root), so its networks are not public; name a training on other images"
        )


def _take_networks(folder: RunFolder, gan: ConditionalGan) -> Path:
    """Restores the networks of the newest readable checkpoint. Returns its folder."""
    checkpoints = Checkpoints(folder.checkpoints, keep=1)
    if not checkpoints.list():
        raise ConfigError(f"{_SETTING}: {folder.path} has no checkpoint; name a run that has been trained")
    for path in checkpoints.list()[::-1]:
        with contextlib.suppress(RunError):
            _check_shapes(folder, shapes_in(path), gan)
            break
    try:
        return checkpoints.restore_latest(gan, parts=NETWORKS).path
    except RunError as error:
        raise RunError(
            f"{_SETTING}: no checkpoint of {folder.path} can be read; restore them from a backup, or name another run"
        ) from error


def _check_shapes(folder: RunFolder, found: dict[str, list[int]], gan: ConditionalGan) -> None:
    """Raises `ConfigError` that names the first variable whose shape differs."""
    for name in ("generator", "discriminator"):
        variables = getattr(gan, name).variables
        shapes = {int(key.split("/")[1]): shape for key, shape in found.items() if key.startswith(f"{name}/")}
        other = [one for number, one in enumerate(variables) if list(one.shape) != shapes.get(number)]
        if other:
            number = variables.index(other[0])
            difference = f"{other[0].path} is {shapes.get(number)}, and here it is {list(other[0].shape)}"
        elif len(shapes) != len(variables):
            difference = f"it has {len(shapes)} variables, and here it has {len(variables)}"
        else:
            continue
        raise ConfigError(
            f"{_SETTING}: the {name} of {folder.path} has another shape: {difference}. Set the section gan to equal "
            "values, or name another run"
        )
