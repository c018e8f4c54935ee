"""Axes of a grid: settings with several values each. Every experiment is made with each combination of them."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from medgan_tf.config.schema import Experiment
from medgan_tf.errors import ConfigError
from medgan_tf.files.yaml_text import dump_yaml_value

Axes = Mapping[str, Sequence[Any]]
"""Dotted keys to their values."""
_LONGEST = 40
_DATA = "data"


@dataclass(frozen=True)
class AxisPoint:
    """One value of each axis.

    Attributes:
        name: The end of an experiment's name, e.g. `_target_epsilon_3`; "" without axes.
        overrides: The settings, KEY=VALUE.
    """

    name: str
    overrides: tuple[str, ...]


def axis_points(axes: Axes) -> list[AxisPoint]:
    """Every combination of values; one point without settings where there are no axes.

    Raises:
        ConfigError: Two of them would have the same name.
    """
    points = [_point(axes, values) for values in itertools.product(*axes.values())]
    names = [point.name for point in points]
    if twice := [name for name in names if names.count(name) > 1]:
        raise ConfigError(
            f"axes: two combinations would both be named {twice[0]!r}; expected values that differ in letters or digits"
        )
    return points


def _point(axes: Axes, values: Sequence[Any]) -> AxisPoint:
    name, overrides = "", []
    for key, value in zip(axes, values, strict=True):
        text = dump_yaml_value(value)
        letters = "".join(one for one in text if one.isascii() and (one.isalnum() or one in "_.-"))
        name += f"_{key.rpartition('.')[2]}_{letters[:_LONGEST]}"
        overrides.append(f"{key}={text}")
    return AxisPoint(name, tuple(overrides))


def variant_overrides(axes: Axes, point: AxisPoint, plain: Experiment) -> list[str]:
    """The overrides that make a variant of an experiment: its values, its name, and the dataset that variants share.

    An axis of the section `data` gives each variant a dataset of its own.

    Args:
        axes: The axes.
        point: One of `axis_points`.
        plain: The experiment with the values, and with the name that its file has.
    """
    if not axes:
        return []
    found = [*point.overrides, f"name={plain.name}{point.name}"]
    if not any(key.split(".")[0] == _DATA for key in axes):
        return [*found, f"data.dataset_dir={dump_yaml_value(plain.dataset_dir)}"]
    own = plain.data.dataset_dir
    return found if own is None else [*found, f"data.dataset_dir={dump_yaml_value(own + point.name)}"]
