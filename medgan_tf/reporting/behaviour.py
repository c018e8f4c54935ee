"""What classifiers look at (occlusion), and whether radiologists can tell real from synthetic images."""

from html import escape
from typing import Any

from medgan_tf.classification.published_code import published_code_line
from medgan_tf.evidence.readers.figures import draw_result, result_figure
from medgan_tf.evidence.readers.section import report_section
from medgan_tf.presentation.blocks import (
    Html,
    Interval,
    Missing,
    Picture,
    Section,
    Table,
    bullets,
    cell_text,
    paragraph,
)
from medgan_tf.reporting.fidelity import run_title
from medgan_tf.reporting.results import Results

_MEASURES = {"rank_correlation": "rank correlation", "top_overlap": "overlap of the most important"}


def occlusion_section(results: Results) -> Section:
    """Agreement of importance maps, beside ceiling and floor."""
    section = Section("What the classifiers look at")
    rows, notes = [], {}
    for run in results.runs:
        title = run_title(results, run)
        if not run.occlusion:
            section.missing.append(Missing(title, "occlusion maps", "medgan-tf occlusion EXPERIMENT.yaml"))
            continue
        rows += _agreement_rows(title, run.occlusion)
        notes |= dict.fromkeys(run.occlusion["notes"])
        if remark := published_code_line(run.occlusion.get("original_code", ())):
            notes[remark] = None
    if rows:
        section.blocks += [
            paragraph(
                "A part of the image matters when hiding it makes the classifier worse (paper S.7, Figure 5). Compared "
                "are maps of the classifier trained on real images with those of the others; another seed of the real "
                "images shows what agreement to expect at best, shuffled labels what remains by chance."
            ),
            Table("occlusion", "Agreement with the real-trained classifier's maps",
                  ["run", "classifier", "labels", "images", "measure", "value", "interval"], rows),
            bullets(list(notes)),
        ]  # fmt: skip
    return section


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


def reader_section(results: Results) -> Section:
    """The reader study of each run that has one."""
    section = Section("Can radiologists tell?")
    for run in results.runs:
        title = run_title(results, run)
        if not run.reader_study:
            command = "medgan-tf reader-study create EXPERIMENT.yaml, then score"
            section.missing.append(Missing(title, "reader study", command))
            continue
        # The section brings its own figure and heading; here it stands under this section's.
        html = report_section(run.reader_study, result_figure(run.reader_study))
        html = html.replace("<h2>Reader study</h2>", f"<h3>{escape(title)}</h3>")
        stem = f"readers-{title.replace('/', '-')}"
        section.blocks += [
            Html(html),
            Picture(stem, f"{title}: accuracy of each reader", draw_result(run.reader_study), shown=False),
            _reader_table(run.reader_study, stem, title),
        ]
    return section


def _reader_table(study: dict[str, Any], stem: str, title: str) -> Table:
    names = [name for name in ("TR", "FR", "TS", "FS", "correct", "total") if name in study["readers"][0]]
    rows = [[str(reader["reader"]), *(reader[name] for name in names), reader["accuracy"],
             Interval.of(reader["accuracy_interval"])] for reader in study["readers"]]  # fmt: skip
    mean = cell_text(study["over_readers"]["accuracy"]["mean"])
    caption = f"{title}: readers, mean accuracy {mean}"
    head = ["reader", *names, "accuracy", "interval"]
    return Table(stem, caption, head, rows, shown=False)
