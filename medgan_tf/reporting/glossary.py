"""The meaning of the numbers: terms of statistics that all rooms use, then the rooms' own."""

from collections.abc import Sequence
from html import escape

from medgan_tf.presentation.blocks import Html, Section
from medgan_tf.reporting.rooms import Room

_TERMS = {
    "AUC": "Chance that a classifier ranks a random image with a finding above a random one without. 1 is perfect, 0.5 "
    "is guessing, below 0.5 is wrong more often than right.",
    "Interval over patients": "Where the value would lie with other test patients like these; found by drawing "
    "patients again and again. It says nothing about training again.",
    "Standard deviation over seeds": "How much the value varies when everything is trained again from another random "
    "start.",
    "p": "How often chance alone gives a result at least this clear. A large p does not show that there is no "
    "difference.",
}


def glossary_section(rooms: Sequence[Room]) -> Section:
    """Short explanations for readers who are not statisticians."""
    terms = _TERMS | {word: text for room in rooms for word, text in room.terms().items()}
    lines = (f"<dt><strong>{escape(word)}</strong></dt><dd>{escape(text)}</dd>" for word, text in terms.items())
    entries = "".join(lines)
    return Section("Which number means what", [Html(f"<dl>{entries}</dl>")])
