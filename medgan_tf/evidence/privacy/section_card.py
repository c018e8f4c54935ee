"""The answer to what the data gives away, as a card at the top of a report."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from medgan_tf.evidence.privacy.questions import ATTACK, verdict_title
from medgan_tf.evidence.privacy.settings import KEY
from medgan_tf.evidence.privacy.several import judged_together, together_sentence
from medgan_tf.evidence.privacy.verdicts import BROKEN, CAUTION, HOLDS, NOT_RUN, UNDECIDED
from medgan_tf.evidence.report import GanResults, Results, RunResults
from medgan_tf.presentation.blocks import Interval, cell_text, is_number
from medgan_tf.presentation.cards import ABSENT, BAD, GOOD, UNSURE, Card

_QUESTION = "What does it give away?"
_UNKNOWN = (
    "Nothing is known about what these images or the generator give away. Until it is, treat them like the images of "
    "the patients they were made from."
)
_NO_GUARANTEE = "These are tests, not a guarantee: they say what known attacks found, not what is impossible."


def card(results: Results) -> Card:
    """The card of the worst audit of a GAN; of many GANs, how many runs broke a limit."""
    return _one(results.gans[0]) if len(results.gans) == 1 else _all(results)


def _all(results: Results) -> Card:
    """The card of many runs: how many were audited, and which broke a limit."""
    audited = [run for run in results.runs if KEY in run.evidence]
    if not audited:
        return Card(_QUESTION, ABSENT, "Not measured", [_UNKNOWN])
    audits = judged_together([run.evidence[KEY] for run in audited])
    broken, undecided, unanswered = (_names(audited, audits, status) for status in (BROKEN, UNDECIDED, NOT_RUN))
    lines = [
        f"{len(audited)} of {len(results.runs)} runs are audited.",
        f"Limits are broken in: {', '.join(broken) or 'none'}.",
        f"Limits are undecided in: {', '.join(undecided)}." if undecided else "",
        f"Questions have no answer in: {', '.join(unanswered)}." if unanswered else "",
        together_sentence(len(audited)),
    ]
    lines += [*_strongest([verdict for one in audits for verdict in one["verdicts"]], len(audited)), _NO_GUARANTEE]
    if broken:
        state, word = BAD, f"Limits broken in {len(broken)} of {len(audited)} audited runs"
    elif undecided:
        state, word = UNSURE, f"Limits undecided in {len(undecided)} of {len(audited)} audited runs"
    else:
        complete = len(audited) == len(results.runs) and not unanswered
        state, word = GOOD if complete else UNSURE, f"All limits hold in {len(audited)} audited runs"
    return Card(_QUESTION, state, word, lines)


def _names(runs: Sequence[RunResults], audits: Sequence[dict[str, Any]], status: str) -> list[str]:
    """The runs with a verdict of this status."""
    pairs = zip(runs, audits, strict=True)
    return [
        f"{run.folder.experiment}/{run.name}"
        for run, audit in pairs
        if any(verdict["status"] == status for verdict in audit["verdicts"])
    ]


def _one(gan: GanResults) -> Card:
    audited = [run for run in gan.runs if KEY in run.evidence]
    if not audited:
        return Card(_QUESTION, ABSENT, "Not measured", [_UNKNOWN])
    states = [privacy_words(one) for one in judged_together([run.evidence[KEY] for run in audited])]
    worst = min(range(len(states)), key=lambda index: (BAD, UNSURE, GOOD).index(states[index][0]))
    state, word, lines = states[worst]
    if len(audited) > 1:
        first = f"The worst of {len(audited)} audited runs is {audited[worst].name}."
        lines = [first, together_sentence(len(audited)), *lines]
    if left := [run.name for run in gan.runs if KEY not in run.evidence]:
        lines = [*lines, f"Not audited: {', '.join(left)}."]
    return Card(_QUESTION, state, word, lines)


def privacy_words(privacy: dict[str, Any]) -> tuple[str, str, list[str]]:
    """State, headline and sentences of one audit. Only one in which all limits hold is good."""
    verdicts = privacy["verdicts"]
    count = Counter(verdict["status"] for verdict in verdicts)
    judged = count[HOLDS] + count[BROKEN] + count[UNDECIDED]
    cautions = f", {count[CAUTION]} caution{'s' if count[CAUTION] > 1 else ''}" if count[CAUTION] else ""
    if count[BROKEN]:
        state, word = BAD, f"{count[BROKEN]} of {judged} limits broken{cautions}"
    elif count[UNDECIDED]:
        state, word = UNSURE, f"{count[UNDECIDED]} of {judged} limits undecided{cautions}"
    elif count[NOT_RUN] or not judged:
        state, word = UNSURE, f"{count[NOT_RUN]} of {len(verdicts)} questions have no answer{cautions}"
    else:
        state, word = UNSURE if cautions else GOOD, f"All {judged} limits hold{cautions}"
    lines = [f"{verdict['question']} {verdict['words']}." for verdict in verdicts if verdict["status"] == BROKEN]
    lines += [*_strongest(verdicts), *_power(privacy), *_undecided(verdicts)]
    lines += [f"Caution: {verdict['words']}." for verdict in verdicts if verdict["status"] == CAUTION]
    lines.append(_NO_GUARANTEE)
    return state, word, lines


def _undecided(verdicts: list[dict[str, Any]]) -> list[str]:
    """What is undecided, and what would decide it: rows that need the same share a sentence."""
    by_missing: dict[str, list[str]] = {}
    for verdict in verdicts:
        if verdict["status"] == UNDECIDED:
            by_missing.setdefault(verdict["missing"], []).append(verdict_title(verdict["name"]))
    return [f"Undecided: {', '.join(names)}. What would decide it: {missing}." for missing, names in by_missing.items()]


def _strongest(verdicts: list[dict[str, Any]], audits: int = 1) -> list[str]:
    # A remark, such as the blind baseline's, has no interval: it is no attack on the generator.
    attacks = [
        one for one in verdicts if one["kind"] == ATTACK and is_number(one["value"]) and one["interval"] is not None
    ]
    if not attacks:
        return []
    best = max(attacks, key=lambda verdict: verdict["value"])
    # An attack has a verdict for images and one for patients.
    count = len({verdict["name"].partition(" ")[0] for verdict in attacks})
    among = f"strongest of {count} attacks" if count > 1 else "one attack that was run"
    over = f", over {audits} audits," if audits > 1 else ""
    return [
        f"Could somebody find out who was in the training set? The {among}{over} reaches an AUC of "
        f"{cell_text(best['value'])} (interval {cell_text(Interval.of(best['interval']))}; 0.5 is guessing)."
    ]


def _power(privacy: dict[str, Any]) -> list[str]:
    planted = privacy.get("planted")
    if not planted:
        return []
    found = ", ".join(f"{one['found']} {name}" for name, one in planted.items())
    number = next(iter(planted.values()))["planted"]
    return [
        f"Would a copied patient image have been noticed? Of {number} planted copies of each kind were found: {found}."
    ]
