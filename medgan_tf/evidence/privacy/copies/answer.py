"""Are released images copies of patients' images, or do they point to one patient? The rows of the audit about that."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.special import ndtri

from medgan_tf.evidence.privacy.answers import Answer, Finding, Remark, Unanswered
from medgan_tf.evidence.privacy.copies.census import census
from medgan_tf.evidence.privacy.copies.measure_copies import Copying, copying_figures
from medgan_tf.evidence.privacy.copies.pairs_figure import draw_pairs
from medgan_tf.evidence.privacy.copies.search import CopySearch, search_copies
from medgan_tf.evidence.privacy.inputs import PrivacyInputs
from medgan_tf.evidence.privacy.settings import Threshold
from medgan_tf.metrics.privacy.data_copying import Excess
from medgan_tf.metrics.privacy.near_copies import clean_images_needed, images_needed, worst_limits

_SEARCHES = ("authenticity", "data_copying", "copies", "power", "reidentification")


def answer(inputs: PrivacyInputs) -> Answer:
    """The census of all released images, and the search for near copies with what follows from it.

    Without a search its rows say why there is none.
    """
    counted = census(inputs)
    try:
        search = search_copies(inputs)
    except ValueError as error:
        reason = f"real images must be of several patients: {error}"
        return Answer([*counted.rows, *(Unanswered(name, reason) for name in _SEARCHES)], counted.figures)
    found = Copying.of(search)
    figures = counted.figures | copying_figures(inputs, search, found)
    figures["copies"]["identical"] = figures["census"]["equal"]
    rows = [
        *counted.rows,
        _authenticity(inputs, found.authenticity, figures["authenticity"]),
        _data_copying(inputs, found.nearest),
        _copies(inputs, found, figures),
        _power(inputs, search, figures),
        _reidentification(inputs, found.single),
    ]
    if found.near.alarms_too_often(inputs.settings.level):
        rows.append(Remark("copies control", _alarm_words(figures["copies"])))
    pictures = {"copies.png": lambda path: draw_pairs(path, inputs, search)}
    return Answer(rows, figures, combinations=_columns(inputs, search), pictures=pictures)


def _columns(inputs: PrivacyInputs, search: CopySearch) -> dict[str, dict[str, Any]]:
    if not inputs.synthetic.label_names:
        return {}
    of, authentic = inputs.synthetic.combinations(), search.places.relative >= 1
    return {
        str(name): {
            "suspected_share": float(search.suspected[of == name].mean()),
            "authentic_share": float(authentic[of == name].mean()),
        }
        for name in np.unique(of)
    }


def _excess(inputs: PrivacyInputs, name: str, found: Excess, threshold: Threshold, words: str) -> Finding:
    """A row about images at training images, beyond those of chance. Far fewer than by chance are a sign of wrong
    inputs: held-out images that were trained on."""
    words += f"; of them {found.trained:,.0f} at training images, {found.expected:,.1f} expected by chance"
    missing = _missing(inputs, found.value, threshold.limit, found.error)
    return Finding(name, found.value, found.limits, threshold, words, missing, smallest_plausible=0.0)


def _authenticity(inputs: PrivacyInputs, found: Excess, figures: dict[str, Any]) -> Finding:
    words = (
        f"{figures['share']:.1%} of {found.images:,} images are authentic; {found.counted:,} are nearer to a real "
        "image than that is to another patient's"
    )
    return _excess(inputs, "authenticity", found, inputs.settings.thresholds.authenticity, words)


def _data_copying(inputs: PrivacyInputs, found: Excess) -> Finding:
    words = f"{found.counted:,} images and their nearest real images"
    return _excess(inputs, "data_copying", found, inputs.settings.thresholds.training_excess, words)


def _reidentification(inputs: PrivacyInputs, found: Excess) -> Finding:
    words = f"{found.counted:,} of {found.images:,} images are much nearer to one patient than to the next"
    return _excess(inputs, "reidentification", found, inputs.settings.thresholds.reidentification, words)


def _copies(inputs: PrivacyInputs, found: Copying, figures: dict[str, Any]) -> Finding:
    near, threshold = found.near, inputs.settings.thresholds.copies
    level, copies = inputs.settings.level, figures["copies"]
    words = (
        f"{copies['suspected']:,} of {near.excess.images:,} images are suspected of being near copies of training "
        f"images, {copies['at_held_out']:,.0f} of held-out ones, which cannot have been copied; at most "
        f"{near.limits(level)[1]:.2%} are near copies ({level:.0%} confidence). {_leak_words(figures['planted_leaks'])}"
    )
    missing = _missing_images(inputs, found)
    return Finding("copies", near.value, near.limits, threshold, words, missing, smallest_plausible=0.0)


def _alarm_words(copies: dict[str, Any]) -> str:
    return (
        f"{copies['at_held_out']:,.0f} of {copies['images']:,} images are near copies of held-out images, more than "
        f"the {copies['false_alarms']['share']:.2%} of real images that are taken for one: held-out images were used "
        "to train, or the released images are not the generator's; they are no control"
    )


def _leak_words(leaks: dict[str, Any]) -> str:
    """Which planted leaks would have broken the limit."""
    told = [
        f"{f'{smallest:.1%} or more' if smallest else 'none'} {name}" for name, smallest in leaks["smallest"].items()
    ]
    largest = max(map(float, next(iter(leaks["broken"].values()))))
    return f"Leaks planted whole that would have broken the limit, of 0.1 % to {largest:.0%} copies: {', '.join(told)}"


def _power(inputs: PrivacyInputs, search: CopySearch, figures: dict[str, Any]) -> Finding:
    """Whether planted copies of the disguise that is found least often are found."""
    found, threshold = search.found, inputs.settings.thresholds.power
    worst_name, worst = min(found.items(), key=lambda one: one[1].share)
    alarms = figures["copies"]["false_alarms"]
    words = (
        f"found of {worst.planted} planted each: {', '.join(f'{name} {one.found}' for name, one in found.items())}; "
        f"false alarms among real images of other {inputs.unit} {alarms['share']:.2%}"
    )
    missing = (
        f"a search that finds {threshold.limit:.0%} of the planted copies of each kind: with features of another "
        f"extractor (evaluation.privacy.extractor), or from larger images; this one misses {worst_name} ones"
    )
    if worst.share >= threshold.limit:
        needed = clean_images_needed(1 - threshold.limit, inputs.settings.level)
        missing = f"more planted copies (evaluation.privacy.planted), at least {needed} if all are found"
    return Finding("power", worst.share, _limits_of(search), threshold, words, missing, larger_is_worse=False)


def _limits_of(search: CopySearch) -> Callable[[float], tuple[float, float]]:
    found = search.found
    return lambda confidence: worst_limits(found, confidence)


def _missing(inputs: PrivacyInputs, value: float, limit: float, error: float) -> str:
    """How many times as much data would decide a row, if its value stays as it is."""
    if not error and value < limit:
        return f"{clean_images_needed(limit, inputs.settings.level):,} released images of which none counts"
    if value == limit:
        return ""
    times = max(1.1, (_reach(inputs, value > limit) * error / (limit - value)) ** 2)
    sets = (inputs.train, inputs.held_out, inputs.synthetic)
    counts = ", ".join(f"{math.ceil(times * len(one)):,} {one.name} images" for one in sets)
    return f"about {times:,.1f} times as many images and {inputs.unit}: {counts}" if times < 1000 else ""


def _reach(inputs: PrivacyInputs, above: bool) -> float:
    """Standard errors between value and limit that decide: one-sided at the level, or, to break a limit, at that of an
    audit with many rows."""
    return float(ndtri(1 - (1 - inputs.settings.level) / (15 if above else 1)))


def _missing_images(inputs: PrivacyInputs, found: Copying) -> str:
    """How many released images and held-out patients would show that there are few near copies."""
    near, limit, level = found.near, inputs.settings.thresholds.copies.limit, inputs.settings.level
    excess = near.excess
    if worst_limits(near.found, level)[0] * limit <= 0:
        return "a search that finds planted copies (see the row on power), with other features or larger images"
    needed = images_needed(near, limit, level)
    have = f"there are {excess.images:,} and {excess.held_out_patients:,}"
    if needed is None:
        return f"more released images and held-out {inputs.unit}; with this share of suspected ones no number shows it"
    clean = "without a suspicion" if not excess.trained else "with no larger share of suspected ones"
    return f"{needed[0]:,} released images {clean} and {needed[1]:,} held-out {inputs.unit}; {have}"
