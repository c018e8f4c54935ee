"""Makes a report from result files: HTML, figures as PNG and SVG, tables as CSV and LaTeX, and the numbers as JSON."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import medgan_tf
from medgan_tf.errors import RunError
from medgan_tf.files.atomic import atomic_path
from medgan_tf.presentation.blocks import Html, Missing, Picture, Section, Table, bullets, paragraph
from medgan_tf.reporting.answer import answer_section
from medgan_tf.reporting.behaviour import occlusion_section, reader_section
from medgan_tf.reporting.curves import training_section
from medgan_tf.reporting.fidelity import fidelity_section
from medgan_tf.reporting.findings import findings_section
from medgan_tf.reporting.glossary import glossary_section
from medgan_tf.reporting.grid import grid_section
from medgan_tf.reporting.page import report_page
from medgan_tf.reporting.pictures import picture_section
from medgan_tf.reporting.privacy import privacy_section
from medgan_tf.reporting.provenance import provenance_section
from medgan_tf.reporting.results import Results, read_results
from medgan_tf.reporting.utility import utility_section

log = logging.getLogger(__name__)

PAGE = "report.html"
# Details of so many GANs make a page; for more there are tables, and reports of single experiments.
_MOST_DETAILED = 4
_KINDS = {"run": "One run", "experiment": "One experiment over its seeds", "grid": "A folder of experiments"}


@dataclass(frozen=True)
class Report:
    """A finished report.

    Attributes:
        kind: `run`, `experiment` or `grid`.
        files: What was written, the page first.
        missing: What was not measured.
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
        out: Where the report goes; None means `report` inside the folder.
        with_images: Whether pictures of real and synthetic images may be shown.

    Raises:
        DataError: The folder holds no runs.
        RunError: The report cannot be written.
    """
    results = read_results(path)
    folder = Path(path) / "report" if out is None else Path(out)
    sections = report_sections(results, with_images)
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


def report_sections(results: Results, with_images: bool = False) -> list[Section]:
    """All sections in order, the answer first."""
    details = len(results.gans) <= _MOST_DETAILED
    sections = [_made("The answer", lambda: answer_section(results))]
    if results.problems:
        problems = [Html("<p>These files are damaged and count as not measured:</p>"), bullets(results.problems)]
        sections.append(Section("Damaged files", problems))
    if results.failed:
        rows = [[job, cause] for job, cause in results.failed]
        sections.append(Section("Failed jobs", [Table("failed", "What failed, and why", ["job", "cause"], rows)]))
    if results.kind == "grid":
        sections.append(_made("All settings", lambda: grid_section(results)))
        sections.append(_made("Do the paper's findings show?", lambda: findings_section(results)))
    return [
        *sections,
        _made("What the data is worth", lambda: utility_section(results, details)),
        _made("How good the images are", lambda: fidelity_section(results, details)),
        _made("What the data gives away", lambda: privacy_section(results, details)),
        _made("What the classifiers look at", lambda: occlusion_section(results)),
        _made("Can radiologists tell?", lambda: reader_section(results)),
        _made("How the training went", lambda: training_section(results, details)),
        picture_section(results, with_images),
        glossary_section(),
        _made("Where the numbers come from", lambda: provenance_section(results)),
    ]


def _made(title: str, make: Callable[[], Section]) -> Section:
    """A section; or, where a result file lacks what it needs, a section that says so, so that the others still show."""
    try:
        return make()
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        cause = f"{type(error).__name__}: {error}"
        log.warning(f"{title}: a result file of another version or edited by hand ({cause}); make it again")
        text = f"A result file of this part is of another version or was edited by hand ({cause}). Make it again."
        command = "the command that wrote the result file"
        return Section(title, [paragraph(text)], [Missing("result files", title.lower(), command)])


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
