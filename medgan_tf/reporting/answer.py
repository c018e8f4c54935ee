"""The answer, which comes first: the cards of the rooms that can give their finding in one line."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from medgan_tf.evidence.report import Results
from medgan_tf.presentation.blocks import Html, Section, bullets, heading
from medgan_tf.presentation.cards import GOOD, UNSURE, Card, cards_block
from medgan_tf.reporting.origins import origin_remarks
from medgan_tf.reporting.rooms import Room

_MOST_GANS = 4
_MOST_TROUBLES = 12
_INCOMPLETE = "A part of this evidence could not be read or made, so the answer may be worse than it looks."


def answer_section(results: Results, rooms: Sequence[Room], broken: Collection[str] = ()) -> Section:
    """The cards of each GAN, or of all together where there are many.

    Args:
        results: The results that the report is about.
        rooms: The rooms.
        broken: Keys of the rooms of which a part could not be read or made: no card of theirs says that all is well.
    """
    section = Section("The answer")
    if remarks := dataset_remarks(results):
        section.blocks += [heading("Before you read on: about the real images"), bullets(remarks)]
    if remarks := origin_remarks(results):
        section.blocks += [heading("Before you read on: about generators from elsewhere"), bullets(remarks)]
    each = [results.only(gan) for gan in results.gans] if len(results.gans) <= _MOST_GANS else [results]
    for part in each:
        if len(each) > 1:
            section.blocks.append(heading(part.gans[0].title))
        cards = [_honest(card, room.key in broken) for room in rooms for card in room.cards(part)]
        section.blocks.append(cards_block(cards))
    return section


def dataset_remarks(results: Results) -> list[str]:
    """The remarks of the datasets that the runs were trained on, each once, with the experiments that it is about."""
    found: dict[str, list[str]] = {}
    for gan in results.gans:
        for run in gan.runs:
            remarks = (run.dataset or {}).get("remarks", [])
            for remark in remarks if isinstance(remarks, list) else []:
                found.setdefault(str(remark), []).append(gan.experiment)
    several = len({gan.experiment for gan in results.gans}) > 1
    return [
        f"{', '.join(dict.fromkeys(experiments))}: {remark}" if several else remark
        for remark, experiments in found.items()
    ]


def _honest(card: Card, broken: bool) -> Card:
    if not broken or card.state != GOOD:
        return card
    return replace(card, state=UNSURE, word=f"{card.word}, as far as could be read", lines=[_INCOMPLETE, *card.lines])


def troubles_block(sentences: Sequence[str]) -> Html:
    """What could not be read or made, for the top of the page. Must not be overlooked by who reads the answer only."""
    shown = list(sentences[:_MOST_TROUBLES])
    if len(sentences) > len(shown):
        shown.append(f"And {len(sentences) - len(shown)} more.")
    start = "<p><strong>This report is not whole.</strong> What is missing does not mean that no problem was found:</p>"
    return Html(f'<div class="troubles" role="alert">{start}{bullets(shown).text}</div>')
