"""The answer to what the data gives away, as a card at the top of a report."""

from collections import Counter
from typing import Any

from medgan_tf.evidence.privacy.settings import KEY
from medgan_tf.evidence.privacy.verdicts import ATTACK, verdict_kind
from medgan_tf.evidence.report import GanResults, Results
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
    broken = [run for run in audited if any(verdict["status"] == "fail" for verdict in run.evidence[KEY]["verdicts"])]
    names = ", ".join(f"{run.folder.experiment}/{run.name}" for run in broken)
    attacks = [verdict for run in audited for verdict in run.evidence[KEY]["verdicts"]]
    lines = [
        f"{len(audited)} of {len(results.runs)} runs are audited.",
        f"Limits are shown to be broken in: {names or 'none'}.",
    ]
    lines += [*_strongest(attacks, len(audited)), _NO_GUARANTEE]
    state = BAD if broken else GOOD if len(audited) == len(results.runs) else UNSURE
    return Card(_QUESTION, state, f"Limits shown to be broken in {len(broken)} of {len(audited)} audited runs", lines)


def _one(gan: GanResults) -> Card:
    audited = [run for run in gan.runs if KEY in run.evidence]
    if not audited:
        return Card(_QUESTION, ABSENT, "Not measured", [_UNKNOWN])
    states = [privacy_words(run.evidence[KEY]) for run in audited]
    worst = min(range(len(states)), key=lambda index: (BAD, UNSURE, GOOD).index(states[index][0]))
    state, word, lines = states[worst]
    if len(audited) > 1:
        lines = [f"The worst of {len(audited)} audited runs is {audited[worst].name}.", *lines]
    if left := [run.name for run in gan.runs if KEY not in run.evidence]:
        lines = [*lines, f"Not audited: {', '.join(left)}."]
    return Card(_QUESTION, state, word, lines)


def privacy_words(privacy: dict[str, Any]) -> tuple[str, str, list[str]]:
    """State, headline and sentences of one audit."""
    verdicts = privacy["verdicts"]
    count = Counter(verdict["status"] for verdict in verdicts)
    answered = count["pass"] + count["fail"]
    cautions = f", {count['caution']} caution{'s' if count['caution'] > 1 else ''}" if count["caution"] else ""
    if count["fail"]:
        state, word = BAD, f"{count['fail']} of {answered} limits broken{cautions}"
    elif count["not run"]:
        state, word = UNSURE, f"{count['not run']} of {len(verdicts)} questions have no answer{cautions}"
    else:
        state, word = (
            UNSURE if cautions else GOOD,
            f"No limit shown to be broken in {answered} question{'s' if answered != 1 else ''}{cautions}",
        )
    lines = [f"{verdict['question']} {verdict['words']}." for verdict in verdicts if verdict["status"] == "fail"]
    lines += [*_strongest(verdicts), *_power(privacy)]
    lines += [f"Caution: {verdict['words']}." for verdict in verdicts if verdict["status"] == "caution"]
    lines.append(_NO_GUARANTEE)
    return state, word, lines


def _strongest(verdicts: list[dict[str, Any]], audits: int = 1) -> list[str]:
    attacks = [verdict for verdict in verdicts if verdict_kind(verdict) == ATTACK and is_number(verdict["value"])]
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
