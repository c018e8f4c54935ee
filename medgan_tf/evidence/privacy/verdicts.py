"""Turns the figures of a privacy audit into one verdict for each question, in plain words."""

import math
from dataclasses import dataclass, replace
from typing import Any

from medgan_tf.evidence.privacy.settings import PrivacyConfig, Threshold

PASS, FAIL, CAUTION, NOT_RUN = "pass", "fail", "caution", "not run"
ATTACK, EXCESS, POWER, COUNT = "attack", "excess", "power", "count"
"""Kinds of values: the AUC of an attack (0.5 is guessing), a share of images beyond that of a control,
the share of planted copies that was found, or a number of images."""


@dataclass(frozen=True)
class Question:
    """A question of the audit.

    Attributes:
        kind: `ATTACK`, `EXCESS`, `POWER` or `COUNT`.
        title: A few words, for tables and figures.
        words: The whole question.
    """

    kind: str
    title: str
    words: str


QUESTIONS = {
    "distance": Question(
        ATTACK,
        "membership by distance",
        "Does the distance to the released images tell who was in the training set?",
    ),
    "density": Question(
        ATTACK,
        "membership by density",
        "Does the density of the released images tell who was in the training set?",
    ),
    "discriminator": Question(
        ATTACK,
        "membership by discriminator",
        "Does the discriminator tell who was in the training set (holder of the checkpoint)?",
    ),
    "authenticity": Question(
        EXCESS,
        "loss of authentic images",
        "Are released images closer to single training images than real ones are to each other?",
    ),
    "data_copying": Question(
        EXCESS,
        "excess of training neighbours",
        "Are the nearest real images training images more often than by chance?",
    ),
    "copies": Question(EXCESS, "excess of suspected copies", "Are released images copies of training images?"),
    "power": Question(POWER, "planted copies found", "Would copies have been found?"),
    "reidentification": Question(EXCESS, "excess of singled-out patients", "Do released images point to one patient?"),
    "combinations": Question(
        COUNT,
        "training images per combination",
        "Were there enough training images of every label combination?",
    ),
}
"""The questions by the first word of a verdict's name. A second word is the level: `image` or `patient`."""


def question(name: str) -> Question:
    """The question of a verdict, e.g. of `distance image`. Raises `KeyError` for a name that no audit writes."""
    return QUESTIONS[name.partition(" ")[0]]


def verdict_title(name: str) -> str:
    """The name of a verdict in words, with its level."""
    title, level = question(name).title, name.partition(" ")[2]
    return f"{title}, {level}s" if level else title


def has_verdicts(result: dict[str, Any]) -> bool:
    """Whether the content of a `privacy.json` holds verdicts, each with one of the known answers."""
    verdicts, states = result.get("verdicts"), (PASS, FAIL, CAUTION, NOT_RUN)
    return isinstance(verdicts, list) and bool(verdicts) and all(_is_verdict(one, states) for one in verdicts)


def _is_verdict(verdict: Any, states: tuple[str, ...]) -> bool:
    texts = ("name", "question", "words")
    return (
        isinstance(verdict, dict)
        and verdict.get("status") in states
        and all(isinstance(verdict.get(key), str) for key in texts)
    )


def verdict_kind(verdict: dict[str, Any]) -> str:
    """The kind of a verdict of `privacy.json`. Older files do not say it; there the name decides, never the limit."""
    return verdict.get("kind") or question(verdict["name"]).kind


@dataclass(frozen=True)
class Verdict:
    """One row of the audit.

    Attributes:
        name: Short, for programs.
        status: `pass`, `fail`, `caution` (nothing measured, but the paper warns) or `not run`.
        words: The finding in words, with n, or why there is none.
        value: The figure that counts; NaN if not run.
        interval: Ends (low, high) of its interval, or None.
        threshold: The limit that it was compared with, or None.
    """

    name: str
    status: str
    words: str
    value: float = float("nan")
    interval: tuple[float, float] | None = None
    threshold: Threshold | None = None

    def describe(self) -> dict[str, Any]:
        """The verdict as JSON values, for result files."""
        threshold = self.threshold
        return {
            "name": self.name,
            "kind": question(self.name).kind,
            "question": question(self.name).words,
            "status": self.status,
            "words": self.words,
            "value": self.value,
            "interval": self.interval,
            "limit": threshold.limit if threshold else None,
            "reason": threshold.reason if threshold else None,
        }


def not_run(name: str, reason: str) -> Verdict:
    """A row that says why a question has no answer."""
    return Verdict(name, NOT_RUN, reason)


def judged(name: str, value: float, interval: dict[str, Any], threshold: Threshold, words: str) -> Verdict:
    """Fails when the whole interval lies above the limit."""
    ends = (_number(interval["low"]), _number(interval["high"]))
    if not all(map(math.isfinite, (value, *ends))):
        return not_run(name, f"undefined: {words}")
    status = FAIL if ends[0] > threshold.limit else PASS
    return Verdict(name, status, words, value, ends, threshold)


def membership_verdicts(name: str, result: dict[str, Any], settings: PrivacyConfig) -> list[Verdict]:
    """The verdicts of one attack, at image and at patient level."""
    verdicts = []
    for level in ("image", "patient"):
        found = result[level]
        rates = [
            f"{100 * rate['value']:.1f} % of the members found at {title} false alarms"
            for title, rate in found["true_positive_rates"].items()
            if math.isfinite(_number(rate["value"]))
        ]
        words = f"{found['members']:,} members and {found['others']:,} non-members ({level}s)"
        words += f"; {', '.join(rates)}" if rates else "; too few non-members for a rate at 1 % false alarms"
        title = f"{name} {level}"
        verdicts.append(judged(title, found["auc"], found["auc_interval"], settings.thresholds.membership_auc, words))
    return verdicts


def authenticity_verdict(result: dict[str, Any], settings: PrivacyConfig) -> Verdict:
    """Loss of authentic images."""
    words = (
        f"{result['share']:.1%} of {result['images']:,} images are authentic; {result['control_share']:.1%} when "
        "held-out images take the place of training images"
    )
    return judged("authenticity", result["loss"], result["interval"], settings.thresholds.authenticity, words)


def copying_verdict(result: dict[str, Any], settings: PrivacyConfig) -> Verdict:
    """Excess of training images among the nearest."""
    words = (
        f"{result['share']:.1%} of {result['images']:,} images have a training image nearest, {result['expected']:.1%} "
        f"expected, p = {result['p']:.4f}"
    )
    return judged("data_copying", result["excess"], result["interval"], settings.thresholds.training_excess, words)


def copies_verdict(result: dict[str, Any], power: dict[str, Any], settings: PrivacyConfig) -> Verdict:
    """Suspected copies, beside the audit's power. A single image that is a training image fails."""
    found = ", ".join(f"{one['share']:.0%} {name}" for name, one in power.items())
    words = (
        f"{result['suspected']:,} of {result['images']:,} images suspected, {result['control_share']:.1%} in the "
        f"control; of planted copies were found: {found}"
    )
    verdict = judged("copies", result["excess"], result["interval"], settings.thresholds.copies, words)
    if not result["identical"]:
        return verdict
    words = f"{result['identical']:,} images are training images pixel for pixel; {words}"
    return replace(verdict, status=FAIL, words=words)


def power_verdict(power: dict[str, Any], false_positives: dict[str, Any], settings: PrivacyConfig) -> Verdict:
    """Whether planted exact and mirrored copies are found."""
    threshold = settings.thresholds.power
    worst = min((power[name] for name in ("exact", "flipped")), key=lambda one: one["share"])
    found = ", ".join(f"{name} {one['found']}" for name, one in power.items())
    words = (
        f"found of {worst['planted']} planted each: {found}; false alarms on held-out patients "
        f"{false_positives['share']:.1%}"
    )
    status = PASS if worst["share"] >= threshold.limit else FAIL
    ends = (worst["interval"]["low"], worst["interval"]["high"])
    return Verdict("power", status, words, worst["share"], ends, threshold)


def reidentification_verdict(result: dict[str, Any], settings: PrivacyConfig) -> Verdict:
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
    return judged("reidentification", result["excess"], result["interval"], limits.reidentification, words)


def combinations_verdict(rows: list[dict[str, Any]], settings: PrivacyConfig) -> Verdict:
    """The paper's guidance on the number of training images."""
    if not rows:
        return Verdict("combinations", CAUTION, "labels are not known")
    few = [row for row in rows if row["train_images"] < settings.few_images]
    enough = [row for row in rows if row["train_images"] >= settings.enough_images]
    smallest = min(rows, key=lambda row: row["train_images"])
    words = (
        f"{len(few)} of {len(rows)} combinations have fewer than {settings.few_images:,} training images, where the "
        f"paper saw memorisation; {len(enough)} have {settings.enough_images:,} or more; smallest: "
        f"{smallest['labels']} with {smallest['train_images']:,}"
    )
    status = CAUTION if few else PASS
    return Verdict("combinations", status, words, float(smallest["train_images"]))


def _number(value: Any) -> float:
    return float("nan") if value is None else float(value)
