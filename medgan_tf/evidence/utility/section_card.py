"""The answer to what the data is worth, as a card at the top of a report."""

from collections import Counter

from medgan_tf.classification.published_code import published_code_line
from medgan_tf.evidence.report import GanResults, Results
from medgan_tf.evidence.utility.gap_view import ABOVE, BELOW, OPEN, GapView, gap_of, shown_view, view_of
from medgan_tf.presentation.blocks import cell_text, is_number
from medgan_tf.presentation.cards import ABSENT, BAD, GOOD, UNSURE, Card

_QUESTION = "What is the data worth?"


def card(results: Results) -> Card:
    """The card of the gap that the report is about; of many settings, that of the best and the worst."""
    return _one(results.gans[0], results.kind) if len(results.gans) == 1 else _all(results)


def _all(results: Results) -> Card:
    """Best and worst setting, and how many keep the margin."""
    views = {gan.title: view_of(gan) for gan in results.gans if gap_of(gan)}
    views = {title: view for title, view in views.items() if is_number(view.mean.gap)}
    if not views:
        return Card(_QUESTION, ABSENT, "Not measured", ["No setting has been compared yet."])
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
    return Card(
        _QUESTION, state, f"In {count[BELOW]} of {len(results.gans)} settings less than {margins} of AUC is lost", lines
    )


def as_published(views: list[GapView]) -> list[str]:
    """Sentences on the departures of the published code: for each, the number of settings measured with it."""
    count = Counter(view.original_code for view in views if view.original_code)
    return [f"{number} of {len(views)} measured {published_code_line(names)}." for names, number in count.items()]


def _one(gan: GanResults, kind: str) -> Card:
    view = shown_view(gan, kind)
    if view is None:
        return Card(_QUESTION, ABSENT, "Not measured", ["No classifier has been compared yet."])
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
    return Card(_QUESTION, state, word, lines)


def worth_words(view: GapView) -> tuple[str, str, str]:
    """State, headline and meaning of a gap held against its margin."""
    margin = f"{view.margin:g}"
    held = f"its {view.margin_level:.0%} interval, {cell_text(view.margin_interval)}"
    if view.verdict == BELOW:
        return (
            GOOD,
            f"The loss is below the margin of {margin}",
            f"Judged by {held}. The whole interval lies below the margin that was set beforehand: here, training on "
            "synthetic images alone lost less than was called acceptable.",
        )
    if view.verdict == ABOVE:
        return (
            BAD,
            f"The loss is above the margin of {margin}",
            f"Judged by {held}. The whole interval lies above the margin: here, training on synthetic images alone "
            "lost more than was called acceptable.",
        )
    if view.verdict == OPEN:
        return (
            UNSURE,
            f"Not shown to be below the margin of {margin}",
            f"Judged by {held}. It contains the margin: more test patients or seeds would be needed to decide.",
        )
    return UNSURE, "Undefined", "The test images do not allow an estimate."
