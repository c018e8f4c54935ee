"""Several generators of one experiment side by side: every question, what is shown of each pair, and ranks.

There is no score over the questions: how much utility makes up for how much fidelity, or for a broken limit, is not
for a program to say.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from medgan_tf.evidence.comparison import Comparison
from medgan_tf.evidence.report import Results
from medgan_tf.presentation.blocks import Cell, PValue, Section, Table, bullets, heading, paragraph
from medgan_tf.reporting.checked import checked_comparison
from medgan_tf.reporting.cost import cost
from medgan_tf.reporting.ranks import Judged, judged, ranks
from medgan_tf.reporting.rooms import Room, own_section

COMPARED = "Generators side by side"
_MOST_DETAILED = 4
_INTRODUCTION = (
    "The generators of an experiment were measured against the same real images and the same test patients. A "
    "difference counts as shown only when its p-value is at most 0.05 after Holm's correction for both directions of "
    "all {pairs} that this page tests: at most about 5 of 100 such pages show any difference that is not there. A rank "
    "is an interval from the best to the worst possible place. The best place is 1 plus the number of generators that "
    "are shown to be better; the worst is the last place less the number of those that are shown to be worse. In at "
    "least 95 of 100 pages all these intervals hold the true ranks. Values that were not measured in the same way are "
    "not ranked against each other. There is no score over all questions."
)
_DIFFERENCES = ("quantity", "first", "second", "first - second", "95 % interval of this pair alone", "p", "p Holm",
                "shown")  # fmt: skip


@dataclass(frozen=True)
class _Part:
    """A room's comparison with the name of its table."""

    key: str
    title: str
    found: Comparison


def comparison_sections(results: Results, rooms: Sequence[Room]) -> list[Section]:
    """The comparison, where an experiment has several generators; else nothing."""
    return [own_section(COMPARED, _section, results, rooms)] if results.pairs else []


def _section(results: Results, rooms: Sequence[Room]) -> Section:
    parts = [_Part(room.key, room.title, found) for room in rooms if (found := room.comparison(results))]
    parts.append(_Part("cost", "Cost", checked_comparison(cost(results), results)))
    pairs = judged([quantity for part in parts for quantity in part.found.ranked])
    tested = sum(one.found.p == one.found.p for one in pairs)
    introduction = _INTRODUCTION.format(pairs=f"{tested} pair{'' if tested == 1 else 's'}")
    section = Section(COMPARED, [paragraph(introduction)])
    groups = _groups(results)
    for experiment, members in groups.items():
        if len(groups) > 1:
            section.blocks.append(heading(experiment))
        blocks = _Blocks(results, parts, pairs, experiment, members)
        section.add(f"{experiment}: generators side by side", blocks.side_by_side)
        section.add(f"{experiment}: differences between generators", blocks.differences, len(groups) <= _MOST_DETAILED)
        section.add(f"{experiment}: tables of generators", blocks.files)
    section.blocks.append(bullets([remark for part in parts for remark in _remarks(part)]))
    return section


def _remarks(part: _Part) -> list[str]:
    by_scope: dict[str, list[str]] = {}
    for quantity in part.found.ranked:
        by_scope.setdefault(quantity.speaks_for, []).append(quantity.title)
    found = [f"differences and ranks by {', '.join(titles)} are for {scope}" for scope, titles in by_scope.items()]
    return [f"{part.title}: {one}." for one in dict.fromkeys([*found, *part.found.remarks])]


def _groups(results: Results) -> dict[str, list[int]]:
    """Places of the generators of each experiment that has several."""
    names = list(dict.fromkeys(results.gans[one].experiment for one, _ in results.pairs))
    return {name: [place for place, gan in enumerate(results.gans) if gan.experiment == name] for name in names}


@dataclass(frozen=True)
class _Blocks:
    """The tables of one experiment.

    Attributes:
        results: The results.
        parts: The rooms' parts.
        pairs: All pairs of the page, judged together.
        experiment: Name of the experiment.
        members: Places of its generators.
    """

    results: Results
    parts: Sequence[_Part]
    pairs: Sequence[Judged]
    experiment: str
    members: Sequence[int]

    def side_by_side(self) -> Table:
        """A column for each generator, a row for each thing that matters, question by question."""
        rows = []
        for part in self.parts:
            columns = self._columns(part, part.found.brief) | self._ranks(part)
            for number, (title, cells) in enumerate(columns.items()):
                rows.append([part.title if number == 0 else "", title, *cells])
        caption = f"{self.experiment}: generators side by side. Ranks: best possible to worst possible place"
        head = ["question", "what", *map(self._name, self.members)]
        return Table(f"side-by-side-{self.experiment}", caption, head, rows)

    def files(self) -> list[Table]:
        """A row for each generator: the same for all questions, and everything for each. Not shown on the page."""
        brief = {
            title: cells
            for part in self.parts
            for title, cells in (self._columns(part, part.found.brief) | self._ranks(part)).items()
        }
        tables = [self._file(f"generators-{self.experiment}", "generators", brief)]
        for part in self.parts:
            columns = self._columns(part, part.found.head) | self._ranks(part)
            tables.append(self._file(f"compared-{part.key}-{self.experiment}", part.title, columns))
        return tables

    def _file(self, name: str, title: str, columns: dict[str, list[Cell]]) -> Table:
        rows = [
            [self._name(member), *(cells[number] for cells in columns.values())]
            for number, member in enumerate(self.members)
        ]
        return Table(name, f"{self.experiment}: {title}", ["generator", *columns], rows, shown=False)

    def _columns(self, part: _Part, titles: Sequence[str]) -> dict[str, list[Cell]]:
        places = [list(part.found.head).index(title) for title in titles]
        cells = [[part.found.rows[member][place] for member in self.members] for place in places]
        return dict(zip(titles, cells, strict=True))

    def _ranks(self, part: _Part) -> dict[str, list[Cell]]:
        """The rank of each generator in each of a room's quantities, as an interval."""
        found: dict[str, list[Cell]] = {}
        for quantity in part.found.ranked:
            words = ranks(quantity, self.pairs, self.members)
            found[f"rank by {quantity.title}"] = [words[member] for member in self.members]
        return found

    def differences(self, shown: bool) -> list[Table]:
        """Every pair in every quantity, and whether its difference is shown."""
        rows = [self._difference(one) for one in self.pairs if one.pair.first in self.members]
        caption = (
            f"{self.experiment}: differences between generators. p Holm: corrected for both directions of all pairs "
            "of this page. The intervals are not corrected"
        )
        return [Table(f"differences-{self.experiment}", caption, _DIFFERENCES, rows, shown=shown)] if rows else []

    def _difference(self, one: Judged) -> list[Cell]:
        pair = one.pair
        named = [one.quantity.title, self._name(pair.first), self._name(pair.second)]
        if not pair.comparable:
            return [*named, "", "", "", "", f"not compared: {pair.reason}"]
        if pair.reason:
            return [*named, pair.value, pair.interval, "", "", f"not decided: {pair.reason}"]
        shown = "no difference is shown" if one.better is None else f"{self._name(one.better)} is better"
        return [*named, pair.value, pair.interval, PValue(one.found.p), PValue(one.found.corrected), shown]

    def _name(self, member: int) -> str:
        return self.results.gans[member].architecture
