"""The rooms of evidence as a report asks them. An error of a room costs only its own part of the report."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from medgan_tf.config.renamed import as_today
from medgan_tf.config.section import Section as ConfigSection
from medgan_tf.evidence.comparison import Comparison
from medgan_tf.evidence.report import ALL_SETTINGS, GridColumns, Results
from medgan_tf.files.lenient_reader import LenientReader
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.presentation.blocks import Section, cell_text
from medgan_tf.presentation.cards import UNSURE, Card, cards_block
from medgan_tf.presentation.failures import Failed, failed
from medgan_tf.registry import EVIDENCE
from medgan_tf.reporting.checked import broken_section, checked_comparison, checked_sections
from medgan_tf.workflow.study_plan import flat, without_folders

T = TypeVar("T")


@dataclass(frozen=True)
class Room:
    """A room's part of reports; see `evidence.report.ReportSection` for what its module offers.

    Attributes:
        key: Its key in `RunResults.evidence`.
        module: Its module `section`; None where it cannot be loaded.
        problem: The reason why it cannot be loaded.
        failures: What it could not give so far, beside blocks of its sections.
        damaged: Files of its own that could not be read so far, one line each.
    """

    key: str
    module: ModuleType | None
    problem: Exception | None = None
    failures: list[Failed] = field(default_factory=list, compare=False)
    damaged: list[str] = field(default_factory=list, compare=False)

    @property
    def title(self) -> str:
        """Heading of its part."""
        return str(getattr(self.module, "TITLE", self.key))

    def terms(self) -> dict[str, str]:
        """Its words for the glossary."""

        def asked() -> dict[str, str]:
            terms = dict(getattr(self.module, "TERMS", {}))
            if not all(isinstance(text, str) for pair in terms.items() for text in pair):
                raise TypeError("a word or its meaning is no text")
            return terms

        return self._guarded("words of the glossary", asked, lambda _: {})

    def read(self, run: RunFolder, reader: LenientReader) -> Any:
        """Its result for a run, or None; a file that it cannot use counts as damaged."""
        if self.module is None:
            return None
        before = len(reader.problems)
        try:
            return self.module.read(run, reader)
        except Exception as error:
            cause = failed(f"{run.path.name}: {self.title}", error).reason
            reader.problems.append(f"{run.path.name}: {self.title} cannot be read ({cause}); make it again")
            return None
        finally:
            self.damaged.extend(reader.problems[before:])

    def sections(self, results: Results, details: bool) -> list[Section]:
        """Its part of the report."""
        if self.module is None:
            return [broken_section(self.title, self.problem or ImportError("no reason is known"))]
        try:
            return checked_sections(self.module.sections(results, details))
        except Exception as error:
            return [broken_section(self.title, error)]

    def cards(self, results: Results) -> list[Card]:
        """Its part of the answer, if it has one."""

        def asked() -> list[Card]:
            found = self.module.card(results) if hasattr(self.module, "card") else None
            cards = [found] if isinstance(found, Card) else list(found or ())
            cards_block(cards)
            return cards

        def broken(found: Failed) -> list[Card]:
            lines = [found.sentence, "Nothing is known about this question until its result files are made again."]
            return [Card(self.title, UNSURE, "Could not be made", lines)]

        return self._guarded("answer", asked, broken)

    def grid_columns(self, results: Results) -> GridColumns | None:
        """Its columns of the table of all settings, if it has any."""
        if not hasattr(self.module, "grid_columns"):
            return None

        def asked() -> GridColumns:
            columns = self.module.grid_columns(results)
            widths = {len(row) for row in columns.rows}
            if len(columns.rows) != len(results.gans) or widths - {len(columns.head)}:
                raise ValueError(f"expected {len(results.gans)} rows of {len(columns.head)} cells")
            if not all(isinstance(text, str) for text in (*columns.head, *columns.remarks)):
                raise TypeError("a title or remark is no text")
            for row in columns.rows:
                list(map(cell_text, row))
            return columns

        def broken(_: Failed) -> GridColumns:
            return GridColumns([self.title], [["could not be made"]] * len(results.gans))

        return self._guarded("columns of all settings", asked, broken)

    def grid_sections(self, results: Results) -> list[Section]:
        """Its sections of a folder of experiments, before all single parts."""
        if not hasattr(self.module, "grid_sections"):
            return []
        try:
            return checked_sections(self.module.grid_sections(results))
        except Exception as error:
            return [broken_section(ALL_SETTINGS, error, self.title)]

    def comparison(self, results: Results) -> Comparison | None:
        """Its part of the comparison of generators, if it has one."""
        if not hasattr(self.module, "comparison"):
            return None

        def broken(_: Failed) -> Comparison:
            return Comparison([self.title], [["could not be made"]] * len(results.gans), [self.title])

        part = "comparison of generators"
        return self._guarded(part, lambda: checked_comparison(self.module.comparison(results), results), broken)

    def pictures(self, run: RunFolder) -> list[tuple[str, Path]]:
        """Captions and files of its pictures of a run."""

        def asked() -> list[tuple[str, Path]]:
            return [(str(caption), Path(path)) for caption, path in self.module.pictures(run)]

        return self._guarded("pictures", asked, lambda _: []) if hasattr(self.module, "pictures") else []

    def hashes(self, result: Any) -> list[tuple[str, str | None]]:
        """The inputs of a result, in words and as SHA-256."""

        def asked() -> list[tuple[str, str | None]]:
            return [(str(words), str(value) if value else None) for words, value in self.module.hashes(result)]

        if not hasattr(self.module, "hashes"):
            return []
        return self._guarded("hashes of what it was made from", asked, lambda _: [(self.title, "cannot be read")])

    def measured(self, result: Any) -> dict[str, Any]:
        """What a result was measured with, by dotted key."""

        def asked() -> dict[str, Any]:
            if hasattr(self.module, "measured"):
                return without_folders(dict(self.module.measured(result)))
            settings, model = result.get("settings") if isinstance(result, dict) else None, self._config()
            if not isinstance(settings, dict) or model is None:
                return {}
            return flat(without_folders(as_today(settings, model)), f"evaluation.{self.key}.")

        return self._guarded("what it was measured with", asked, lambda _: {})

    def _config(self) -> type[ConfigSection] | None:
        """The section of its options."""
        return getattr(EVIDENCE.settings(self.key), "CONFIG", None) if self.key in EVIDENCE.names() else None

    def _guarded(self, part: str, make: Callable[[], T], instead: Callable[[Failed], T]) -> T:
        """The result of `make`; if it fails, the result of `instead`, and the failure is remembered."""
        try:
            return make()
        except Exception as error:
            self.failures.append(failed(f"{self.title}: {part}", error))
            return instead(self.failures[-1])


def rooms() -> list[Room]:
    """The rooms that have a part in reports, in their order, and the rooms that cannot be loaded."""
    found = []
    for key in EVIDENCE.names():
        try:
            module = EVIDENCE.section(key)
        except Exception as error:
            failed(f"evidence {key!r}", error)
            found.append(Room(key, None, error))
            continue
        if module is not None:
            found.append(Room(key, module))
    return found


def own_section(title: str, make: Callable[..., Section], *arguments: Any) -> Section:
    """A section that is made of no room. If it fails, one that says so."""
    try:
        return checked_sections([make(*arguments)])[0]
    except Exception as error:
        return broken_section(title, error)


def all_failures(rooms: Sequence[Room]) -> list[Failed]:
    """Everything that the rooms could not give, beside blocks of sections."""
    return [found for room in rooms for found in room.failures]
