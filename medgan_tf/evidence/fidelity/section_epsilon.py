"""Fidelity against epsilon, over settings of a folder of experiments that differ in nothing else."""

from medgan_tf.evidence.epsilon_series import (
    TITLE,
    EpsilonSeries,
    Panel,
    Value,
    epsilon_cell,
    epsilon_figure,
    epsilon_series,
)
from medgan_tf.evidence.fidelity.compared import interval_over_seeds, mean_over_seeds, results_by_seed
from medgan_tf.evidence.fidelity.protocol import comparison_key, difference
from medgan_tf.evidence.fidelity.settings import KEY
from medgan_tf.evidence.report import Results
from medgan_tf.metrics.metric import Quantity
from medgan_tf.metrics.registry import METRICS
from medgan_tf.presentation.blocks import Interval, Picture, Section, Table, is_number

_SHOWN = ("fid", "fid_infinite")
_HEAD = ("epsilon", "experiment", "seeds")


def sections(results: Results) -> list[Section]:
    """A figure and a table for each series and extractor in which a FID was measured; no section without any."""
    found = Section(TITLE)
    for series in epsilon_series(results):
        runs = [run for point in series.points for run in point.gan.runs]
        for name in dict.fromkeys(name for run in runs for name in run.evidence.get(KEY, {})):
            found.add(f"{series.title}: FID against epsilon, features of {name}", _blocks, series, name)
    return [found] if found.blocks else []


def _blocks(series: EpsilonSeries, extractor: str) -> list[Picture | Table]:
    quantities = [METRICS.quantity(key) for key in _SHOWN]
    values = {one.heading: [_value(one, series, extractor, place) for place in range(len(series.points))]
              for one in quantities}  # fmt: skip
    values = {title: line for title, line in values.items() if any(line)}
    if not values:
        return []
    title = f"{series.title}: FID against epsilon, features of {extractor}"
    caption = f"{title}. Bars: 95 % intervals, where there are any. Smaller is better{_incomparable(series, extractor)}"
    figure = epsilon_figure(series, [Panel("distance to real images", values)])
    head = [*_HEAD, *(text for name in values for text in (name, f"95 % interval of {name}"))]
    rows = [
        [
            epsilon_cell(point),
            point.gan.experiment,
            len(results_by_seed(point.gan, extractor)),
            *(cell for line in values.values() for cell in _cells(line[place])),
        ]
        for place, point in enumerate(series.points)
    ]
    stem = f"epsilon-fid-{series.stem}-{extractor}"
    return [Picture(stem, caption, figure), Table(stem, title, head, rows)]


def _value(quantity: Quantity, series: EpsilonSeries, extractor: str, place: int) -> Value | None:
    found = results_by_seed(series.points[place].gan, extractor)
    mean, interval = mean_over_seeds(quantity, found), interval_over_seeds(quantity, found)
    if not is_number(mean):
        return None
    return mean, interval if isinstance(interval, Interval) else Interval(None, None)


def _cells(value: Value | None) -> list:
    if value is None:
        return ["not measured", ""]
    return [value[0], value[1] if value[1].defined else ""]


def _incomparable(series: EpsilonSeries, extractor: str) -> str:
    """A warning where the values were not measured in the same way; "" where they were."""
    first, reasons = {}, []
    for point in series.points:
        for seed, result in results_by_seed(point.gan, extractor).items():
            key = comparison_key(result)
            reasons.append(difference(first.setdefault(seed, key), key))
    reasons = [reason for reason in reasons if reason]
    return f". Warning: these values cannot be compared: {reasons[0]}" if reasons else ""
