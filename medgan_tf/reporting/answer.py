"""The answer first: what the data is worth and what it gives away, in words that need no statistics."""

from collections import Counter
from html import escape
from typing import Any

from medgan_tf.reporting.blocks import Html, Interval, Section, cell_text, is_number
from medgan_tf.reporting.gap_view import ABOVE, BELOW, OPEN, GapView, gap_view
from medgan_tf.reporting.results import GanResults, Results

GOOD, BAD, UNSURE, ABSENT = "good", "bad", "unsure", "absent"
_MOST_CARDS = 6


def answer_section(results: Results) -> Section:
    """One pair of cards for each GAN; a grid with many has its table instead."""
    section = Section("The answer")
    gans = results.gans[:_MOST_CARDS]
    for gan in gans:
        if len(results.gans) > 1:
            section.blocks.append(Html(f"<h3>{escape(gan.title)}</h3>"))
        section.blocks.append(Html(f'<div class="cards">{_worth_card(gan, results.kind)}{_privacy_card(gan)}</div>'))
    if len(results.gans) > len(gans):
        text = f"{len(results.gans) - len(gans)} more settings are in the table of all settings below."
        section.blocks.append(Html(f"<p>{text}</p>"))
    return section


def shown_gap(gan: GanResults, kind: str) -> GapView | None:
    """The gap that a report of this kind speaks of: for a run its own seed's, else over all seeds."""
    if gan.gap is None:
        return None
    return gap_view(gan.gap, gan.runs[0].seed if kind == "run" else None)


def _worth_card(gan: GanResults, kind: str) -> str:
    question = "What is the data worth?"
    view = shown_gap(gan, kind)
    if view is None:
        return _card(question, ABSENT, "Not measured", ["No classifier has been compared yet."])
    state, word, meaning = worth_words(view)
    mean = view.mean
    seeds = f"{len(view.seeds)} seed{'s' if len(view.seeds) > 1 else ''}"
    lines = [
        f"Real test patients: {view.patients:,}, with {view.images:,} images. A classifier that learned from synthetic "
        f"images alone reaches a mean AUC of {cell_text(mean.synthetic)}, one that learned from the real images "
        f"{cell_text(mean.real)} (1 is perfect, 0.5 is guessing).",
        f"The gap is {cell_text(mean.gap)} ({view.level:.0%} interval over patients {cell_text(mean.interval)}; "
        f"{seeds}).",
        meaning,
    ]
    return _card(question, state, word, lines)


def worth_words(view: GapView) -> tuple[str, str, str]:
    """State, headline and meaning of a gap held against its margin."""
    margin = f"{view.margin:g}"
    held = f"its {view.margin_level:.0%} interval, {cell_text(view.margin_interval)}"
    if view.verdict == BELOW:
        return (
            GOOD,
            f"The loss is below the margin of {margin}",
            f"Judged by {held}, whole below the margin that was set beforehand: for this task, synthetic images can "
            "take the place of the real ones in training.",
        )
    if view.verdict == ABOVE:
        return (
            BAD,
            f"The loss is above the margin of {margin}",
            f"Judged by {held}, whole above the margin: who trains on synthetic images alone loses more than was "
            "called acceptable.",
        )
    if view.verdict == OPEN:
        return (
            UNSURE,
            f"Not shown to be below the margin of {margin}",
            f"Judged by {held}, which contains the margin: more test patients or seeds would be needed to decide.",
        )
    return UNSURE, "Undefined", "The test images do not allow an estimate."


def _privacy_card(gan: GanResults) -> str:
    question = "What does it give away?"
    audited = [run for run in gan.runs if run.privacy]
    if not audited:
        return _card(
            question,
            ABSENT,
            "Not measured",
            [
                "Nothing is known about what these images or the generator give away. Until it is, treat them like the "
                "images of the patients they were made from."
            ],
        )
    states = [privacy_words(run.privacy) for run in audited]
    worst = min(range(len(states)), key=lambda index: (BAD, UNSURE, GOOD).index(states[index][0]))
    state, word, lines = states[worst]
    if len(audited) > 1:
        lines = [f"The worst of {len(audited)} audited runs is {audited[worst].name}.", *lines]
    if left := [run.name for run in gan.runs if not run.privacy]:
        lines = [*lines, f"Not audited: {', '.join(left)}."]
    return _card(question, state, word, lines)


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
            f"No limit broken in {answered} question{'s' if answered != 1 else ''}{cautions}",
        )
    lines = [f"{verdict['question']} {verdict['words']}." for verdict in verdicts if verdict["status"] == "fail"]
    lines += [*_strongest(verdicts), *_power(privacy)]
    lines += [f"Caution: {verdict['words']}." for verdict in verdicts if verdict["status"] == "caution"]
    lines.append("These are tests, not a guarantee: they say what known attacks found, not what is impossible.")
    return state, word, lines


def _strongest(verdicts: list[dict[str, Any]]) -> list[str]:
    attacks = [verdict for verdict in verdicts if verdict["limit"] == 0.5 and is_number(verdict["value"])]
    if not attacks:
        return []
    best = max(attacks, key=lambda verdict: verdict["value"])
    return [
        f"Could somebody find out who was in the training set? The strongest of {len(attacks)} attacks reaches an AUC "
        f"of {cell_text(best['value'])} (interval {cell_text(Interval.of(best['interval']))}; 0.5 is guessing)."
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


def _card(question: str, state: str, word: str, lines: list[str]) -> str:
    texts = "".join(f"<p>{escape(line)}</p>" for line in lines if line)
    head = f'<h3>{escape(question)}</h3><p class="verdict">{escape(word)}</p>'
    return f'<article class="card {state}">{head}{texts}</article>'
