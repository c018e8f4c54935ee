"""The quality of the images: distances to real images, each beside its floor, and diversity."""

from typing import Any

from matplotlib.figure import Figure

from medgan_tf.evidence.comparison import Comparison
from medgan_tf.evidence.fidelity import section_epsilon
from medgan_tf.evidence.fidelity.compared import compared
from medgan_tf.evidence.fidelity.protocol import comparison_key, difference
from medgan_tf.evidence.fidelity.settings import KEY
from medgan_tf.evidence.fidelity.view import closer_sentence, floor_interval, interval_of
from medgan_tf.evidence.report import Results, RunResults
from medgan_tf.files.lenient_reader import LenientReader
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.metrics.metric import Quantity
from medgan_tf.metrics.registry import METRICS
from medgan_tf.presentation.blocks import (
    Cell,
    Interval,
    Missing,
    Picture,
    Section,
    Table,
    bullets,
    is_number,
    paragraph,
)
from medgan_tf.presentation.figure_style import REAL, SYNTHETIC, new_figure, short, styled, tidy

TITLE = "How good the images are"
TERMS = {metric.title: metric.meaning for metric in METRICS.chosen() if metric.meaning}
TERMS["Floor, ceiling"] = (
    "The same metric with held-out real images in place of the synthetic ones: what other real images reach. It is "
    "the floor of a distance, and the ceiling of precision, recall, density and coverage. Only comparable with the "
    "synthetic value at the same number of images."
)
TERMS["Against held-out images"] = (
    "The synthetic images against real images on which the generator was not trained, at the number of images of the "
    "floor. Images that were copied from the training images are close to these, but not to the held-out ones."
)
_FID = "fid"
_MOST_COMBINATIONS = 20
_INTRODUCTION = (
    "Each number compares synthetic with real images. Beside it stands its floor, which compares held-out real images "
    "with real ones, and the synthetic value at as many images. Values of features can be compared only where the "
    'features are the same. The column "direction" says whether smaller or larger values are better; it is no limit of '
    "what is good enough. An interval counts the chance of patients, not that of training: another training gives "
    "another generator."
)
_HEAD = ["run", "features", "metric", "value", "95 % interval", "at n of the floor", "floor or ceiling",
         "n of the floor", "direction", "against held-out images", "95 % interval of the floor"]  # fmt: skip


def read(run: RunFolder, reader: LenientReader) -> dict[str, dict[str, Any]] | None:
    """Every `fid-<extractor>.json`, by extractor."""
    files = sorted(run.evaluation.glob("fid-*.json"))
    found = {file.stem.removeprefix("fid-"): reader.json(file) for file in files}
    return {name: result for name, result in found.items() if result is not None} or None


def measured(result: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The extractors, each of which has a result of its own."""
    return {"evaluation.fid.extractor": frozenset(result)}


def hashes(result: dict[str, dict[str, Any]]) -> list[tuple[str, str | None]]:
    """SHA-256 of the extractors and of the three sets of images."""
    found = []
    for name, one in result.items():
        found.append((f"fidelity, features of {name}", one["extractor"].get("weights_sha256")))
        for kind in ("real", "held_out", "synthetic"):
            found.append((f"fidelity, {name}: {kind.replace('_', '-')} images", one[kind].get("sha256")))
    return found


def comparison(results: Results) -> Comparison:
    """The distances of several generators, and the differences of pairs."""
    return compared(results)


def grid_sections(results: Results) -> list[Section]:
    """FID against epsilon."""
    return section_epsilon.sections(results)


def sections(results: Results, details: bool) -> list[Section]:
    """One table over all runs and extractors, and for single runs the label combinations."""
    section = Section(TITLE, [paragraph(_INTRODUCTION)])
    rows, notes = [], {}
    for run in results.runs:
        if KEY not in run.evidence:
            section.missing.append(Missing(results.title_of(run), "fidelity", "medgan-tf fid EXPERIMENT.yaml"))
        for name, result in run.evidence.get(KEY, {}).items():
            title = results.title_of(run)
            rows += section.tried(f"{title}: fidelity, {name}", _rows, title, name, result) or []
            notes |= section.tried(f"{title}: notes on fidelity, {name}", _notes, title, result) or {}
    if rows:
        section.blocks.append(Table("fidelity", "Fidelity, synthetic against real images", _HEAD, rows))
        section.blocks.append(
            bullets([*notes, *(section.tried("protocols of fidelity", _incomparable, results) or [])])
        )
    if details:
        for run in results.runs:
            for name, result in run.evidence.get(KEY, {}).items():
                what = f"{results.title_of(run)}: FID by label combination, features of {name}"
                section.add(what, _combinations, results, run, name, result)
    return [section]


def _notes(title: str, result: dict[str, Any]) -> dict[str, None]:
    if not all(isinstance(note, str) for note in result["notes"]):
        raise TypeError("a note is no text")
    closer = closer_sentence(result)
    own = [f"{title}: {closer}"] if closer else []
    if "protocol" in result:
        own.append(f"{title}: {result['protocol']}")
    return dict.fromkeys([*own, *result["notes"]])


def _incomparable(results: Results) -> list[str]:
    """For each extractor a warning when its results were not measured in the same way."""
    warnings, first = [], {}
    for run in results.runs:
        for name, result in run.evidence.get(KEY, {}).items():
            title, key = results.title_of(run), comparison_key(result)
            other, expected = first.setdefault(name, (title, key))
            reason = difference(expected, key) if other != title else ""
            if reason:
                warnings.append(f"warning: fidelity of {title} and of {other} cannot be compared: {reason}")
    return warnings


def _rows(run: str, extractor: str, result: dict[str, Any]) -> list[list[Cell]]:
    """One row for each quantity that was measured."""
    rows = []
    for metric in METRICS.chosen():
        for quantity in metric.quantities:
            found = quantity.found(result["metrics"])
            if found is not None:
                features = extractor if metric.needs_features else "pixels"
                rows.append([run, features, quantity.heading, *_cells(quantity, found, result)])
    return rows


def _cells(quantity: Quantity, found: dict[str, Any], result: dict[str, Any]) -> list[Cell]:
    """The cells of `_HEAD` from the value on."""
    floor = result["floor"]
    beside: list[Cell] = ["", "", ""]
    if quantity.key in floor["real"]:
        values = (floor[kind].get(quantity.key) for kind in ("synthetic", "real"))
        beside = [*map(quantity.shown, values), floor["images"]]
    held_out = floor.get("held_out", {})
    return [
        quantity.shown(found["value"]),
        _interval(quantity, interval_of(result, found)),
        *beside,
        str(quantity.direction),
        quantity.shown(held_out[quantity.key]) if quantity.key in held_out else "",
        _interval(quantity, floor_interval(result, quantity)),
    ]


def _interval(quantity: Quantity, ends: tuple[float, float] | str) -> Interval | str:
    return ends if isinstance(ends, str) else Interval(*map(quantity.shown, ends))


def _combinations(results: Results, run: RunResults, extractor: str, result: dict[str, Any]) -> list[Table | Picture]:
    """FID by label combination, beside the floor at the same number of images; then the other quantities."""
    chosen = result["combinations"][:_MOST_COMBINATIONS]
    others = [one for one in METRICS.quantities() if one.key != _FID and any(one.key in c["values"] for c in chosen)]
    rows = []
    for one in chosen:
        floor = one.get("floor") or {"real": {}, "synthetic": {}, "images": None}
        rows.append(
            [
                ", ".join(one["labels"]) or "none",
                one["images_real"],
                one["values"].get(_FID),
                floor["synthetic"].get(_FID),
                floor["real"].get(_FID),
                floor["images"],
                *(quantity.shown(one["values"].get(quantity.key)) for quantity in others),
            ]
        )
    if not any(is_number(row[2]) for row in rows):
        return []
    stem = f"fid-combinations-{results.stem_of(run)}-{extractor}"
    head = ["label combination", "images", "FID", "FID at n of the floor", "floor", "n of the floor"]
    caption = f"{results.title_of(run)}: FID by label combination, features of {extractor}"
    table = Table(stem, caption, [*head, *(quantity.heading for quantity in others)], rows)
    if not any(is_number(row[column]) for row in rows for column in (3, 4)):
        return [table]  # Too few images for a floor: there is no pair of values to draw.
    return [table, Picture(stem, f"{caption}, beside real against real images", _combination_figure(rows))]


@styled
def _combination_figure(rows: list[list[Any]]) -> Figure:
    figure = new_figure(7.2, 1.1 + 0.36 * len(rows))
    axes = figure.subplots()
    shown = rows[::-1]
    for column, colour, label in ((3, SYNTHETIC, "synthetic against real"), (4, REAL, "floor: real against real")):
        points = [(row[column], place) for place, row in enumerate(shown) if is_number(row[column])]
        if points:
            axes.plot(*zip(*points, strict=True), "D" if column == 3 else "o", color=colour, label=label)
    axes.set_yticks(range(len(shown)), [short(row[0]) for row in shown])
    axes.set_xlim(left=0)
    axes.set_xlabel("FID at equal numbers of images")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, 1.12), ncols=2, frameon=False, fontsize=8)
    tidy(axes)
    return figure
