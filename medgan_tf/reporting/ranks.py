"""What is shown of all pairs of generators on a page, corrected together, and the ranks that follow."""

from collections.abc import Sequence
from dataclasses import dataclass

from medgan_tf.evidence.comparison import PairDifference, RankedQuantity
from medgan_tf.metrics.ranks import NOT_SHOWN, SMALLER, Direction, connected, rank_intervals, shown_directions


@dataclass(frozen=True)
class Judged:
    """A pair with what is shown of it.

    Attributes:
        quantity: The quantity.
        pair: The difference.
        found: The direction that is shown, and the corrected p-value.
    """

    quantity: RankedQuantity
    pair: PairDifference
    found: Direction

    @property
    def better(self) -> int | None:
        """The place of the generator that is shown to be better; None where nothing is shown."""
        if self.found.sign == NOT_SHOWN:
            return None
        first_is_better = (self.found.sign == SMALLER) == self.quantity.smaller_is_better
        return self.pair.first if first_is_better else self.pair.second

    @property
    def worse(self) -> int | None:
        """The other one of such a pair."""
        if self.better is None:
            return None
        return self.pair.second if self.better == self.pair.first else self.pair.first


def judged(quantities: Sequence[RankedQuantity]) -> list[Judged]:
    """All pairs of all quantities; their p-values are corrected for both directions of all of them together."""
    pairs = [(quantity, pair) for quantity in quantities for pair in quantity.pairs]
    found = shown_directions([pair.p_smaller for _, pair in pairs], [pair.p_larger for _, pair in pairs])
    return [Judged(quantity, pair, one) for (quantity, pair), one in zip(pairs, found, strict=True)]


def ranks(quantity: RankedQuantity, pairs: Sequence[Judged], members: Sequence[int]) -> dict[int, str]:
    """The rank of each member in words, e.g. `1 to 2 of 3`; `not ranked` where nothing was measured in the same way.

    Args:
        quantity: The quantity.
        pairs: Judged pairs, also of other quantities.
        members: Places of the generators of one experiment.
    """
    own = [one for one in pairs if one.quantity is quantity and one.pair.first in members]
    places = {member: number for number, member in enumerate(members)}
    links = [(places[one.pair.first], places[one.pair.second]) for one in own if one.pair.comparable]
    better = [(one.better, one.worse) for one in own if one.better is not None]
    words = {}
    for group in connected(len(members), links):
        together = [members[number] for number in group]
        for member, (best, worst) in rank_intervals(together, better).items():
            rank = f"{best}" if best == worst else f"{best} to {worst}"
            words[member] = f"{rank} of {len(together)}" if len(together) > 1 else "not ranked"
    return words
