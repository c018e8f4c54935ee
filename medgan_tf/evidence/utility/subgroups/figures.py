"""Forest plots of the gap by group, and of the change of the difference between groups."""

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from medgan_tf.evidence.utility.subgroups.rows import groups_of, not_shown, pairs_of
from medgan_tf.presentation.blocks import Interval
from medgan_tf.presentation.figure_style import GREY, SYNTHETIC, new_figure, short, styled, tidy

_Line = tuple[str, dict[str, Any], str]


@styled
def forest_figure(subgroups: dict[str, Any]) -> Figure:
    """Gaps of all groups to the left, changes of the differences to the right; the margin as a band.

    Args:
        subgroups: The key `subgroups` of `gap.json`, measured.
    """
    groups: list[_Line] = [(name, entry, "gap") for name, entry in groups_of(subgroups)]
    pairs: list[_Line] = [(name, entry, "change") for name, entry in pairs_of(subgroups)]
    panels = [(groups, "gap: AUC(real) - AUC(synthetic)")]
    panels += [(pairs, "change of the difference between groups\n(after synthetic less after real training)")] * bool(
        pairs
    )
    figure = new_figure(5.6 * len(panels), 1.5 + 0.34 * max(len(lines) for lines, _ in panels))
    for axes, (lines, label) in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
        _forest(axes, lines, subgroups["margin"], label)
    return figure


def _forest(axes: Axes, lines: Sequence[_Line], margin: float, label: str) -> None:
    axes.axvspan(-margin, margin, color="#ececec", zorder=0)
    axes.axvline(0, color=GREY, linewidth=1)
    for place, (_, entry, key) in enumerate(reversed(lines)):
        if not entry["shown"]:
            axes.text(0, place, f" {not_shown(entry)}", va="center", fontsize=9, color=GREY)
            continue
        found = Interval.of(entry[key]["interval"])
        if found.defined:
            axes.plot([found.low, found.high], [place, place], color=SYNTHETIC, linewidth=2)
        axes.plot(
            entry[key]["values"], [place] * len(entry[key]["values"]), ".", color=SYNTHETIC, alpha=0.5, markersize=6
        )
        axes.plot(entry[key]["mean"], place, "D", color="black", markersize=5)
    axes.set_yticks(range(len(lines)), [short(name, 30) for name, *_ in reversed(lines)])
    axes.set_ylim(-0.6, len(lines) - 0.4)
    axes.set_xlabel(f"{label}\nline: 95 %, dots: seeds; grey: within the margin")
    axes.xaxis.set_major_locator(MaxNLocator(5))
    tidy(axes)
