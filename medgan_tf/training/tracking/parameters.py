"""The settings of a run that decide its networks, as one flat table by which runs are compared.

No folder, file, host or user is in it, and nothing of the options of a data source: these name columns and files.
"""

from typing import Any

from medgan_tf.config.schema import Experiment
from medgan_tf.config.section import deciding
from medgan_tf.files.result_files import json_text
from medgan_tf.training.record import flat_values
from medgan_tf.training.tracking.tracker import Parameter

_SECTIONS = ("data", "gan", "training", "privacy")


def run_parameters(experiment: Experiment) -> dict[str, Parameter]:
    """The seed and every setting of `data`, `gan`, `training` and `privacy` that changes the trained networks, by
    dotted key; those of `evaluation.fid` too, where FID may stop the training.

    An open value is "none", a list is written as JSON. A text that could be a path is left out.
    """
    sections = {name: deciding(getattr(experiment, name)) for name in _SECTIONS}
    del sections["data"]["options"]
    if experiment.evaluation.fid.during_training != "never":
        sections["evaluation"] = {"fid": deciding(experiment.evaluation.fid)}
    values = {"seed": experiment.seed, **sections, "original_code": list(experiment.original_code.on())}
    return {key: _plain(value) for key, value in flat_values(values).items() if not _may_be_path(value)}


def _plain(value: Any) -> Parameter:
    if value is None:
        return "none"
    return json_text(value, ascii_only=False) if isinstance(value, list) else value


def _may_be_path(value: Any) -> bool:
    """Whether a value is, or holds, a text with a separator of folders. Names of findings with a slash go with it."""
    if isinstance(value, list):
        return any(map(_may_be_path, value))
    if isinstance(value, dict):
        return any(map(_may_be_path, value.values()))
    return isinstance(value, str) and (value.startswith(("~", ".")) or "/" in value or "\\" in value)
