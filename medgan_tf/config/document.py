"""Experiment files: YAML with values from the environment.

An experiment file may come from somebody else, and what it takes from the environment goes into the records of a run.
So it may only take variables that hold no secrets: those whose names begin with ``MEDGAN_``, a few that name folders,
and those that the person at the machine allows in ``MEDGAN_VARIABLES``. The file itself can allow nothing.
"""

import os
import re
from pathlib import Path
from typing import Any

from medgan_tf.config.shipped import shipped_advice
from medgan_tf.errors import ConfigError
from medgan_tf.files.yaml_text import LARGEST, Document, YamlTextError, parse_yaml

VARIABLE_PREFIX = "MEDGAN_"
ALLOWED = "MEDGAN_VARIABLES"
"""The variable with further names, separated by commas."""
_DATA_VARIABLES = frozenset(
    {"CHEXPERT_ROOT", "MEDMNIST", "MIMIC_CXR_ROOT", "NIH_ROOT", "OWN_DATA", "PADCHEST_ROOT", "RSNA_PNEUMONIA_ROOT",
     "RSNA_ROOT", "SIIM_ROOT", "VINDR_ROOT"}
)  # fmt: skip
FOLDER_VARIABLES = _DATA_VARIABLES | {"HOME", "SCRATCH", "SLURM_JOB_ID", "SLURM_TMPDIR", "TMPDIR", "WORK"}
"""Folders of the supplied experiments and of clusters, and the number of a job, which often names a folder."""


def read_document(path: str | Path) -> Document:
    """Reads a YAML file whose top level is a mapping. Raises `ConfigError` naming file and line."""
    name = str(path)
    try:
        with open(path, "rb") as stream:
            content = stream.read(LARGEST + 1)
    except FileNotFoundError:
        raise ConfigError(
            f"{name}: no such file; expected the path of an experiment file (YAML){shipped_advice(path)}"
        ) from None
    except OSError as error:
        raise ConfigError(f"{name}: cannot be read as an experiment file: {error.strerror}") from None
    if len(content) > LARGEST:
        raise YamlTextError(name, f"expected an experiment file of at most {LARGEST:,} bytes; this one is larger")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise YamlTextError(name, "expected YAML text in UTF-8; received other bytes") from None
    document = parse_document(text, name)
    if not isinstance(document.values, dict):
        raise YamlTextError(f"{name}:1", f"expected `key: value` lines; received {describe(document.values)}")
    return document


def parse_document(text: str, name: str, numbered: bool = True) -> Document:
    """As `parse_yaml`, with values from the environment.

    Raises:
        ConfigError: Text that is no plain YAML, or a variable that is not set or not allowed.
    """
    return parse_yaml(text, name, numbered, _variable)


def _variable(match: re.Match) -> str:
    """The value of one ${...}. An empty variable counts as undefined, as in the shell."""
    name = match["name"]
    if name is None:
        raise ConfigError(
            f"expected ${{NAME}} or ${{NAME:-default}}; received {match.string!r:.60} ($${{ for a plain ${{)"
        )
    if not _is_allowed(name):
        raise ConfigError(
            f"the environment variable {name} may not go into an experiment, because records would show its value; "
            f"rename it to {VARIABLE_PREFIX}{name}, or allow it in the environment: {ALLOWED}={name}"
        )
    found = os.environ.get(name) or match["default"]
    if found is None:
        raise ConfigError(f"the environment variable {name} is not set; set it, or write ${{{name}:-default}}")
    return found


def _is_allowed(name: str) -> bool:
    allowed = {one.strip() for one in os.environ.get(ALLOWED, "").split(",")}
    return name.startswith(VARIABLE_PREFIX) or name in FOLDER_VARIABLES or name in allowed


def describe(value: Any) -> str:
    """A value for an error message: short, with its kind where that is not obvious."""
    if value is None:
        return "nothing (null)"
    if isinstance(value, bool):
        return f"{str(value).lower()} (a boolean)"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, (list, tuple)):
        return f"a list of {len(value)}"
    text = repr(value)
    text = text if len(text) <= 60 else text[:57] + "..."
    return f"{text} (text)" if isinstance(value, str) else text
