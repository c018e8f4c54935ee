"""Cards: a question with its answer in one line and a few sentences, coloured by how good the answer is."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from medgan_tf.presentation.blocks import Html

GOOD, BAD, UNSURE, ABSENT = "good", "bad", "unsure", "absent"


@dataclass(frozen=True)
class Card:
    """One question and its answer.

    Attributes:
        question: The question, or a few words for it.
        state: `GOOD`, `BAD`, `UNSURE`, or `ABSENT` where nothing has been measured.
        word: The answer in one line.
        lines: Sentences with the numbers behind it; empty ones are left out.
    """

    question: str
    state: str
    word: str
    lines: Sequence[str] = ()


def cards_block(cards: Sequence[Card]) -> Html:
    """Cards side by side."""
    return Html(f'<div class="cards">{"".join(map(_card, cards))}</div>')


def _card(card: Card) -> str:
    texts = "".join(f"<p>{escape(line)}</p>" for line in card.lines if line)
    head = f'<h3>{escape(card.question)}</h3><p class="verdict">{escape(card.word)}</p>'
    return f'<article class="card {escape(card.state)}">{head}{texts}</article>'
