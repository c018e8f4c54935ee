"""The answer first: what the data is worth and what it gives away, in words that need no statistics."""

from collections import Counter
from html import escape
from typing import Any

from medgan_tf.classification.published_code import published_code_line
from medgan_tf.evidence.privacy.verdicts import ATTACK, verdict_kind
from medgan_tf.presentation.blocks import Html, Interval, Section, cell_text, is_number
from medgan_tf.reporting.gap_view import ABOVE, BELOW, OPEN, GapView, gap_view
from medgan_tf.reporting.results import GanResults, Results

GOOD, BAD, UNSURE, ABSENT = "good", "bad", "unsure", "absent"
_WORTH, _AWAY = "What is the data worth?", "What does it give away?"
_UNKNOWN = (
    "Nothing is known about what these images or the generator give away. Until it is, treat them like the images of "
    "the patients they were made from."
)
_NO_GUARANTEE = "These are tests, not a guarantee: they say what known attacks found, not what is impossible."
_MOST_PAIRS = 4


def answer_section(results: Results) -> Section:
    """A pair of cards for each GAN, or one pair for all where there are many."""
    section = Section("The answer")
    if len(results.gans) > _MOST_PAIRS:
        section.blocks.append(Html(f'<div class="cards">{_all_worth(results)}{_all_privacy(results)}</div>'))
        return section
    for gan in results.gans:
        if len(results.gans) > 1:
            section.blocks.append(Html(f"<h3>{escape(gan.title)}</h3>"))
        section.blocks.append(Html(f'<div class="cards">{_worth_card(gan, results.kind)}{_privacy_card(gan)}</div>'))
    return section


def _all_worth(results: Results) -> str:
    """Best and worst setting, and how many keep the margin."""
    views = {gan.title: gap_view(gan.gap) for gan in results.gans if gan.gap}
    views = {title: view for title, view in views.items() if is_number(view.mean.gap)}
    if not views:
        return _card(_WORTH, ABSENT, "Not measured", ["No setting has been compared yet."])
    count = Counter(view.verdict for view in views.values())
    margins = " or ".join(f"{margin:g}" for margin in sorted({view.margin for view in views.values()}))
    ordered = sorted(views, key=lambda title: views[title].mean.gap)
    ends = [(word, title, views[title].mean) for word, title in (("Smallest", ordered[0]), ("Largest", ordered[-1]))]
    lines = [
        f"{len(views)} of {len(results.gans)} settings are measured: {count[BELOW]} below the margin, {count[ABOVE]} "
        "above it, the others not shown to be either.",
        *(f"{word} gap: {cell_text(mean.gap)} (interval over patients {cell_text(mean.interval)}), {title}."
          for word, title, mean in ends),
        "The gap is what a classifier's mean AUC on real test patients loses when it learns from synthetic images "
        "alone.",
        *as_published(list(views.values())),
    ]  # fmt: skip
    state = GOOD if count[BELOW] == len(results.gans) else BAD if count[ABOVE] == len(views) else UNSURE
    return _card(
        _WORTH, state, f"In {count[BELOW]} of {len(results.gans)} settings less than {margins} of AUC is lost", lines
    )


def as_published(views: list[GapView]) -> list[str]:
    """How many settings were measured with which departures of the published code, a sentence each."""
    count = Counter(view.original_code for view in views if view.original_code)
    return [f"{number} of {len(views)} measured {published_code_line(names)}." for names, number in count.items()]


def _all_privacy(results: Results) -> str:
    """How many runs are audited, and which broke a limit."""
    audited = [run for run in results.runs if run.privacy]
    if not audited:
        return _card(_AWAY, ABSENT, "Not measured", [_UNKNOWN])
    broken = [run for run in audited if any(verdict["status"] == "fail" for verdict in run.privacy["verdicts"])]
    names = ", ".join(f"{run.folder.path.parent.name}/{run.name}" for run in broken)
    attacks = [verdict for run in audited for verdict in run.privacy["verdicts"]]
    lines = [f"{len(audited)} of {len(results.runs)} runs are audited.", f"Limits are broken in: {names or 'none'}."]
    lines += [*_strongest(attacks), _NO_GUARANTEE]
    state = BAD if broken else GOOD if len(audited) == len(results.runs) else UNSURE
    return _card(_AWAY, state, f"Limits broken in {len(broken)} of {len(audited)} audited runs", lines)


def shown_gap(gan: GanResults, kind: str) -> GapView | None:
    """The gap that a report of this kind speaks of: for a run its own seed's, else over all seeds."""
    if gan.gap is None:
        return None
    return gap_view(gan.gap, gan.runs[0].seed if kind == "run" else None)


def _worth_card(gan: GanResults, kind: str) -> str:
    view = shown_gap(gan, kind)
    if view is None:
        return _card(_WORTH, ABSENT, "Not measured", ["No classifier has been compared yet."])
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
        f"Measured {view.remark}." if view.remark else "",
    ]
    return _card(_WORTH, state, word, lines)


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
    audited = [run for run in gan.runs if run.privacy]
    if not audited:
        return _card(_AWAY, ABSENT, "Not measured", [_UNKNOWN])
    states = [privacy_words(run.privacy) for run in audited]
    worst = min(range(len(states)), key=lambda index: (BAD, UNSURE, GOOD).index(states[index][0]))
    state, word, lines = states[worst]
    if len(audited) > 1:
        lines = [f"The worst of {len(audited)} audited runs is {audited[worst].name}.", *lines]
    if left := [run.name for run in gan.runs if not run.privacy]:
        lines = [*lines, f"Not audited: {', '.join(left)}."]
    return _card(_AWAY, state, word, lines)


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
    lines.append(_NO_GUARANTEE)
    return state, word, lines


def _strongest(verdicts: list[dict[str, Any]]) -> list[str]:
    attacks = [verdict for verdict in verdicts if verdict_kind(verdict) == ATTACK and is_number(verdict["value"])]
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
