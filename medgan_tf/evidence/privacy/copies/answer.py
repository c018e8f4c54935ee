"""Are released images copies of training images, or do they point to one patient? The searches as rows of the audit."""

from typing import Any

import numpy as np

from medgan_tf.evidence.privacy.answers import Answer, Census, Finding, Row, Unanswered
from medgan_tf.evidence.privacy.copies.measure_copies import (
    CopySearch,
    authenticity,
    copies,
    data_copying,
    planted_leaks,
    reidentification,
    search_copies,
)
from medgan_tf.evidence.privacy.copies.pairs_figure import draw_pairs
from medgan_tf.evidence.privacy.inputs import PrivacyInputs
from medgan_tf.evidence.privacy.settings import PrivacyConfig, Threshold
from medgan_tf.metrics.one_sided import interval_limits, share_limits


def answer(inputs: PrivacyInputs) -> Answer:
    """The search for copies and what follows from it; without a search, the reason why."""
    settings = inputs.settings
    try:
        search = search_copies(inputs)
    except ValueError as error:
        names = ("authenticity", "data_copying", "copies", "power", "reidentification")
        return Answer([Unanswered(name, f"real images must be of several patients: {error}") for name in names])
    power = planted_leaks(inputs, search)
    figures = {
        "authenticity": authenticity(inputs, search),
        "data_copying": data_copying(inputs, search),
        "copies": copies(inputs, search),
        "planted": power,
        "reidentification": reidentification(inputs),
    }
    rows = [
        _identical(figures["copies"]),
        _authenticity(figures["authenticity"], settings),
        _copying(figures["data_copying"], settings),
        _copies(figures["copies"], power, settings),
        _power(power, figures["copies"]["held_out_false_positives"], settings),
        _reidentification(figures["reidentification"], settings),
    ]
    pictures = {"copies.png": lambda path: draw_pairs(path, inputs, search)}
    return Answer(rows, figures, combinations=_columns(inputs, search), pictures=pictures)


def _columns(inputs: PrivacyInputs, search: CopySearch) -> dict[str, dict[str, Any]]:
    if not inputs.synthetic.label_names:
        return {}
    of = inputs.synthetic.combinations()
    return {
        str(name): {
            "suspected_share": float(search.suspected[of == name].mean()),
            "authentic_share": float((search.in_train.relative[of == name] >= 1).mean()),
        }
        for name in np.unique(of)
    }


def _finding(name: str, value: float, interval: dict[str, Any], threshold: Threshold, words: str) -> Finding:
    limits = interval_limits(value, interval["low"], interval["high"], interval["level"])
    return Finding(name, value, limits, threshold, words)


def _identical(result: dict[str, Any]) -> Row:
    words = f"{result['identical']:,} of {result['images']:,} images are training images pixel for pixel"
    return Census("identical", result["identical"], result["images"], words)


def _authenticity(result: dict[str, Any], settings: PrivacyConfig) -> Finding:
    words = (
        f"{result['share']:.1%} of {result['images']:,} images are authentic; {result['control_share']:.1%} when "
        "held-out images take the place of training images"
    )
    return _finding("authenticity", result["loss"], result["interval"], settings.thresholds.authenticity, words)


def _copying(result: dict[str, Any], settings: PrivacyConfig) -> Finding:
    words = (
        f"{result['share']:.1%} of {result['images']:,} images have a training image nearest, {result['expected']:.1%} "
        f"expected, p = {result['p']:.4f}"
    )
    return _finding("data_copying", result["excess"], result["interval"], settings.thresholds.training_excess, words)


def _copies(result: dict[str, Any], power: dict[str, Any], settings: PrivacyConfig) -> Finding:
    found = ", ".join(f"{one['share']:.0%} {name}" for name, one in power.items())
    words = (
        f"{result['suspected']:,} of {result['images']:,} images suspected, {result['control_share']:.1%} in the "
        f"control; of planted copies were found: {found}"
    )
    return _finding("copies", result["excess"], result["interval"], settings.thresholds.copies, words)


def _power(power: dict[str, Any], false_positives: dict[str, Any], settings: PrivacyConfig) -> Finding:
    """Whether planted exact and mirrored copies are found."""
    worst = min((power[name] for name in ("exact", "flipped")), key=lambda one: one["share"])
    found = ", ".join(f"{name} {one['found']}" for name, one in power.items())
    words = (
        f"found of {worst['planted']} planted each: {found}; false alarms on held-out patients "
        f"{false_positives['share']:.1%}"
    )
    limits = share_limits(worst["found"], worst["planted"])
    return Finding("power", worst["share"], limits, settings.thresholds.power, words, larger_is_worse=False)


def _reidentification(result: dict[str, Any], settings: PrivacyConfig) -> Finding:
    """Excess of images that single out one patient."""
    words = (
        f"{result['share']:.1%} of {result['images']:,} images are much nearer to one patient than to the next, "
        f"{result['control_share']:.1%} in the control"
    )
    if same := result["same_patient"]:
        words += (
            f"; the two nearest training images are of one patient for {same['synthetic']:.1%}, for "
            f"{same['held_out']:.1%} of held-out images"
        )
    limits = settings.thresholds
    return _finding("reidentification", result["excess"], result["interval"], limits.reidentification, words)
