"""Makes a report from result files: one HTML page, its figures as PNG and SVG, its tables as CSV and LaTeX."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import medgan_tf
from medgan_tf.errors import RunError
from medgan_tf.evidence.report import Results
from medgan_tf.files.atomic import write_together
from medgan_tf.presentation.blocks import Missing, Picture, Section, Table, bullets, paragraph
from medgan_tf.presentation.linked_files import Linked
from medgan_tf.reporting.answer import answer_section, troubles_block
from medgan_tf.reporting.checked import failures
from medgan_tf.reporting.comparison import comparison_sections
from medgan_tf.reporting.curves import training_section
from medgan_tf.reporting.glossary import glossary_section
from medgan_tf.reporting.grid import grid_sections, joined
from medgan_tf.reporting.page import report_page
from medgan_tf.reporting.pictures import picture_section
from medgan_tf.reporting.provenance import provenance_section
from medgan_tf.reporting.results import read_results
from medgan_tf.reporting.rooms import Room, all_failures, own_section, rooms
from medgan_tf.reporting.study_plan import PLANNED, answer_blocks, plan_checks, plan_section

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
        failed: Parts that could not be made, a sentence each.
    """

    kind: str
    files: list[Path]
    missing: list[Missing]
    problems: list[str]
    failed: list[str]

    def check(self) -> None:
        """Raises `RunError` when the report is not whole: a file is damaged, or a part could not be made."""
        if count := len(self.failed) + len(self.problems):
            first = [*self.failed, *self.problems][0]
            raise RunError(
                f"the report is not whole, as {count} of its parts could not be read or made (first: {first}); "
                f"{self.files[0]} says which"
            )


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
    broken = list(dict.fromkeys(one.sentence for one in (*failures(sections), *all_failures(asked))))
    if broken or results.problems:
        sections[0].blocks.insert(0, troubles_block([*broken, *results.problems]))
    missing = list(dict.fromkeys(one for section in sections for one in section.missing))
    lead = f"{_KINDS[results.kind]}: {_count(len(results.runs), 'run')} of {_count(len(results.gans), 'setting')}."
    made_with = f"Made by medgan-tf {medgan_tf.__version__} from result files. For research. Not a medical device."
    page = report_page(f"Synthetic images: {results.title}", lead, sections, missing, made_with)
    contents = {folder / PAGE: _encoded(page)} | _block_files(folder, sections)
    try:
        write_together(contents)
    except OSError as error:
        raise RunError(f"cannot write the report to {folder}: {error.strerror}") from error
    return Report(results.kind, list(contents), missing, list(results.problems), broken)


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def report_sections(results: Results, rooms: Sequence[Room], with_images: bool = False) -> list[Section]:
    """All sections in order: the answer, findings over all settings, generators side by side, rooms, and origin."""
    details = len(results.gans) <= _MOST_DETAILED
    parts = {room.key: room.sections(results, details) for room in rooms}
    broken = {room.key for room in rooms if room.damaged or room.failures or failures(parts[room.key])}
    checks = plan_checks(results, rooms)
    answer = answer_section(results, rooms, broken)
    answer.blocks += answer_blocks(checks)
    grid = grid_sections(results, rooms) if results.kind == "grid" else []
    grid += comparison_sections(results, rooms)
    own = [
        own_section("How the training went", training_section, results, details),
        own_section("Pictures", picture_section, results, rooms, with_images),
        own_section(PLANNED, plan_section, checks),
        own_section("Which number means what", glossary_section, rooms, results),
        own_section("Where the numbers come from", provenance_section, results, rooms),
    ]
    return joined([answer, *_troubles(results), *grid, *(one for part in parts.values() for one in part), *own])


def _troubles(results: Results) -> list[Section]:
    """Damaged files and failed jobs, where there are any."""
    sections = []
    if results.problems:
        said = paragraph("These files are damaged and count as not measured:")
        sections.append(Section("Damaged files", [said, bullets(results.problems)]))
    if results.failed:
        rows = [[job, cause] for job, cause in results.failed]
        sections.append(Section("Failed jobs", [Table("failed", "What failed, and why", ["job", "cause"], rows)]))
    return sections


def _block_files(folder: Path, sections: list[Section]) -> dict[Path, bytes]:
    """Content of the files of all figures and tables, and of further pages, by path."""
    files: dict[Path, bytes] = {}
    for block in (block for section in sections for block in section.blocks):
        if isinstance(block, Picture):
            name = folder / "figures" / block.name
            files |= {Path(f"{name}.png"): block.png, Path(f"{name}.svg"): block.svg}
        elif isinstance(block, Table):
            name = folder / "tables" / block.name
            files |= {Path(f"{name}.csv"): _encoded(block.csv()), Path(f"{name}.tex"): _encoded(block.latex())}
        elif isinstance(block, Linked):
            files |= {folder / name: content for name, content in block.files.items()}
    return files


def _encoded(text: str) -> bytes:
    """UTF-8; names of folders may hold bytes that are none."""
    return text.encode("utf-8", "backslashreplace")
