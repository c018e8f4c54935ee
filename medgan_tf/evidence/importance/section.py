"""Agreement of the classifiers' importance maps. No image and no pseudonym of one is shown."""

from pathlib import Path
from typing import Any

from medgan_tf.classification.published_code import published_code_line
from medgan_tf.evidence.importance.narrow import narrow_lines
from medgan_tf.evidence.importance.settings import KEY
from medgan_tf.evidence.report import Results
from medgan_tf.files.lenient_reader import LenientReader
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.presentation.blocks import Interval, Missing, Section, Table, bullets, paragraph

TITLE = "What the classifiers look at"
_MEASURES = {
    "rank_correlation": "rank correlation",
    "partial_rank_correlation": "rank correlation without brightness",
    "top_overlap": "overlap of the most important",
}
_INTRODUCTION = (
    "A part of the image matters when hiding it makes the classifier worse (paper S.7, Figure 5). The maps of "
    "the classifier trained on real images are compared with those of the others. Another seed of the real images "
    "shows the agreement of two real trainings, permuted labels the agreement without learning any finding. Hiding a "
    "patch also changes the brightness. So the maps are held against the change that each mask makes, and the "
    "agreement is shown once more after the ranks of this change are regressed out."
)


def read(run: RunFolder, reader: LenientReader) -> dict[str, Any] | None:
    """`occlusion.json`."""
    return reader.json(run.evaluation / "occlusion.json")


def pictures(run: RunFolder) -> list[tuple[str, Path]]:
    """The maps over the images, for all labels together."""
    return [("What the classifiers look at (Figures 5, S3)", run.evaluation / "occlusion.png")]


def sections(results: Results, details: bool) -> list[Section]:
    """Agreement of importance maps, beside ceiling and floor."""
    section = Section(TITLE)
    rows, notes = [], {}
    for run in results.runs:
        title, found = results.title_of(run), run.evidence.get(KEY)
        if not found:
            section.missing.append(Missing(title, "occlusion maps", "medgan-tf occlusion EXPERIMENT.yaml"))
            continue
        rows += section.tried(f"{title}: agreement of importance maps", _agreement_rows, title, found) or []
        notes |= section.tried(f"{title}: notes on importance maps", _notes, found) or {}
    if rows:
        head = ["run", "classifier", "labels", "images", "measure", "value", "interval"]
        caption = "Agreement with the real-trained classifier's maps, and with the change of brightness"
        section.blocks += [paragraph(_INTRODUCTION), Table("occlusion", caption, head, rows), bullets(list(notes))]
    return [section]


def _notes(found: dict[str, Any]) -> dict[str, None]:
    notes = [
        *found["notes"],
        *_flat_lines(found),
        *narrow_lines(found["agreement_with_real"]),
        published_code_line(found.get("original_code", ())),
    ]
    if not all(isinstance(note, str) for note in notes):
        raise TypeError("a note is no text")
    return {note: None for note in notes if note}


def _agreement_rows(title: str, occlusion: dict[str, Any]) -> list[list[Any]]:
    rows = []
    for classifier, labels in occlusion["agreement_with_real"].items():
        for label, found in labels.items():
            for measure, value in found.items():
                if isinstance(value, dict) and "value" in value:
                    words = _MEASURES.get(measure, measure.replace("_", " "))
                    interval = Interval.of(value.get("interval"))
                    images = found.get("compared", len(occlusion["images"]))
                    rows.append([title, classifier, label, images, words, value["value"], interval])
    for classifier, labels in occlusion.get("agreement_with_brightness", {}).items():
        flat = next((one["flat_maps"] for one in occlusion["classifiers"] if one["title"] == classifier), {})
        for label, value in labels.items():
            images = len(occlusion["images"]) - flat.get(label, 0)
            interval = Interval.of(value.get("interval"))
            rows.append([title, classifier, label, images, "rank correlation with the change of brightness",
                         value["value"], interval])  # fmt: skip
    return rows


def _flat_lines(found: dict[str, Any]) -> list[str]:
    """How many maps are flat, and so in no agreement; results of version 0.1 do not say it."""
    if "agreement_with_brightness" not in found:
        return ["flat maps were not looked for by the version that made this"]
    count = len(found["images"])
    return [
        f"{one['title']}, {label}: {flat} of {count} maps are flat (no patch increases the loss by more than "
        f"{found['settings']['flat']:.1%} of it, or than rounding does) and are left out"
        for one in found["classifiers"]
        for label, flat in one["flat_maps"].items()
        if flat
    ]
