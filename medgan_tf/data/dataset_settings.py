"""The settings that a dataset was made with, compared with those of an experiment."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from medgan_tf.config.schema import DataConfig, Experiment
from medgan_tf.config.section import Section, deciding
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.data.spoilers import REFUSE
from medgan_tf.errors import ConfigError, DataError
from medgan_tf.files.result_files import json_text

MASK = "(path)"
"""Stands for a value that looks like a path, because paths can name people."""


def source_options(config: DataConfig) -> Section:
    """The options of the source. Raises `ConfigError` for options that it does not have."""
    try:
        return config.source_options()
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in ("data", "options", *first["loc"]))
        raise ConfigError(f"{key}: {first['msg']}") from error


def comparable_config(config: DataConfig) -> dict[str, Any]:
    """The part of the data section that decides the content of the dataset; it goes into the manifest.

    Options that are not the source's defaults and look like paths are masked, because paths can name people.
    """
    values = deciding(config)
    if config.policy.duplicates == REFUSE:
        # It decides whether there is a dataset, not what is in it.
        del values["policy"]["duplicates"]
    options = source_options(config)
    defaults = {name: info.default for name, info in type(options).model_fields.items()}
    values["options"] = {
        name: value if getattr(options, name) == defaults[name] else _masked(value)
        for name, value in deciding(options).items()
    }
    return values


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return MASK if any(mark in value for mark in ("/", "\\", "~")) or Path(value).suffix else value
    if isinstance(value, list):
        return [_masked(item) for item in value]
    if isinstance(value, dict):
        return {name: _masked(item) for name, item in value.items()}
    return value


def refuse_other_settings(dataset: DatasetFolder, experiment: Experiment) -> None:
    """Raises `DataError` naming the settings that a dataset was made with and that differ from the experiment's."""
    if dataset.manifest.kind != "real":
        raise DataError(f"{dataset.path} holds synthetic images; choose another data.dataset_dir")
    manifest = dataset.manifest
    found = [
        *_differences("data", manifest.config, comparable_config(experiment.data)),
        *_differences("original_code", manifest.original_code or [], switches(experiment)),
    ]
    if found:
        differences = ", ".join(found)
        raise DataError(
            f"{dataset.path} was made with other settings: {differences}; replace it with --restart or choose another "
            "data.dataset_dir"
        )


def _differences(key: str, old: Any, new: Any) -> Iterable[str]:
    """The single values that differ, so that the message does not repeat whole sections."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name in dict.fromkeys([*new, *old]):
            yield from _differences(f"{key}.{name}", old.get(name), new.get(name))
    elif old != new:
        yield f"{key} was {json_text(old, ascii_only=False)}, now {json_text(new, ascii_only=False)}"


def switches(experiment: Experiment) -> list[str]:
    """The switches of `original_code` that decide the experiment's dataset."""
    return list(experiment.original_code.in_dataset(experiment.data))
