"""The picture of an audit's verdicts: every interval beside its limit, one panel for each kind of value."""

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from medgan_tf.evidence.privacy.verdicts import (
    ATTACK,
    CAUTION,
    EXCESS,
    FAIL,
    PASS,
    POWER,
    verdict_kind,
    verdict_title,
)
from medgan_tf.presentation.blocks import is_number
from medgan_tf.presentation.figure_style import COLOURS, new_figure, short, styled, tidy

_MARKS = {PASS: ("o", COLOURS[2]), FAIL: ("X", COLOURS[1]), CAUTION: ("s", COLOURS[4])}
_AXES = {
    ATTACK: "AUC of the attack (0.5: guessing)",
    EXCESS: "share of images beyond what is expected without copying",
    POWER: "share of the planted copies (the limit is the smallest)",
}


def drawn(verdicts: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The verdicts of a `privacy.json` that have a value with an interval."""
    return [verdict for verdict in verdicts if verdict["interval"] and is_number(verdict["value"])]


@styled
def verdict_figure(verdicts: Sequence[dict[str, Any]]) -> Figure:
    """Value, interval and limit of each verdict that has them; a panel for attacks, excesses and power, below another.

    Args:
        verdicts: The verdicts as in `privacy.json`.
    """
    shown = drawn(verdicts)
    groups = {kind: [verdict for verdict in shown if verdict_kind(verdict) == kind] for kind in _AXES}
    groups = {kind: group for kind, group in groups.items() if group}
    figure = new_figure(8.5, 0.5 + sum(0.7 + 0.36 * len(group) for group in groups.values()))
    if groups:
        heights = [1.6 + len(group) for group in groups.values()]
        panels = figure.subplots(len(groups), 1, squeeze=False, height_ratios=heights)[:, 0]
        for axes, (kind, group) in zip(panels, groups.items(), strict=True):
            _panel(axes, group)
            axes.set_xlabel(_AXES[kind])
    return figure


def _panel(axes: Axes, verdicts: Sequence[dict[str, Any]]) -> None:
    for place, verdict in enumerate(reversed(verdicts)):
        mark, colour = _MARKS[verdict["status"]]
        axes.plot(verdict["interval"], [place, place], color=colour, linewidth=2)
        axes.plot(verdict["value"], place, mark, color=colour, markersize=7)
        axes.plot([verdict["limit"]] * 2, [place - 0.35, place + 0.35], color="black", linewidth=1.5)
    axes.set_yticks(range(len(verdicts)), [short(verdict_title(verdict["name"])) for verdict in reversed(verdicts)])
    axes.set_ylim(-0.6, len(verdicts) - 0.4)
    tidy(axes)
