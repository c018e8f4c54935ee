"""The answer, which comes first: the cards of the rooms that can give their finding in one line."""

from collections.abc import Sequence

from medgan_tf.evidence.report import Results
from medgan_tf.presentation.blocks import Section, heading
from medgan_tf.presentation.cards import cards_block
from medgan_tf.reporting.rooms import Room

_MOST_GANS = 4


def answer_section(results: Results, rooms: Sequence[Room]) -> Section:
    """The cards of each GAN, or of all together where there are many."""
    section = Section("The answer")
    each = [results.only(gan) for gan in results.gans] if len(results.gans) <= _MOST_GANS else [results]
    for part in each:
        if len(each) > 1:
            section.blocks.append(heading(part.gans[0].title))
        cards = [card for room in rooms if (card := room.card(part))]
        section.blocks.append(cards_block(cards))
    return section
