"""Settings of a folder of experiments that differ in nothing but their epsilon, and the axis of a figure of them."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from os.path import commonprefix
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from medgan_tf.evidence.report import GanResults, Results
from medgan_tf.files.result_files import json_text
from medgan_tf.presentation.blocks import Interval, is_number
from medgan_tf.presentation.figure_style import COLOURS, new_figure, styled, tidy

TITLE = "Against epsilon"
"""Title of the section that rooms share: what is lost and kept as the guarantee becomes weaker."""
INFINITE = "infinite"
_OWN = (("name",), ("seed",), ("privacy", "dp", "target_epsilon"), ("privacy", "dp", "noise_multiplier"),
        ("privacy", "dp", "tried_runs"), ("data", "dataset_dir"), ("data", "private_dir"),
        ("training", "output"))  # fmt: skip
_BESIDE = 1.04
_STEP = 3.0
"""An infinite epsilon lies at so many times the largest finite one, where a tick says what it is."""


@dataclass(frozen=True)
class EpsilonPoint:
    """One setting.

    Attributes:
        epsilon: The largest one of its runs; may be infinite.
        gan: Its results.
    """

    epsilon: float
    gan: GanResults


@dataclass(frozen=True)
class EpsilonSeries:
    """Settings that differ in nothing but their epsilon.

    Attributes:
        title: What they have in common.
        points: At least two, by epsilon; infinity is the last.
    """

    title: str
    points: tuple[EpsilonPoint, ...]

    @property
    def stem(self) -> str:
        """The beginning of file names."""
        return self.title.replace(", ", "-")


def epsilon_series(results: Results) -> list[EpsilonSeries]:
    """The series of a folder of experiments. A setting is left out if a run of it has no guarantee."""
    groups: dict[str, list[EpsilonPoint]] = {}
    for gan in results.gans:
        epsilon = largest_epsilon(gan)
        if epsilon is not None:
            groups.setdefault(_rest(gan), []).append(EpsilonPoint(epsilon, gan))
    series = []
    for points in groups.values():
        if len({point.epsilon for point in points}) > 1:
            points.sort(key=lambda point: point.epsilon)
            series.append(EpsilonSeries(_title(points), tuple(points)))
    return series


def largest_epsilon(gan: GanResults) -> float | None:
    """The largest epsilon of a GAN's runs; None unless each of them has a guarantee that can be shown."""
    found = [run.guarantee.guarantee if run.guarantee else None for run in gan.runs]
    return None if None in found else max(one.epsilon for one in found)


def _rest(gan: GanResults) -> str:
    """The settings without those that make the epsilon, the name and folders."""
    config = gan.runs[0].config or {}
    for path in _OWN:
        config = _without(config, path)
    return json_text([gan.architecture, config], sort_keys=True)


def _without(values: Any, path: Sequence[str]) -> Any:
    if not isinstance(values, Mapping) or path[0] not in values:
        return values
    rest = {key: value for key, value in values.items() if key != path[0]}
    return rest if len(path) == 1 else rest | {path[0]: _without(values[path[0]], path[1:])}


def _title(points: Sequence[EpsilonPoint]) -> str:
    """The common beginning of the names, without the setting that the axis of a grid has written behind it."""
    names = [point.gan.experiment for point in points]
    common = commonprefix(names).rstrip("_.-0123456789")
    for ending in ("target_epsilon", "epsilon", "eps"):
        common = common.removesuffix(ending).rstrip("_.-")
    return f"{common or names[0]}, {points[0].gan.architecture}"


Value = tuple[float, Interval]
"""A value, and its interval."""


@dataclass(frozen=True)
class Panel:
    """One part of a figure.

    Attributes:
        title: Name of its axis.
        lines: Name of a line to its value at each point; None where nothing is known.
        level: Height of a dotted line, e.g. 0; None for none.
    """

    title: str
    lines: Mapping[str, Sequence[Value | None]]
    level: float | None = None


@styled
def epsilon_figure(series: EpsilonSeries, panels: Sequence[Panel]) -> Figure:
    """Values against epsilon, with an interval each, side by side. An infinite epsilon has a tick at the right end."""
    figure = new_figure(4.6 * len(panels), 3.8)
    for axes, panel in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
        places = epsilon_places([point.epsilon for point in series.points])
        for number, (label, values) in enumerate(panel.lines.items()):
            # A little beside each other, so that no bar hides another one.
            beside = [place * _BESIDE**number for place in places]
            _line(axes, beside, values, label, COLOURS[number])
        if panel.level is not None:
            axes.axhline(panel.level, color="#777777", linewidth=0.8, linestyle=":")
        _set_axis(axes, series)
        axes.set_ylabel(panel.title)
        tidy(axes)
        if len(panel.lines) > 1:
            axes.legend(frameon=False, fontsize=9)
    return figure


def epsilon_places(epsilons: Sequence[float]) -> list[float]:
    """Where epsilons lie on a logarithmic axis: an infinite one to the right of the others, one of 0 to their left."""
    finite = [value for value in epsilons if 0 < value < math.inf] or [1.0]
    largest, smallest = max(finite) * _STEP, min(finite) / _STEP
    return [largest if math.isinf(value) else value if value > 0 else smallest for value in epsilons]


def _line(axes: Axes, places: Sequence[float], values: Sequence[Value | None], label: str, colour: str) -> None:
    known = [(x, *value) for x, value in zip(places, values, strict=True) if value and is_number(value[0])]
    if not known:
        return
    x, y, intervals = zip(*known, strict=True)
    pairs = list(zip(y, intervals, strict=True))
    errors = [
        [max(0.0, value - one.low) if one.defined else 0.0 for value, one in pairs],
        [max(0.0, one.high - value) if one.defined else 0.0 for value, one in pairs],
    ]
    axes.errorbar(x, y, errors, marker="o", markersize=5, capsize=3, linewidth=1.4, color=colour, label=label)


def _set_axis(axes: Axes, series: EpsilonSeries) -> None:
    epsilons = sorted({point.epsilon for point in series.points})
    places = epsilon_places(epsilons)
    axes.set_xscale("log")
    axes.set_xticks(places, ["inf" if math.isinf(value) else f"{value:.3g}" for value in epsilons])
    axes.set_xticks([], minor=True)
    axes.set_xlim(places[0] / 1.5, places[-1] * 1.5)
    axes.set_xlabel("epsilon (inf: no guarantee)")


def epsilon_cell(point: EpsilonPoint) -> float | str:
    """The epsilon of a point in a table."""
    return INFINITE if math.isinf(point.epsilon) else point.epsilon


def per_point(series: EpsilonSeries, value: Callable[[GanResults], Value | None]) -> list[Value | None]:
    """A value of each point."""
    return [value(point.gan) for point in series.points]
