"""Fidelity of several generators side by side, and the differences of pairs that were measured in the same way."""

from collections.abc import Iterable, Sequence
from typing import Any

from medgan_tf.evidence.comparison import Comparison, PairDifference, RankedQuantity
from medgan_tf.evidence.fidelity.measure_pair import Measured, fidelity_difference, fidelity_mean
from medgan_tf.evidence.fidelity.protocol import comparison_key, difference
from medgan_tf.evidence.fidelity.settings import KEY
from medgan_tf.evidence.fidelity.view import interval_of
from medgan_tf.evidence.report import GanResults, Results
from medgan_tf.metrics.metric import Quantity
from medgan_tf.metrics.registry import METRICS
from medgan_tf.presentation.blocks import Cell, Interval, is_number

RANKED = ("kid", "fid_infinite")
"""Distances that do not depend on the number of images. FID does: it stands beside its floor, and is not ranked."""
SPEAKS_FOR = "other patients; from two seeds on for other trainings, of one seed for these images"
_SHOWN = ("kid", "fid_infinite", "fid")
_NOT_MEASURED = "not measured"
_LABELS = (
    "images of our own generators have the labels of the real training images, images from elsewhere those that they "
    "came with: where findings are more or less frequent among these, that is a part of the distance"
)
Result = dict[str, Any]
BySeed = dict[int, Result]


def compared(results: Results) -> Comparison:
    """KID, FID at infinite n and FID of each extractor beside their floors, the protocol, and the pairs."""
    extractors = list(dict.fromkeys(name for run in results.runs for name in run.evidence.get(KEY, {})))
    if not extractors:
        return Comparison(["fidelity"], [[_NOT_MEASURED]] * len(results.gans), ["fidelity"])
    columns: dict[str, list[Cell]] = {}
    ranked, remarks = [], []
    for name in extractors:
        found = [results_by_seed(gan, name) for gan in results.gans]
        protocols = _Protocols(found)
        columns |= _columns(name, found) | protocols.columns(name)
        quantities = [METRICS.quantity(key) for key in RANKED]
        ranked += [
            RankedQuantity(_title(one, name), True, SPEAKS_FOR, _pairs(results, one, found)) for one in quantities
        ]
        remarks += protocols.remarks(name)
    foreign = [bool((gan.runs[0].config or {}).get("external")) for gan in results.gans]
    remarks += [_LABELS] if any(foreign) and not all(foreign) else []
    brief = [title for title in columns if not title.startswith("n of")]
    rows = [list(row) for row in zip(*columns.values(), strict=True)]
    return Comparison(list(columns), rows, brief, ranked, remarks)


def results_by_seed(gan: GanResults, extractor: str) -> BySeed:
    """The results of a GAN with one extractor, by seed."""
    found = {run.seed: run.evidence.get(KEY, {}).get(extractor) for run in gan.runs}
    return {seed: result for seed, result in found.items() if result is not None}


def _title(quantity: Quantity, extractor: str) -> str:
    return f"{quantity.heading} ({extractor})"


class _Protocols:
    """A name for each way of measuring: values of generators with different names are not comparable."""

    def __init__(self, found: Sequence[BySeed]):
        self._keys = [tuple(dict.fromkeys(map(comparison_key, one.values()))) for one in found]
        known = dict.fromkeys(key for key in self._keys if key)
        self._names = {key: f"P{number}" for number, key in enumerate(known, start=1)}

    def columns(self, extractor: str) -> dict[str, list[Cell]]:
        """The name of the way of each generator, and what it stands for."""
        names: list[Cell] = [self._names.get(key, _NOT_MEASURED) for key in self._keys]
        words: list[Cell] = [_words(key) if key else "" for key in self._keys]
        return {f"protocol ({extractor})": names, f"protocol in words ({extractor})": words}

    def remarks(self, extractor: str) -> list[str]:
        """That values with different names are not ranked against each other, where there are several."""
        several = len(self._names) > 1
        return [f"values of {extractor} whose protocols differ are not ranked against each other"] if several else []


def _words(key: tuple[tuple[str, ...], ...]) -> str:
    first, *more = key
    words = first[0]
    if len(first) == 3:
        words += f", {first[1]} pixels, real images {first[2][:12]}"
    return f"{words}; {len(more)} more, which differ by seed" if more else words


def _columns(name: str, found: Sequence[BySeed]) -> dict[str, list[Cell]]:
    """Cells by title: means over seeds, intervals, floors."""
    columns: dict[str, list[Cell]] = {}
    for quantity in map(METRICS.quantity, _SHOWN):
        title = _title(quantity, name)
        columns[title] = [mean_over_seeds(quantity, one) for one in found]
        if quantity.key in RANKED:
            columns[f"95 % interval of {title}"] = [interval_over_seeds(quantity, one) for one in found]
        if quantity.quick:
            columns[f"{title} at n of the floor"] = [_beside(quantity, one, "synthetic") for one in found]
            columns[f"floor of {title}"] = [_beside(quantity, one, "real") for one in found]
    columns[f"n of the floor ({name})"] = [_counts(one) for one in found]
    return columns


def mean_over_seeds(quantity: Quantity, results: BySeed) -> Cell:
    """The mean of a quantity, or why there is none."""
    if not results:
        return _NOT_MEASURED
    found = [quantity.found(one["metrics"]) for one in results.values()]
    if None in found:
        return _NOT_MEASURED
    mean = _mean([one["value"] for one in found])
    return quantity.shown(mean) if mean is not None else found[0].get("reason", "undefined")


def _mean(values: Iterable[float | None]) -> float | None:
    values = list(values)
    return sum(values) / len(values) if values and all(map(is_number, values)) else None


def interval_over_seeds(quantity: Quantity, results: BySeed) -> Cell:
    """Of one seed as its section says; of several for other patients and other trainings."""
    if len(results) < 2:
        found = [(one, quantity.found(one["metrics"])) for one in results.values()]
        ends = interval_of(*found[0]) if found and found[0][1] else ""
        return ends if isinstance(ends, str) else Interval(*map(quantity.shown, ends))
    values = [_measured(quantity, one) for one in results.values()]
    missing = [entry for entry in values if isinstance(entry, str)]
    return missing[0] if missing else Interval(*map(quantity.shown, fidelity_mean(values).interval(0.95)))


def _beside(quantity: Quantity, results: BySeed, kind: str) -> Cell:
    mean = _mean([one["floor"][kind].get(quantity.key) for one in results.values()])
    return "" if mean is None else quantity.shown(mean)


def _counts(results: BySeed) -> Cell:
    counts = sorted({one["floor"]["images"] for one in results.values()})
    return counts[0] if len(counts) == 1 else f"{counts[0]:,} to {counts[-1]:,}" if counts else ""


def _pairs(results: Results, quantity: Quantity, found: Sequence[BySeed]) -> list[PairDifference]:
    return [_pair(quantity, one, other, found[one], found[other]) for one, other in results.pairs]


def _pair(quantity: Quantity, one: int, other: int, first: BySeed, second: BySeed) -> PairDifference:
    """The difference over seeds that both were measured with; a pair that cannot be compared says why."""
    reason = "" if first and second else _NOT_MEASURED
    shared = [seed for seed in first if seed in second]
    if not reason and not shared:
        reason = "measured with no seed in common"
    if not reason:
        reasons = [difference(comparison_key(first[seed]), comparison_key(second[seed])) for seed in shared]
        reason = next(filter(None, reasons), "")
    if reason:
        return PairDifference(one, other, reason=reason, comparable=False)
    values = [[_measured(quantity, side[seed]) for seed in shared] for side in (first, second)]
    if missing := [entry for side in values for entry in side if isinstance(entry, str)]:
        return PairDifference(one, other, reason=missing[0], comparable=False)
    mean = fidelity_difference(*values)
    ends = Interval(*map(quantity.shown, mean.interval(0.95)))
    p_smaller = mean.p_below(0.0)
    return PairDifference(one, other, quantity.shown(mean.mean), ends, p_smaller, 1 - p_smaller)


def _measured(quantity: Quantity, result: Result) -> Measured | str:
    """The value with its error, or why there is none."""
    found = quantity.found(result["metrics"]) or {}
    value, error = found.get("value"), found.get("standard_error")
    if not is_number(value) or not is_number(error):
        return str(found.get("reason") or "there is no error of its value")
    degrees = found["groups"] - 1 if "groups" in found else min(found["units"]) - 1
    return Measured(value, error, degrees)
