"""How good the images are: distances to real images, each beside its floor."""

from typing import Any

from medgan_tf.presentation.blocks import Interval, Missing, Picture, Section, Table, bullets, is_number, paragraph
from medgan_tf.presentation.figure_style import REAL, SYNTHETIC, new_figure, tidy
from medgan_tf.reporting.results import Results, RunResults

_TITLES = {
    "fid": "FID",
    "kid": "KID x 1000",
    "precision": "precision",
    "recall": "recall",
    "density": "density",
    "coverage": "coverage",
    "swd": "SWD x 1000",
}
_FACTORS = {"kid": 1000.0, "swd": 1000.0}
_MOST_COMBINATIONS = 20


def fidelity_section(results: Results, details: bool) -> Section:
    """One table over all runs and extractors, and for single runs the label combinations."""
    section = Section("How good the images are")
    section.blocks.append(
        paragraph(
            "FID and KID are distances between synthetic and real images (smaller is better); the floor is the same "
            "distance between real training and held-out real images. Values can be compared only where the features "
            "are the same. Precision: share of synthetic images that look real. Recall: share of real images that the "
            "synthetic ones cover."
        )
    )
    rows, notes = [], {}
    for run in results.runs:
        if not run.fidelity:
            section.missing.append(Missing(run_title(results, run), "fidelity", "medgan-tf fid EXPERIMENT.yaml"))
        for name, result in run.fidelity.items():
            rows += _rows(run_title(results, run), name, result)
            notes |= dict.fromkeys(result["notes"])
    if rows:
        head = ["run", "features", "metric", "value", "95 % interval", "at n of the floor", "floor", "n of the floor"]
        section.blocks.append(Table("fidelity", "Fidelity, synthetic against real images", head, rows))
        section.blocks.append(bullets(list(notes)))
    if details:
        for run in results.runs:
            for name, result in run.fidelity.items():
                section.blocks += _combinations(results, run, name, result)
    return section


def run_title(results: Results, run: RunResults) -> str:
    """A run's name, with its experiment where there are several."""
    experiment = run.folder.path.parent.name
    return f"{experiment}/{run.name}" if results.kind == "grid" else run.name


def value_of(name: str, value: Any) -> float | None:
    """A metric in the unit of its title."""
    return value * _FACTORS.get(name, 1.0) if is_number(value) else None


def _rows(run: str, extractor: str, result: dict[str, Any]) -> list[list[Any]]:
    metrics, lowest = result["metrics"], result["floor"]
    rows = []
    for name, title in _TITLES.items():
        if name not in metrics:
            continue
        ends = metrics[name].get("interval") or (None, None)
        interval = Interval(*(value_of(name, end) for end in ends))
        floors = [value_of(name, lowest[kind].get(name)) for kind in ("synthetic", "real")]
        rows.append(
            [run, extractor, title, value_of(name, metrics[name]["value"]), interval, *floors, lowest["images"]]
        )
    if "fid" in metrics and is_number(metrics["fid"].get("infinite")):
        value = metrics["fid"]["infinite"]
        rows.append([run, extractor, "FID at infinite n", value, "", "", "", ""])
    return rows


def _combinations(results: Results, run: RunResults, extractor: str, result: dict[str, Any]) -> list[Table | Picture]:
    """FID by label combination, beside the floor at the same number of images."""
    rows = []
    for one in result["combinations"][:_MOST_COMBINATIONS]:
        floor = one.get("floor") or {"real": {}, "synthetic": {}, "images": None}
        label = ", ".join(one["labels"]) or "none"
        rows.append([label, one["images_real"], one["values"].get("fid"), floor["synthetic"].get("fid"),
                     floor["real"].get("fid"), floor["images"]])  # fmt: skip
    if not rows or not any(is_number(row[2]) for row in rows):
        return []
    stem = f"fid-combinations-{run_title(results, run).replace('/', '-')}-{extractor}"
    head = ["label combination", "images", "FID", "FID at n of the floor", "floor", "n of the floor"]
    caption = f"{run_title(results, run)}: FID by label combination, features of {extractor}"
    picture = Picture(stem, f"{caption}, beside real against real images", _combination_figure(rows))
    return [Table(stem, caption, head, rows), picture]


def _combination_figure(rows: list[list[Any]]):
    figure = new_figure(7.2, 1.1 + 0.36 * len(rows))
    axes = figure.subplots()
    shown = rows[::-1]
    for column, colour, label in ((3, SYNTHETIC, "synthetic against real"), (4, REAL, "floor: real against real")):
        points = [(row[column], place) for place, row in enumerate(shown) if is_number(row[column])]
        if points:
            axes.plot(*zip(*points, strict=True), "D" if column == 3 else "o", color=colour, label=label)
    axes.set_yticks(range(len(shown)), [_short(row[0]) for row in shown])
    axes.set_xlim(left=0)
    axes.set_xlabel("FID at equal numbers of images")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, 1.12), ncols=2, frameon=False, fontsize=8)
    tidy(axes)
    return figure


def _short(text: str, most: int = 44) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
