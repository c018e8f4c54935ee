"""The picture of an audit's verdicts: every interval beside its limit, one panel for each kind of value."""

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from medgan_tf.evidence.privacy.questions import ATTACK, EXCESS, POWER, SHARE, verdict_title
from medgan_tf.evidence.privacy.verdicts import BROKEN, HOLDS, UNDECIDED
from medgan_tf.presentation.blocks import is_number
from medgan_tf.presentation.figure_style import COLOURS, new_figure, short, styled, tidy

_MARKS = {HOLDS: ("o", COLOURS[2]), BROKEN: ("X", COLOURS[1]), UNDECIDED: ("s", COLOURS[4])}
_AXES = {
    ATTACK: "AUC of the attack (0.5: guessing)",
    EXCESS: "share of images beyond what is expected without copying",
    SHARE: "share of the images or patients",
    POWER: "share of the planted copies (the limit is the smallest)",
}


def drawn(verdicts: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The judged verdicts of a `privacy.json` that have a value with two limits."""
    return [
        verdict
        for verdict in verdicts
        if verdict["status"] in _MARKS
        and verdict["interval"]
        and all(map(is_number, (verdict["value"], *verdict["interval"])))
    ]


@styled
def verdict_figure(verdicts: Sequence[dict[str, Any]]) -> Figure:
    """Value, limits of it, and the threshold of each verdict that has them; a panel for each kind, one below another.

    Args:
        verdicts: The verdicts as in `privacy.json` of the present format.
    """
    shown = drawn(verdicts)
    groups = {kind: [verdict for verdict in shown if verdict["kind"] == kind] for kind in _AXES}
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
