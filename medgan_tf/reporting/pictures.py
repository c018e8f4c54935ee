"""Pictures of real and synthetic images: on the page only when asked for."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

from medgan_tf.evidence.report import Results, RunResults
from medgan_tf.presentation.blocks import Html, Section, heading, paragraph
from medgan_tf.presentation.page import data_uri
from medgan_tf.reporting.rooms import Room

_MOST_RUNS = 2
_MOST_BYTES = 2_000_000
_EXPLORED = {
    "combinations.png": "Generated images by label combination, one noise vector in each column",
    "sweep.png": "One label added to the same noise",
    "truncation.png": "Truncated noise",
    "between_noise.png": "From one noise vector to another",
    "between_labels.png": "From one label combination to another",
}
_WARNING = "These pictures show images of patients, or images that may be close to them: do not publish this report."


def picture_section(results: Results, rooms: Sequence[Room], with_images: bool) -> Section:
    """Samples and the rooms' pictures of the first runs."""
    section = Section("Pictures")
    if not with_images:
        text = "This report shows no images. `medgan-tf report --with-images` shows them."
        section.blocks.append(paragraph(text))
        return section
    section.blocks.append(paragraph(_WARNING))
    for run in results.runs[:_MOST_RUNS]:
        found = [(caption, path) for caption, path in _pictures(run, rooms) if path.is_file()]
        section.blocks.append(heading(results.title_of(run)))
        section.blocks += [_picture(caption, path) for caption, path in found]
        if not found:
            section.blocks.append(paragraph("No pictures have been made."))
    if (more := len(results.runs) - _MOST_RUNS) > 0:
        words = "1 more run lie in its folder" if more == 1 else f"{more} more runs lie in their folders"
        section.blocks.append(paragraph(f"Pictures of {words}."))
    return section


def _pictures(run: RunResults, rooms: Sequence[Room]) -> list[tuple[str, Path]]:
    samples = "Real images to the left, synthetic ones to the right, one row per label combination"
    return [
        (samples, run.folder.samples / "latest.png"),
        *((caption, run.folder.explore / name) for name, caption in _EXPLORED.items()),
        *(picture for room in rooms for picture in room.pictures(run.folder)),
    ]


def _picture(caption: str, path: Path) -> Html:
    if path.stat().st_size > _MOST_BYTES:
        return paragraph(f"{caption}: {path.name} is too large for this page; it lies in the run folder.")
    text = escape(caption, quote=True)
    source = data_uri("image/png", path.read_bytes())
    return Html(f'<figure><img alt="{text}" src="{source}"><figcaption>{text}</figcaption></figure>')
