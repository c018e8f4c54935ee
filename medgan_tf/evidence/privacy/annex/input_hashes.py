"""SHA-256 of everything that an audit was made from: recorded with the result, and computed again to verify it.

An input is a JSON object with `name`, `what` in words, `sha256` (None where there was none), and what is needed to find
it again: `folds` of a dataset folder, or `part`, a name inside its place. No folder of a machine is in it.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import medgan_tf
from medgan_tf.config.loading import load_experiment
from medgan_tf.data.folds.canaries import CANARIES, REFERENCE
from medgan_tf.data.records.manifest import FILE_NAME, FOLDS, Manifest
from medgan_tf.errors import ConfigError, DataError
from medgan_tf.evidence.privacy.settings import PrivacyConfig
from medgan_tf.evidence.up_to_date import extractor_sha256
from medgan_tf.files.hashing import files_sha256, sha256_of
from medgan_tf.files.json_files import read_json
from medgan_tf.files.result_files import json_text
from medgan_tf.files.run_folders import RunFolder

PLAN = "plan.json"

Input = Mapping[str, Any]


@dataclass(frozen=True)
class SetOfImages:
    """A set of an audit, as its input is recorded: folds of a dataset folder, or none for image files."""

    sha256: str
    folds: Sequence[str]


@dataclass(frozen=True)
class Places:
    """Where the inputs of an audit lie; None where that is not known or they are not here.

    Attributes:
        run: The run of an experiment.
        train, held_out, synthetic: Folders of the images.
        extractor: Folder or file of the extractor's weights.
        second_extractor: The same of the second extractor.
    """

    run: RunFolder | None = None
    train: Path | None = None
    held_out: Path | None = None
    synthetic: Path | None = None
    extractor: Path | None = None
    second_extractor: Path | None = None

    @classmethod
    def of_run(cls, run: RunFolder, dataset: Path | None = None) -> "Places":
        """The places of a run. Without `dataset` it is the folder that the settings of the run name."""
        if dataset is None:
            try:
                dataset = Path(load_experiment(run.config, []).dataset_dir)
            except (ConfigError, DataError):
                dataset = None
        return cls(run, dataset, dataset, run.synthetic, run.real.classifier / "model")


def recorded(places: Places, sets: Mapping[str, SetOfImages], settings: PrivacyConfig, subject: str) -> dict[str, Any]:
    """What `privacy.json` keeps about the audit itself: its subject, time, program, and the hashes of its inputs.

    Args:
        places: Where the inputs lie.
        sets: The sets `train`, `held_out` and `synthetic`.
        settings: Section `evaluation.privacy`.
        subject: What was audited, in words.
    """
    inputs = [
        {"name": name, "what": _WORDS[name], "sha256": one.sha256, "folds": list(one.folds)}
        for name, one in sets.items()
    ]
    inputs.append({"name": "extractor", "what": _WORDS["extractor"], "sha256": _extractor(settings, places)})
    if settings.second_extractor is not None:
        weights = Path(settings.second_weights or settings.second_extractor)
        one = {"name": "second_extractor", "what": _WORDS["second_extractor"], "sha256": _weights(weights)}
        inputs.append(one)
    if places.run is not None:
        inputs += [_of_run(name, places) for name in ("generator", "checkpoint", "config", "plan")]
        inputs += [one for one in (_of_run(name, places) for name in _WHERE_THERE) if one["sha256"]]
    inputs.append({"name": "settings", "what": _WORDS["settings"], "sha256": _settings(settings)})
    return {
        "subject": subject,
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "made_with": f"medgan-tf {medgan_tf.__version__}",
        "inputs": inputs,
    }


def _of_run(name: str, places: Places) -> dict[str, Any]:
    one: dict[str, Any] = {"name": name, "what": _WORDS[name]}
    if name in _CHECKPOINTS:
        one["part"] = _newest(_CHECKPOINTS[name](places.run).checkpoints)
    one["sha256"] = recomputed(one, places)
    if name == "plan" and one["sha256"]:
        one["plan_sha256"] = _newest_plan(places.run.path.parent / PLAN)
    return one


def recomputed(one: Input, places: Places) -> str | None:
    """The hash of an input as it is now; None where it is not here.

    Raises:
        DataError: It is there, but cannot be read.
        OSError: It is there, but cannot be read.
    """
    return _AGAIN[one["name"]](one, places) if one["name"] in _AGAIN else None


def _images(one: Input, places: Places) -> str | None:
    folder = getattr(places, one["name"])
    if folder is None or not folder.is_dir():
        return None
    if (folder / FILE_NAME).is_file():
        return folds_sha256(folder, one.get("folds") or FOLDS)
    # Reads images, and needs TensorFlow.
    from medgan_tf.evidence.image_sets import folder_set

    return folder_set(folder, one["name"], lambda done, total: None).sha256


def folds_sha256(folder: Path, folds: Sequence[str]) -> str | None:
    """SHA-256 of folds of a dataset folder, as an image set has it, over the shards as they are now.

    None where a shard is missing. Raises `DataError` for a damaged manifest.
    """
    shards, parts = Manifest.load(folder).shards, []
    for fold in folds:
        own = [folder / shard.file for shard in shards if shard.fold == fold]
        if not all(path.is_file() for path in own):
            return None
        if own:
            parts.append(_lines_sha256(map(sha256_of, own)))
    return _lines_sha256(parts)


def _lines_sha256(lines: Any) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _extractor(settings: PrivacyConfig, places: Places) -> str | None:
    """The hash of the extractor's files; None where the installed packages decide them."""
    return extractor_sha256(settings, places.extractor or Path("classifier")) or None


def _extractor_again(one: Input, places: Places) -> str | None:
    return _weights(places.extractor)


def _second_extractor(one: Input, places: Places) -> str | None:
    return _weights(places.second_extractor)


def _weights(path: Path | None) -> str | None:
    """The hash of a file or a folder of weights; None where there is none."""
    if path is None or not path.exists():
        return None
    return sha256_of(path) if path.is_file() else files_sha256(path)


def _generator(one: Input, places: Places) -> str | None:
    return (files_sha256(places.run.generator) or None) if places.run else None


def _checkpoint(one: Input, places: Places) -> str | None:
    part = one.get("part")
    if places.run is None or not part or Path(part).name != part:
        return None
    return files_sha256(_CHECKPOINTS[one["name"]](places.run).checkpoints / part) or None


def _newest(checkpoints: Path) -> str | None:
    found = sorted(path.name for path in checkpoints.glob("images-*") if path.is_dir())
    return found[-1] if found else None


def _itself(run: RunFolder) -> RunFolder:
    return run


def _reference(run: RunFolder) -> RunFolder:
    """The run of the reference generator, which `train --reference` makes beside the experiment's own."""
    return RunFolder(run.path.parent.with_name(run.experiment + REFERENCE) / run.path.name)


def _canaries(one: Input, places: Places) -> str | None:
    folder = places.train and places.train.with_name(places.train.name + CANARIES)
    if not places.run or folder is None or not (folder / FILE_NAME).is_file():
        return None
    return folds_sha256(folder, FOLDS)


def _reference_generator(one: Input, places: Places) -> str | None:
    return (files_sha256(_reference(places.run).generator) or None) if places.run else None


def _reference_classifier(one: Input, places: Places) -> str | None:
    return (files_sha256(_reference(places.run).real.classifier / "model") or None) if places.run else None


def _config(one: Input, places: Places) -> str | None:
    return _file(places.run.config) if places.run else None


def _plan(one: Input, places: Places) -> str | None:
    return _file(places.run.path.parent / PLAN) if places.run else None


def _guarantee(one: Input, places: Places) -> str | None:
    return _file(places.run.guarantee) if places.run else None


def _newest_plan(path: Path) -> str | None:
    """The hash that the newest plan has by itself; it is the one to register."""
    plans = read_json(path).get("plans")
    newest = plans[-1] if isinstance(plans, list) and plans else {}
    return newest.get("sha256") if isinstance(newest, dict) else None


def _settings(settings: PrivacyConfig) -> str:
    """The settings without the statements of `context`, which decide no result."""
    return settings_sha256(settings.model_dump(mode="json"))


def settings_sha256(settings: Mapping[str, Any]) -> str:
    """SHA-256 of the settings of a result, as JSON with sorted keys, without `context`."""
    kept = {name: value for name, value in settings.items() if name != "context"}
    return hashlib.sha256(json_text(kept, sort_keys=True).encode()).hexdigest()


def _settings_again(one: Input, places: Places) -> str | None:
    path = places.run.evaluation / "privacy.json" if places.run else None
    if path is None or not path.is_file():
        return None
    settings = read_json(path).get("settings")
    return settings_sha256(settings) if isinstance(settings, dict) else None


def _file(path: Path) -> str | None:
    return sha256_of(path) if path.is_file() else None


_WORDS = {
    "train": "training images",
    "held_out": "held-out images",
    "synthetic": "synthetic images",
    "extractor": "weights of the feature extractor",
    "second_extractor": "weights of the second feature extractor",
    "generator": "generator",
    "checkpoint": "newest checkpoint, whose discriminator is attacked",
    "config": "settings of the run (config.yaml)",
    "plan": "plan of the study (plan.json)",
    "settings": "settings of the audit",
    "guarantee": "guarantee of the training (guarantee.json)",
    "canaries": "images of the canaries",
    "reference_generator": "reference generator, of other patients",
    "reference_checkpoint": "newest checkpoint of the reference generator",
    "reference_classifier": "classifier of the reference's patients",
}
_WHERE_THERE = ("guarantee", "canaries", "reference_generator", "reference_checkpoint", "reference_classifier")
"""The guarantee of a private training and inputs of the attack on canaries, recorded only where they are there."""
_CHECKPOINTS: dict[str, Callable[[RunFolder], RunFolder]] = {"checkpoint": _itself, "reference_checkpoint": _reference}
_AGAIN: dict[str, Callable[[Input, Places], str | None]] = {
    "train": _images,
    "held_out": _images,
    "synthetic": _images,
    "extractor": _extractor_again,
    "second_extractor": _second_extractor,
    "generator": _generator,
    "checkpoint": _checkpoint,
    "config": _config,
    "plan": _plan,
    "settings": _settings_again,
    "guarantee": _guarantee,
    "canaries": _canaries,
    "reference_generator": _reference_generator,
    "reference_checkpoint": _checkpoint,
    "reference_classifier": _reference_classifier,
}
