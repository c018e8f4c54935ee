"""Utility against epsilon, over settings of a folder of experiments that differ in nothing else."""

from medgan_tf.evidence.epsilon_series import (
    TITLE,
    EpsilonSeries,
    Panel,
    Value,
    epsilon_cell,
    epsilon_figure,
    epsilon_series,
    per_point,
)
from medgan_tf.evidence.report import GanResults, Results
from medgan_tf.evidence.utility.gap_view import gap_of, shown_interval, view_of
from medgan_tf.presentation.blocks import Cell, Picture, Section, Table, is_number

_HEAD = ("epsilon", "experiment", "seeds", "AUC real", "AUC synthetic", "95 % interval of AUC synthetic", "gap",
         "95 % interval of the gap")  # fmt: skip


def sections(results: Results) -> list[Section]:
    """A figure and a table for each series in which a gap was measured; no section without any."""
    found = Section(TITLE)
    for series in epsilon_series(results):
        if any(gap_of(point.gan) for point in series.points):
            found.add(f"{series.title}: utility against epsilon", _blocks, series)
    return [found] if found.blocks else []


def _blocks(series: EpsilonSeries) -> list[Picture | Table]:
    panels = [
        Panel("mean AUC on real test patients", {"trained on synthetic images": per_point(series, _synthetic),
                                                 "trained on real images": per_point(series, _real)}),
        Panel("gap: AUC real - AUC synthetic", {"gap": per_point(series, _gap)}, level=0.0),
    ]  # fmt: skip
    caption = (
        f"{series.title}: utility against epsilon. Bars: 95 % intervals for other trainings and other patients; with "
        "one seed for other patients only"
    )
    rows = [[epsilon_cell(point), point.gan.experiment, *_cells(point.gan)] for point in series.points]
    table = Table(f"epsilon-utility-{series.stem}", f"{series.title}: utility against epsilon", _HEAD, rows)
    return [Picture(f"epsilon-utility-{series.stem}", caption, epsilon_figure(series, panels)), table]


def _cells(gan: GanResults) -> list[Cell]:
    view = view_of(gan)
    if view is None:
        return [len(gan.runs), "not measured", "", "", "", ""]
    synthetic = _synthetic(gan)
    interval = synthetic[1] if synthetic else ""
    return [len(view.seeds), view.mean.real, view.mean.synthetic, interval, view.mean.gap, view.mean.interval]


def _gap(gan: GanResults) -> Value | None:
    view = view_of(gan)
    return (view.mean.gap, view.mean.interval) if view and is_number(view.mean.gap) else None


def _synthetic(gan: GanResults) -> Value | None:
    return _auc(gan, "synthetic")


def _real(gan: GanResults) -> Value | None:
    return _auc(gan, "real")


def _auc(gan: GanResults, kind: str) -> Value | None:
    gap = gap_of(gan)
    entry = gap["conditions"][kind]["mean_auc"] if gap else None
    mean = entry["over_seeds"]["mean"] if entry else None
    return (mean, shown_interval(entry)) if is_number(mean) else None
