"""Privacy verdicts of several generators side by side. They are not ranked: "undecided" is no place between the others.

An audit asks whether limits are kept. That one attack reaches a little less with one generator than with another does
not make a release safer, and a row that is undecided may be broken. So there are counts and names, and no order.
"""

from collections import Counter
from typing import Any

from medgan_tf.evidence.comparison import Comparison
from medgan_tf.evidence.privacy.guarantee.blocks import epsilon_cell, unit_cell
from medgan_tf.evidence.privacy.guarantee.card import private_runs
from medgan_tf.evidence.privacy.questions import verdict_title
from medgan_tf.evidence.privacy.settings import KEY
from medgan_tf.evidence.privacy.several import judged_together, together_sentence
from medgan_tf.evidence.privacy.verdicts import BROKEN, CAUTION, HOLDS, NOTED, UNDECIDED
from medgan_tf.evidence.report import Results
from medgan_tf.presentation.blocks import Cell

_HEAD = ("audits", "limits that hold", "limits broken", "limits undecided", "questions without an answer", "cautions",
         "which are broken", "which are undecided", "which have no answer")  # fmt: skip
_BRIEF = ("audits", "limits that hold", "limits broken", "limits undecided", "questions without an answer",
          "which are broken", "which are undecided")  # fmt: skip
_NOT_MEASURED = "not measured"
_NOT_RANKED = (
    "Privacy verdicts are not ranked: they say whether limits are kept, and a row that is undecided may be broken"
)


def compared(results: Results) -> Comparison:
    """Counts of the verdicts of each generator's audits, and the names of the rows that are not kept."""
    audits = [[run.evidence[KEY] for run in gan.runs if KEY in run.evidence] for gan in results.gans]
    together = iter(judged_together([one for own in audits for one in own]))
    judged = [[next(together) for _ in own] for own in audits]
    sentence = together_sentence(sum(map(len, audits)))
    remarks = [_NOT_RANKED, *([sentence.rstrip(".")] if sentence else [])]
    rows = list(map(_cells, judged))
    if not private_runs(results):
        return Comparison(_HEAD, rows, _BRIEF, remarks=remarks)
    guaranteed = [[epsilon_cell(gan), unit_cell(gan)] for gan in results.gans]
    own = ("epsilon", "epsilon is for")
    rows = [[*cells, *rest] for cells, rest in zip(guaranteed, rows, strict=True)]
    remarks.append("epsilon is the largest over seeds, of one training each; it is a promise of the training, no rank")
    return Comparison([*own, *_HEAD], rows, [*own, *_BRIEF], remarks=remarks)


def _cells(audits: list[dict[str, Any]]) -> list[Cell]:
    if not audits:
        return [0, *[_NOT_MEASURED] * 3, "", "", _NOT_MEASURED, "", ""]
    verdicts = [verdict for audit in audits for verdict in audit["verdicts"]]
    count = Counter(verdict["status"] for verdict in verdicts)
    known = (HOLDS, BROKEN, UNDECIDED, CAUTION, NOTED)
    unanswered = [verdict for verdict in verdicts if verdict["status"] not in known]
    named = [
        _names([one for one in verdicts if one["status"] == status], len(audits)) for status in (BROKEN, UNDECIDED)
    ]
    counts = [count[status] for status in (HOLDS, BROKEN, UNDECIDED)]
    return [len(audits), *counts, len(unanswered), count[CAUTION], *named, _names(unanswered, len(audits))]


def _names(verdicts: list[dict[str, Any]], audits: int) -> str:
    """The rows in words; of several audits with the number of those that have this row among them."""
    count = Counter(verdict_title(verdict["name"]) for verdict in verdicts)
    if not count:
        return "none"
    return "; ".join(f"{name} ({number} of {audits} audits)" if audits > 1 else name for name, number in count.items())
