"""The rooms of evidence as a report asks them. An error of a room costs only its own part of the report."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from medgan_tf.evidence.report import ALL_SETTINGS, GridColumns, Results
from medgan_tf.files.lenient_reader import LenientReader
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.presentation.blocks import Missing, Section, Table, paragraph
from medgan_tf.presentation.cards import ABSENT, Card, cards_block
from medgan_tf.presentation.page import section_html
from medgan_tf.registry import EVIDENCE

log = logging.getLogger(__name__)

T = TypeVar("T")


def guarded(title: str, make: Callable[[], T], instead: Callable[[str], T]) -> T:
    """The result of `make`; if it fails, the result of `instead` for the cause.

    Result files may be of another version or edited by hand, and rooms may be of another package. So any error is
    possible.
    """
    try:
        return make()
    except Exception as error:
        cause = f"{type(error).__name__}: {error}"
        log.warning(f"{title}: cannot be shown ({cause}); a result file may be of another version: make it again")
        return instead(cause)


def _sentence(what: str, cause: str) -> str:
    return (
        f"{what} cannot be shown ({cause}). Most often a result file is of another version or was edited by hand: make "
        "it again."
    )


def broken_section(title: str, cause: str, what: str = "") -> Section:
    """A section that says that it cannot be shown. The others are shown.

    Args:
        title: Its heading.
        cause: The error.
        what: The part that is broken, where it is not the whole section.
    """
    missing = Missing("result files", (what or title).lower(), "the command that wrote the result file")
    return Section(title, [paragraph(_sentence(what or "This part", cause))], [missing])


@dataclass(frozen=True)
class Room:
    """A room's part of reports; see `evidence.report.ReportSection` for what its module offers.

    Attributes:
        key: Its key in `RunResults.evidence`.
        module: Its module `section`; None where it cannot be loaded.
        problem: The reason why it cannot be loaded.
    """

    key: str
    module: ModuleType | None
    problem: str = ""

    @property
    def title(self) -> str:
        """Heading of its part."""
        return str(getattr(self.module, "TITLE", self.key))

    @property
    def terms(self) -> dict[str, str]:
        """Its words for the glossary."""
        return dict(getattr(self.module, "TERMS", {}))

    def read(self, run: RunFolder, reader: LenientReader) -> Any:
        """Its result for a run, or None; a file that it cannot use counts as damaged."""
        if self.module is None:
            return None

        def unreadable(cause: str) -> None:
            reader.problems.append(f"{run.path.name}: {self.title} cannot be read ({cause}); make it again")

        return guarded(self.title, lambda: self.module.read(run, reader), unreadable)

    def sections(self, results: Results, details: bool) -> list[Section]:
        """Its part of the report."""
        if self.module is None:
            return [broken_section(self.title, self.problem)]
        return guarded(self.title, lambda: _drawn(self.module.sections(results, details)),
                       lambda cause: [broken_section(self.title, cause)])  # fmt: skip

    def card(self, results: Results) -> Card | None:
        """Its part of the answer, if it has one."""

        def asked() -> Card | None:
            card = self.module.card(results) if hasattr(self.module, "card") else None
            cards_block([card] if card else [])
            return card

        def broken(cause: str) -> Card:
            return Card(self.title, ABSENT, "Cannot be shown", [_sentence("This part", cause)])

        return guarded(self.title, asked, broken)

    def grid_columns(self, results: Results) -> GridColumns | None:
        """Its columns of the table of all settings, if it has any."""
        if not hasattr(self.module, "grid_columns"):
            return None

        def asked() -> GridColumns:
            columns = self.module.grid_columns(results)
            widths = {len(row) for row in columns.rows}
            if len(columns.rows) != len(results.gans) or widths - {len(columns.head)}:
                raise ValueError(f"expected {len(results.gans)} rows of {len(columns.head)} cells")
            return columns

        def broken(_: str) -> GridColumns:
            return GridColumns([self.title], [["cannot be shown"]] * len(results.gans))

        return guarded(self.title, asked, broken)

    def grid_sections(self, results: Results) -> list[Section]:
        """Its sections of a folder of experiments, before all single parts."""
        if not hasattr(self.module, "grid_sections"):
            return []
        return guarded(self.title, lambda: _drawn(self.module.grid_sections(results)),
                       lambda cause: [broken_section(ALL_SETTINGS, cause, self.title)])  # fmt: skip

    def pictures(self, run: RunFolder) -> list[tuple[str, Path]]:
        """Captions and files of its pictures of a run."""
        return self._asked("pictures", (run,), lambda _: [], [])

    def hashes(self, result: Any) -> list[tuple[str, str | None]]:
        """The inputs of a result, in words and as SHA-256."""
        return self._asked("hashes", (result,), lambda _: [(self.title, "cannot be read")], [])

    def _asked(self, name: str, values: tuple, instead: Callable[[str], T], without: T) -> T:
        ask = getattr(self.module, name, None)
        return guarded(self.title, lambda: ask(*values), instead) if ask else without


def _drawn(sections: Sequence[Section]) -> list[Section]:
    """The sections. Each block is drawn once here, so that an error shows now and not later."""
    for section in sections:
        section_html(section)
        for block in section.blocks:
            if isinstance(block, Table):
                block.csv(), block.latex()
    return list(sections)


def rooms() -> list[Room]:
    """The rooms that have a part in reports, in their order, and the rooms that cannot be loaded."""
    found = [guarded(f"evidence {key!r}", lambda key=key: Room(key, EVIDENCE.section(key)),
                     lambda cause, key=key: Room(key, None, cause)) for key in EVIDENCE.names()]  # fmt: skip
    return [room for room in found if room.module is not None or room.problem]
