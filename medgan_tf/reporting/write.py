"""Makes a report from result files: one HTML page, its figures as PNG and SVG, its tables as CSV and LaTeX."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import medgan_tf
from medgan_tf.errors import RunError
from medgan_tf.evidence.report import Results
from medgan_tf.files.atomic import atomic_path
from medgan_tf.presentation.blocks import Missing, Picture, Section, Table, bullets, paragraph
from medgan_tf.reporting.answer import answer_section
from medgan_tf.reporting.curves import training_section
from medgan_tf.reporting.glossary import glossary_section
from medgan_tf.reporting.grid import grid_sections, joined
from medgan_tf.reporting.page import report_page
from medgan_tf.reporting.pictures import picture_section
from medgan_tf.reporting.provenance import provenance_section
from medgan_tf.reporting.results import read_results
from medgan_tf.reporting.rooms import Room, broken_section, guarded, rooms

PAGE = "report.html"
# Details of so many GANs make a page; for more there are tables, and reports of single experiments.
_MOST_DETAILED = 4
_KINDS = {"run": "One run", "experiment": "One experiment over its seeds", "grid": "A folder of experiments"}


@dataclass(frozen=True)
class Report:
    """A finished report.

    Attributes:
        kind: `run`, `experiment` or `grid`.
        files: The written files, the page first.
        missing: Measurements that have not been made.
        problems: Result files that could not be read.
    """

    kind: str
    files: list[Path]
    missing: list[Missing]
    problems: list[str]


def write_report(path: str | Path, out: str | Path | None = None, with_images: bool = False) -> Report:
    """Reports on a run, an experiment or a folder of experiments, from its result files alone.

    Args:
        path: The folder.
        out: Folder of the report; None means `report` inside the folder.
        with_images: Whether pictures of real and synthetic images may be shown.

    Raises:
        DataError: The folder holds no runs.
        RunError: The report cannot be written.
    """
    asked = rooms()
    results = read_results(path, asked)
    folder = Path(path) / "report" if out is None else Path(out)
    sections = report_sections(results, asked, with_images)
    missing = list(dict.fromkeys(one for section in sections for one in section.missing))
    lead = f"{_KINDS[results.kind]}: {_count(len(results.runs), 'run')} of {_count(len(results.gans), 'setting')}."
    made_with = f"Made by medgan-tf {medgan_tf.__version__} from result files. For research. Not a medical device."
    page = report_page(f"Synthetic images: {results.title}", lead, sections, missing, made_with)
    try:
        files = [_write(folder / PAGE, page.encode()), *_write_blocks(folder, sections)]
    except OSError as error:
        raise RunError(f"cannot write the report to {folder}: {error.strerror}") from error
    return Report(results.kind, files, missing, list(results.problems))


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def report_sections(results: Results, rooms: Sequence[Room], with_images: bool = False) -> list[Section]:
    """All sections in order: the answer, the findings over all settings, each room's part, training and origin."""
    details = len(results.gans) <= _MOST_DETAILED
    sections = [answer_section(results, rooms), *_troubles(results)]
    if results.kind == "grid":
        sections += grid_sections(results, rooms)
    sections += [section for room in rooms for section in room.sections(results, details)]
    parts = {
        "How the training went": lambda: training_section(results, details),
        "Pictures": lambda: picture_section(results, rooms, with_images),
        "Which number means what": lambda: glossary_section(rooms),
        "Where the numbers come from": lambda: provenance_section(results, rooms),
    }
    for title, make in parts.items():
        sections.append(guarded(title, make, lambda cause, title=title: broken_section(title, cause)))
    return joined(sections)


def _troubles(results: Results) -> list[Section]:
    """Damaged files and failed jobs, where there are any."""
    sections = []
    if results.problems:
        problems = [paragraph("These files are damaged and count as not measured:"), bullets(results.problems)]
        sections.append(Section("Damaged files", problems))
    if results.failed:
        rows = [[job, cause] for job, cause in results.failed]
        sections.append(Section("Failed jobs", [Table("failed", "What failed, and why", ["job", "cause"], rows)]))
    return sections


def _write_blocks(folder: Path, sections: list[Section]) -> list[Path]:
    files = []
    for block in (block for section in sections for block in section.blocks):
        if isinstance(block, Picture):
            files += [_write(folder / "figures" / f"{block.name}.{kind}", content)
                      for kind, content in (("png", block.png), ("svg", block.svg))]  # fmt: skip
        elif isinstance(block, Table):
            files += [_write(folder / "tables" / f"{block.name}.{kind}", content.encode())
                      for kind, content in (("csv", block.csv()), ("tex", block.latex()))]  # fmt: skip
    return files


def _write(path: Path, content: bytes) -> Path:
    with atomic_path(path) as partial:
        partial.write_bytes(content)
    return path
