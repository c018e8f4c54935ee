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
        blocks = _Blocks(results, parts, pairs, experiment, members, len(groups) <= _MOST_DETAILED)
        section.add(f"{experiment}: generators side by side", blocks.joined)
        section.add(f"{experiment}: ranks of generators", blocks.ranks)
        section.add(f"{experiment}: differences between generators", blocks.differences)
        section.add(f"{experiment}: generators by question", blocks.details)
    remarks = list(dict.fromkeys(f"{part.title}: {one}." for part in parts for one in part.found.remarks))
    section.blocks.append(bullets(remarks))
    return section


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
        detailed: Whether the page shows the tables of single questions; else they are written as files only.
    """

    results: Results
    parts: Sequence[_Part]
    pairs: Sequence[Judged]
    experiment: str
    members: Sequence[int]
    detailed: bool

    def joined(self) -> Table:
        """One row for each generator: what matters of every question."""
        head, rows = ["generator"], [[self._name(member)] for member in self.members]
        for part in self.parts:
            head += part.found.brief
            places = [list(part.found.head).index(title) for title in part.found.brief]
            for row, member in zip(rows, self.members, strict=True):
                row += [part.found.rows[member][place] for place in places]
        caption = f"{self.experiment}: generators side by side, not in any order"
        return Table(f"generators-{self.experiment}", caption, head, rows)

    def details(self) -> list[Table]:
        """A table for each question."""
        return [
            Table(
                f"compared-{part.key}-{self.experiment}",
                f"{self.experiment}: {part.title}",
                ["generator", *part.found.head],
                [[self._name(member), *part.found.rows[member]] for member in self.members],
                shown=self.detailed,
            )
            for part in self.parts
        ]

    def ranks(self) -> list[Table]:
        """The rank of each generator in each quantity, as an interval."""
        quantities = [
            quantity
            for part in self.parts
            for quantity in part.found.ranked
            if any(pair.first in self.members for pair in quantity.pairs)
        ]
        if not quantities:
            return []
        found = [ranks(quantity, self.pairs, self.members) for quantity in quantities]
        rows: list[list[Cell]] = [[self._name(member), *(one[member] for one in found)] for member in self.members]
        caption = (
            f"{self.experiment}: rank of each generator, best possible to worst possible. Rank 1 is the best. "
            f"{'; '.join(f'{one.title}: for {one.speaks_for}' for one in quantities)}"
        )
        head = ["generator", *(f"rank by {one.title}" for one in quantities)]
        return [Table(f"ranks-{self.experiment}", caption, head, rows)]

    def differences(self) -> list[Table]:
        """Every pair in every quantity, and whether its difference is shown."""
        own = [one for one in self.pairs if one.pair.first in self.members]
        caption = (
            f"{self.experiment}: differences between generators. p Holm: corrected for both directions of all pairs "
            "of this page. The intervals are not corrected"
        )
        rows = [self._difference(one) for one in own]
        name = f"differences-{self.experiment}"
        return [Table(name, caption, _DIFFERENCES, rows, shown=self.detailed)] if rows else []

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
