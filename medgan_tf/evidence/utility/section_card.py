"""The answer to what the data is worth, as a card at the top of a report."""

from collections import Counter

from medgan_tf.classification.published_code import published_code_line
from medgan_tf.evidence.report import GanResults, Results
from medgan_tf.evidence.utility.gap_view import OLDER, GapView, gap_of, shown_view, view_of
from medgan_tf.evidence.utility.seed_sources import CLASSIFIERS, IMAGES
from medgan_tf.evidence.utility.subgroups.words import group_warnings, set_sentences
from medgan_tf.evidence.utility.verdict import ABOVE, BELOW, EQUIVALENT, FEWEST_SEEDS, ONE_TRAINING, TOO_FEW, UNDEFINED
from medgan_tf.presentation.blocks import cell_text, is_number
from medgan_tf.presentation.cards import ABSENT, BAD, GOOD, UNSURE, Card

_SHARED = {IMAGES: " and this one generator", CLASSIFIERS: " and this one set of images"}
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
    count = Counter(view.against for view in views.values())
    good = sum(view.is_good for view in views.values())
    margins = " or ".join(f"{margin:g}" for margin in sorted({view.margin for view in views.values()}))
    ordered = sorted(views, key=lambda title: views[title].mean.gap)
    ends = [(word, title, views[title].mean) for word, title in (("Smallest", ordered[0]), ("Largest", ordered[-1]))]
    lines = [
        f"{len(views)} of {len(results.gans)} settings are measured: {count[BELOW]} below the margin, {count[ABOVE]} "
        f"above it, the others not shown to be either. {good} of those below have the {FEWEST_SEEDS} seeds that it "
        "takes.",
        "Each setting is judged by itself, with an error of 5 %: of many settings some are judged wrongly.",
        *(f"{word} gap: {cell_text(mean.gap)} (interval {cell_text(mean.interval)}), {title}."
          for word, title, mean in ends),
        "The gap is what a classifier's mean AUC on real test patients loses when it learns from synthetic images "
        "alone.",
        *as_published(list(views.values())),
    ]  # fmt: skip
    state = GOOD if good == len(results.gans) else BAD if count[ABOVE] == len(views) else UNSURE
    return Card(
        _QUESTION, state, f"Less than {margins} of AUC is lost: shown in {good} of {len(results.gans)} settings", lines
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
    groups = group_warnings(gap_of(gan)) if kind != "run" else []
    if state == GOOD and groups:
        # A mean over all patients must not hide a group that pays for it.
        state, word = UNSURE, f"{word} on average, but not in every group"
    mean = view.mean
    seeds = f"{len(view.seeds)} seed{'s' if len(view.seeds) > 1 else ''}"
    lines = [
        f"Real test patients: {view.patients:,}, with {view.images:,} images. A classifier that learned from synthetic "
        f"images alone reaches a mean AUC of {cell_text(mean.synthetic)}, one that learned from the real images "
        f"{cell_text(mean.real)} (1 is perfect, 0.5 is guessing).",
        f"The gap is {cell_text(mean.gap)} ({view.level:.0%} interval {cell_text(mean.interval)}, {_speaks_for(view)}; "
        f"{seeds}).",
        meaning,
        f"Classifier: {view.classifier}." if view.classifier not in ("", "DenseNet-121") else "",
        f"Not in the mean, as too few test patients have or lack the finding: {', '.join(view.left_out)}."
        if view.left_out
        else "",
        f"Measured {view.remark}." if view.remark else "",
        *groups,
        *(set_sentences(gap_of(gan)) if kind != "run" else []),
    ]
    return Card(_QUESTION, state, word, lines)


def _speaks_for(view: GapView) -> str:
    """What the interval of the gap speaks for."""
    if len(view.seeds) < 2:
        return "for other patients, but for this training only"
    if view.finding == OLDER:
        return "for these trainings only"
    return {
        IMAGES: "for other images of this one generator, and other patients",
        CLASSIFIERS: "for other trainings of the classifier on this one set of images, and other patients",
    }.get(view.seeds_vary, "for other trainings and other patients")


def worth_words(view: GapView) -> tuple[str, str, str]:
    """State, headline and meaning of a gap held against its margin."""
    margin = f"{view.margin:g}"
    held = (
        f"Judged by its {view.margin_level:.0%} interval, {cell_text(view.margin_interval)}, with an error of 5 %, for "
    )
    held += f"this one split of the patients{_SHARED.get(view.seeds_vary, '')}."
    if view.finding == ONE_TRAINING:
        return UNSURE, "Not decided: one training", (
            f"The margin is {margin}. One training does not show how much the gap changes when everything is trained "
            f"again with another seed. {FEWEST_SEEDS} seeds can decide."
        )  # fmt: skip
    if view.finding == TOO_FEW:
        return UNSURE, "Not decided: too few test patients", (
            f"The margin is {margin}. Of the findings in the mean, too few test patients have one, or lack one, for a "
            "verdict that can be trusted. AUCs near 1 take more of them."
        )  # fmt: skip
    if view.finding == OLDER:
        return UNSURE, "Not decided: measured by an earlier version", (
            f"The margin is {margin}. The intervals of that version speak for these trainings only. `medgan-tf gap` "
            "measures again from the stored predictions."
        )  # fmt: skip
    if view.is_good:
        both = (
            ""
            if view.finding != EQUIVALENT
            else " Nor is there a gain above the margin: the two are equivalent within it."
        )
        return GOOD, f"The loss is below the margin of {margin}", (
            f"{held} The whole interval lies below the margin: training on synthetic images alone loses less mean AUC "
            f"than the margin.{both}"
        )  # fmt: skip
    if view.against == BELOW:
        return UNSURE, f"Below the margin of {margin}, by few seeds", (
            f"{held} The whole interval lies below the margin, but {len(view.seeds)} seeds are few: repeat with "
            f"{FEWEST_SEEDS}."
        )  # fmt: skip
    if view.against == ABOVE:
        return BAD, f"The loss is above the margin of {margin}", (
            f"{held} The whole interval lies above the margin: training on synthetic images alone loses more mean AUC "
            "than the margin."
        )  # fmt: skip
    if view.against == UNDEFINED:
        if view.seeds_vary == CLASSIFIERS:
            return UNSURE, "Not decided: all seeds are the same training", (
                "All seeds have the same images, and their classifiers are the same, so nothing varies over seeds."
            )  # fmt: skip
        return UNSURE, "Undefined", "The test images do not allow an estimate."
    return UNSURE, f"Not shown to be below the margin of {margin}", (
        f"{held} It contains the margin: more test patients or seeds would be needed to decide."
    )  # fmt: skip
