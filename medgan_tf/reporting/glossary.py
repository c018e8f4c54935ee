"""The meaning of the numbers: terms of statistics that all rooms use, then the rooms' own."""

from collections.abc import Sequence
from html import escape

from medgan_tf.accounting.terms import PRIVACY_TERMS
from medgan_tf.evidence.report import Results
from medgan_tf.presentation.blocks import Html, Section
from medgan_tf.reporting.rooms import Room

_TERMS = {
    "AUC": "Chance that a classifier ranks a random image with a finding above a random one without. 1 is perfect, 0.5 "
    "is guessing; below 0.5 the image without the finding is ranked higher more often.",
    "Interval over patients": "Other test patients of the same kind would give another value and another interval. "
    "About 95 of 100 such intervals contain the value that all such patients together would give; a single new "
    "value may well lie outside. With few patients and values near 1 the intervals are wider than that. They speak for "
    "these trained networks, not for training again.",
    "Standard deviation over seeds": "How much the value varies when everything is trained again from another random "
    "start, on the same images and the same split of patients.",
    "p": "How often chance alone would give a result at least this clear if there were no difference, or, in a test "
    "against a margin, if the difference were as large as the margin. It is not the probability of that, and a large p "
    "does not show that there is no difference.",
    "p Holm": "The p-values of several findings that were tested together, made larger so that the chance of even one "
    "false find among them stays as small as for a single test.",
}


def glossary_section(rooms: Sequence[Room], results: Results) -> Section:
    """Short explanations for readers who are not statisticians; those of guarantees where a training was private."""
    guaranteed = PRIVACY_TERMS if any(run.guarantee is not None for run in results.runs) else {}
    terms = _TERMS | {word: text for room in rooms for word, text in room.terms().items()} | guaranteed
    lines = (f"<dt><strong>{escape(word)}</strong></dt><dd>{escape(text)}</dd>" for word, text in terms.items())
    entries = "".join(lines)
    return Section("Which number means what", [Html(f"<dl>{entries}</dl>")])
