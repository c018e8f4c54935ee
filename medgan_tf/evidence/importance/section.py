"""Agreement of the classifiers' importance maps. No image and no pseudonym of one is shown."""

from pathlib import Path
from typing import Any

from medgan_tf.classification.published_code import published_code_line
from medgan_tf.evidence.importance.settings import KEY
from medgan_tf.evidence.report import Results
from medgan_tf.files.lenient_reader import LenientReader
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.presentation.blocks import Interval, Missing, Section, Table, bullets, paragraph

TITLE = "What the classifiers look at"
_MEASURES = {"rank_correlation": "rank correlation", "top_overlap": "overlap of the most important"}
_INTRODUCTION = (
    "A part of the image matters when hiding it makes the classifier worse (paper S.7, Figure 5). The maps of "
    "the classifier trained on real images are compared with those of the others. Another seed of the real images "
    "shows the best agreement to expect, shuffled labels the agreement by chance."
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
        caption = "Agreement with the real-trained classifier's maps"
        section.blocks += [paragraph(_INTRODUCTION), Table("occlusion", caption, head, rows), bullets(list(notes))]
    return [section]


def _notes(found: dict[str, Any]) -> dict[str, None]:
    notes = [*found["notes"], published_code_line(found.get("original_code", ()))]
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
                    rows.append([title, classifier, label, len(occlusion["images"]), words, value["value"], interval])
    return rows
