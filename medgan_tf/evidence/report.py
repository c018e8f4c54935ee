"""The interface between a room and a report: the names that `section.py` offers, and their arguments.

A report reads result files only, so `section.py` must not import TensorFlow. Every name but `TITLE`, `read` and
`sections` may be left out. A room that shows one number needs no more than this::

    TITLE = "How large the files are"

    def read(run, reader):
        return reader.json(run.evaluation / "size.json")

    def sections(results, details):
        section = Section(TITLE)
        for run in results.runs:
            if "size" in run.evidence:
                section.blocks.append(paragraph(f"{results.title_of(run)}: {run.evidence['size']['bytes']:,} bytes"))
            else:
                section.missing.append(Missing(results.title_of(run), "size", "medgan-tf run EXPERIMENT.yaml"))
        return [section]

Whatever one of these functions raises costs the room's own part of the report and nothing else. What a section makes by
`Section.add` fails alone: the page says so in its place. A failure is also named at the top of the page.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from medgan_tf.accounting.filed import FiledGuarantee
from medgan_tf.evidence.comparison import Comparison
from medgan_tf.files.lenient_reader import LenientReader
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.presentation.blocks import Cell, Section
from medgan_tf.presentation.cards import Card

ALL_SETTINGS = "All settings"
FINDINGS = "Do the paper's findings show?"
"""Titles of the two sections of a folder of experiments that rooms share."""


@dataclass(frozen=True)
class RunResults:
    """One training run. `None` stands for a file that is not there or cannot be read.

    Attributes:
        folder: Its folder.
        config, environment: Settings of the run, and the machine that it ran on.
        dataset: Counts and remarks of the dataset that it was trained on.
        metrics, events: One entry per tick; what the watchdog did.
        stages: Name to record of `medgan-tf run`.
        generator: The exported generator's card.
        evidence: The results that the rooms have read, by key. A room without a result is not in it.
        origin: Whose a generator from elsewhere is, see `data.records.synthesis.ExternalOrigin`; None for our own.
        guarantee: What is filed about the privacy of the training that made the images; None where it was not private.
    """

    folder: RunFolder
    config: dict[str, Any] | None
    environment: dict[str, Any] | None
    metrics: list[dict[str, Any]]
    events: list[dict[str, Any]]
    stages: dict[str, dict[str, Any]]
    generator: dict[str, Any] | None
    evidence: dict[str, Any] = field(default_factory=dict)
    dataset: dict[str, Any] | None = None
    origin: dict[str, Any] | None = None
    guarantee: FiledGuarantee | None = None

    @property
    def name(self) -> str:
        """The name of the folder, e.g. `cpd-seed1000`."""
        return self.folder.path.name

    @property
    def seed(self) -> int:
        """The seed of the GAN."""
        return self.folder.seed


@dataclass(frozen=True)
class GanResults:
    """One architecture in one experiment, with its runs by seed (at least one)."""

    experiment: str
    architecture: str
    runs: tuple[RunResults, ...]

    @property
    def title(self) -> str:
        """The name for headings."""
        return f"{self.experiment}, {self.architecture}"

    @property
    def stem(self) -> str:
        """The beginning of file names."""
        return f"{self.experiment}-{self.architecture}"


@dataclass(frozen=True)
class Results:
    """Everything that a report is about.

    Attributes:
        kind: `run`, `experiment` or `grid`.
        title: Name of what is reported.
        gans: Every experiment and architecture.
        problems: Damaged files, one line each.
        failed: Jobs of a grid that failed, with the cause, as of the grid's last end.
        plans: Content of the `plan.json` of each experiment that has one, by its name; None for one that is damaged.
    """

    kind: str
    title: str
    gans: tuple[GanResults, ...]
    problems: tuple[str, ...] = ()
    failed: tuple[tuple[str, str], ...] = ()
    plans: dict[str, dict[str, Any] | None] = field(default_factory=dict)

    @property
    def runs(self) -> list[RunResults]:
        """All runs."""
        return [run for gan in self.gans for run in gan.runs]

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """Places in `gans` of all pairs of one experiment: they share its real images, test patients and seeds."""
        places = itertools.combinations(range(len(self.gans)), 2)
        return [(one, other) for one, other in places if self.gans[one].experiment == self.gans[other].experiment]

    def title_of(self, run: RunResults) -> str:
        """A run's name, with its experiment where there are several."""
        return f"{run.folder.experiment}/{run.name}" if self.kind == "grid" else run.name

    def stem_of(self, run: RunResults) -> str:
        """The same for names of files."""
        return self.title_of(run).replace("/", "-")

    def only(self, gan: GanResults) -> "Results":
        """The same report, of one GAN alone."""
        return replace(self, gans=(gan,))


@dataclass(frozen=True)
class GridColumns:
    """A room's columns of the table of all settings.

    Attributes:
        head: Column titles.
        rows: Cells, one row for each of `Results.gans`.
        remarks: Remarks on the numbers, a sentence each.
    """

    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    remarks: Sequence[str] = ()


class ReportSection(Protocol):
    """The names that the module `section` of a room offers. Only `TITLE`, `read` and `sections` must be there."""

    TITLE: str
    """Heading of the room's part."""
    TERMS: dict[str, str]
    """Words for the glossary, each with one or two sentences."""

    @staticmethod
    def read(run: RunFolder, reader: LenientReader) -> Any:
        """The room's result for one run, or None where nothing was measured. It becomes `RunResults.evidence[KEY]`."""

    @staticmethod
    def sections(results: Results, details: bool) -> list[Section]:
        """The room's part of the report.

        Args:
            results: The results that the report is about.
            details: Whether there are few enough GANs to show each of them at length.
        """

    @staticmethod
    def card(results: Results) -> Card | Sequence[Card] | None:
        """The room's part of the answer at the top: for one GAN, or for all where there are many. May be several."""

    @staticmethod
    def grid_columns(results: Results) -> GridColumns:
        """The room's columns of the table of all settings, in the report of a folder of experiments."""

    @staticmethod
    def grid_sections(results: Results) -> list[Section]:
        """The sections that the room shows before all single parts in the report of a folder of experiments.

        Sections with the same title, e.g. `ALL_SETTINGS` or `FINDINGS`, are joined over the rooms.
        """

    @staticmethod
    def comparison(results: Results) -> Comparison:
        """The room's part of the comparison of generators; see `evidence.comparison`. Asked where there are several."""

    @staticmethod
    def pictures(run: RunFolder) -> list[tuple[str, Path]]:
        """Caption and PNG file of pictures that may show patients; those that exist are shown when asked for."""

    @staticmethod
    def hashes(result: Any) -> list[tuple[str, str | None]]:
        """The inputs of a result: words and SHA-256. `result` is the value that `read` returned for a run."""

    @staticmethod
    def measured(result: Any) -> dict[str, Any]:
        """What a result was measured with, by dotted keys of the config, to be compared with the plan of the study.

        A set (`frozenset`) stands for values that were measured side by side. Without this function, the `settings`
        that the result keeps are taken for the section `evaluation.<KEY>`.
        """
