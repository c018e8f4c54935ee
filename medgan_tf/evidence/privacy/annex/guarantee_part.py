"""The guarantee of a private training on the page of an annex, made from the annex's JSON alone."""

from collections.abc import Mapping
from html import escape
from typing import Any

from medgan_tf.accounting.number_words import percent
from medgan_tf.evidence.privacy.annex.annex_table import annex_table
from medgan_tf.evidence.privacy.guarantee.claim import REFUTED
from medgan_tf.evidence.privacy.guarantee.words import BOUNDS, COVERS_NOT, GATE, LIMITS, PUBLIC, QUESTION
from medgan_tf.presentation.blocks import Html, bullets, heading, paragraph
from medgan_tf.presentation.cards import ABSENT, BAD, UNSURE, Card, cards_block


def guarantee_blocks(found: Mapping[str, Any] | None) -> list[Html]:
    """The blocks; none for a training that was not private.

    Args:
        found: The part `guarantee` of the annex's JSON, see `accounting.statement.statement`.
    """
    if not found:
        return []
    blocks = [_card(found)]
    if found["promise"]:
        blocks += [bullets(found["promise"]), heading(BOUNDS), _bounds(found), paragraph(GATE)]
    if found["facts"]:
        rows = [[escape(what), escape(words)] for what, words in found["facts"]]
        blocks += [heading("Terms"), annex_table((40, 60), [], rows)]
    for title, key in ((PUBLIC, "declared_public"), (COVERS_NOT, "not_covered"), (LIMITS, "limits")):
        if found[key]:
            blocks += [heading(title), bullets(found[key])]
    return blocks


def _card(found: Mapping[str, Any]) -> Html:
    claim = found["claim"]
    if claim["state"] == REFUTED:
        return cards_block([Card(QUESTION, BAD, "The claim is refuted", [found["headline"], claim["words"]])])
    # The answer of the annex is that of the audit: a promise makes nothing green here.
    state = ABSENT if found["guaranteed"] else UNSURE
    return cards_block([Card(QUESTION, state, found["headline"], [claim["words"]])])


def _bounds(found: Mapping[str, Any]) -> Html:
    rows = [[percent(one["false_alarms"]), percent(one["found"])] for one in found["bounds"]]
    return annex_table((50, 50), ["false alarms among the others", "found, at most"], rows)
