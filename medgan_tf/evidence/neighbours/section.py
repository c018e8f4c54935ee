"""Distances of synthetic images to the nearest real ones. No image and no pseudonym of one is shown."""

from pathlib import Path
from typing import Any

from medgan_tf.evidence.neighbours.settings import KEY
from medgan_tf.evidence.report import Results
from medgan_tf.features.comparable import incomparable
from medgan_tf.files.lenient_reader import LenientReader
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.presentation.blocks import Missing, Section, Table, bullets, paragraph

TITLE = "How near the nearest real images are"
_INTRODUCTION = (
    "The distance of synthetic images to the nearest training image, beside the distance to the nearest image of "
    "held-out patients, on whom the generator was not trained. The more images there are, the nearer is the nearest "
    "one. Therefore a part of the training images, as many as there are held-out images, is shown too. Distances alone "
    "do not show whether images were copied."
)


def read(run: RunFolder, reader: LenientReader) -> dict[str, Any] | None:
    """`neighbours.json`."""
    return reader.json(run.evaluation / "neighbours.json")


def pictures(run: RunFolder) -> list[tuple[str, Path]]:
    """Synthetic images over their nearest real ones."""
    caption = "Synthetic images and their nearest real images (Figures 4, S2, S4)"
    return [(caption, run.evaluation / "neighbours.png")]


def sections(results: Results, details: bool) -> list[Section]:
    """Quantiles of the distances of each run."""
    section = Section(TITLE)
    for run in results.runs:
        title = results.title_of(run)
        if KEY not in run.evidence:
            what = "nearest neighbours"
            section.missing.append(Missing(title, what, "medgan-tf neighbours EXPERIMENT.yaml"))
        elif details:
            stem = f"neighbours-{results.stem_of(run)}"
            section.add(f"{title}: distances to the nearest real images", _table, run.evidence[KEY], stem, title)
    if section.blocks:
        section.blocks.insert(0, paragraph(_INTRODUCTION))
        found = [run.evidence[KEY].get("extractor") or {} for run in results.runs if KEY in run.evidence]
        warnings = list(dict.fromkeys(text for extractor in found for text in incomparable(extractor)))
        section.blocks += [bullets(warnings)] if warnings else []
    return [section]


def _table(neighbours: dict[str, Any], stem: str, title: str) -> Table:
    names = {"train": "training images", "held_out": "held-out patients"}
    rows = [
        [names.get(name, name.replace("_", " ").replace("train part", "training images, part")),
         *(found[quantile] for quantile in ("5%", "50%", "95%"))]
        for name, found in neighbours["nearest_distance"].items()
    ]  # fmt: skip
    head = ["nearest real image among", "5 %", "median", "95 %"]
    caption = f"{title}: {neighbours['distance']} distance of synthetic images to the nearest real image"
    return Table(stem, caption, head, rows, digits=4)
