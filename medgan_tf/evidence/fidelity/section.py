"""How good the images are: distances to real images, each beside its floor, and how diverse they are."""

from typing import Any

from matplotlib.figure import Figure

from medgan_tf.evidence.fidelity.settings import KEY
from medgan_tf.evidence.report import Results, RunResults
from medgan_tf.files.lenient_reader import LenientReader
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.presentation.blocks import Interval, Missing, Picture, Section, Table, bullets, is_number, paragraph
from medgan_tf.presentation.figure_style import REAL, SYNTHETIC, new_figure, tidy

TITLE = "How good the images are"
TERMS = {
    "FID, KID": "Distance between the distributions of synthetic and real images in the features of a network. Only "
    "comparable with the same features and number of images; hence the floor beside it.",
    "MS-SSIM": "Mean structural similarity of random pairs of images of one set: 1 for equal images. Higher: less "
    "diverse. Only comparable with that of the real images beside it.",
}
_TITLES = {
    "fid": "FID",
    "kid": "KID x 1000",
    "precision": "precision",
    "recall": "recall",
    "density": "density",
    "coverage": "coverage",
    "swd": "SWD x 1000",
}
_SIMILARITY = {
    "within": "MS-SSIM within label combinations (higher: less diverse)",
    "between": "MS-SSIM between label combinations (higher: less diverse)",
}
_FACTORS = {"kid": 1000.0, "swd": 1000.0}
_MOST_COMBINATIONS = 20


_INTRODUCTION = (
    "FID and KID are distances between synthetic and real images (smaller is better); the floor is the same distance "
    "between real training and held-out real images. Values can be compared only where the features are the same. "
    "Precision: share of synthetic images that look real. Recall: share of real images that the synthetic ones cover."
)
_DIVERSITY = (
    "MS-SSIM compares images of one set with each other, not with those of the other set. Where the value of the "
    "synthetic images is higher than that of the real ones, the synthetic images are the less diverse ones."
)
_HEAD = ["run", "features", "metric", "value", "95 % interval", "at n of the floor", "floor", "n of the floor"]


def read(run: RunFolder, reader: LenientReader) -> dict[str, dict[str, Any]] | None:
    """Every `fid-<extractor>.json`, by extractor."""
    files = sorted(run.evaluation.glob("fid-*.json"))
    found = {file.stem.removeprefix("fid-"): reader.json(file) for file in files}
    return {name: result for name, result in found.items() if result is not None} or None


def hashes(result: dict[str, dict[str, Any]]) -> list[tuple[str, str | None]]:
    """Of the extractors and of the three sets of images."""
    found = []
    for name, one in result.items():
        found.append((f"fidelity, features of {name}", one["extractor"].get("weights_sha256")))
        for kind in ("real", "held_out", "synthetic"):
            found.append((f"fidelity, {name}: {kind.replace('_', '-')} images", one[kind].get("sha256")))
    return found


def sections(results: Results, details: bool) -> list[Section]:
    """One table over all runs and extractors, and for single runs the label combinations."""
    section = Section(TITLE, [paragraph(_INTRODUCTION)])
    rows, notes = [], {}
    for run in results.runs:
        if KEY not in run.evidence:
            section.missing.append(Missing(results.title_of(run), "fidelity", "medgan-tf fid EXPERIMENT.yaml"))
        for name, result in run.evidence.get(KEY, {}).items():
            rows += _rows(results.title_of(run), name, result)
            notes |= dict.fromkeys(result["notes"])
    if rows:
        section.blocks.append(Table("fidelity", "Fidelity, synthetic against real images", _HEAD, rows))
        if any(row[2].startswith(tuple(_SIMILARITY.values())) for row in rows):
            section.blocks.append(paragraph(_DIVERSITY))
        section.blocks.append(bullets(list(notes)))
    if details:
        for run in results.runs:
            for name, result in run.evidence.get(KEY, {}).items():
                section.blocks += _combinations(results, run, name, result)
    return [section]


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
    return [*rows, *_similarity_rows(run, metrics.get("ms_ssim", {}))]


def _similarity_rows(run: str, found: dict[str, Any]) -> list[list[Any]]:
    """MS-SSIM of the synthetic images and of the real ones below, within label combinations and between them."""
    rows = []
    for where, title in _SIMILARITY.items():
        for kind in ("synthetic", "real") if where in found else ():
            one = found[where][kind]
            interval = Interval.of(one["interval"]) if "interval" in one else ""
            rows.append([run, "pixels", f"{title}: {kind}", one["value"], interval, "", "", ""])
    return rows


def _combinations(results: Results, run: RunResults, extractor: str, result: dict[str, Any]) -> list[Table | Picture]:
    """FID by label combination, beside the floor at the same number of images."""
    rows = []
    for one in result["combinations"][:_MOST_COMBINATIONS]:
        floor = one["floor"] or {"real": {}, "synthetic": {}, "images": None}
        label = ", ".join(one["labels"]) or "none"
        rows.append([label, one["images_real"], one["values"].get("fid"), floor["synthetic"].get("fid"),
                     floor["real"].get("fid"), floor["images"], *_similarities(one["values"])])  # fmt: skip
    if not rows or not any(is_number(row[2]) for row in rows):
        return []
    stem = f"fid-combinations-{results.stem_of(run)}-{extractor}"
    head = ["label combination", "images", "FID", "FID at n of the floor", "floor", "n of the floor"]
    if len(rows[0]) > len(head):
        head += ["MS-SSIM synthetic", "MS-SSIM real"]
    caption = f"{results.title_of(run)}: FID by label combination, features of {extractor}"
    picture = Picture(stem, f"{caption}, beside real against real images", _combination_figure(rows))
    return [Table(stem, caption, head, rows), picture]


def _similarities(values: dict[str, Any]) -> list[float | None]:
    return [values[name] for name in ("ms_ssim", "ms_ssim_real")] if "ms_ssim" in values else []


def _combination_figure(rows: list[list[Any]]) -> Figure:
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
