"""The strong attack on canaries, and the lower bound on epsilon that it gives, as rows of the audit."""

import math
from dataclasses import asdict
from typing import Any

import numpy as np

from medgan_tf.accounting.filed import FiledGuarantee
from medgan_tf.errors import MedganError
from medgan_tf.evidence.privacy.answers import Answer, Finding, Remark, Row, Unanswered
from medgan_tf.evidence.privacy.foreign import NO_CANARIES
from medgan_tf.evidence.privacy.inputs import PrivacyInputs
from medgan_tf.evidence.privacy.settings import PrivacyConfig, Threshold
from medgan_tf.metrics.privacy.attack_auc import AttackAucs, FoldScores, attack_aucs
from medgan_tf.metrics.privacy.attack_rate import ONE_PER_MILLE, ONE_PERCENT, fewest_non_members, found_members
from medgan_tf.metrics.privacy.one_run_epsilon import EpsilonBound, audited_epsilon, fewest_canaries

NAME, RATE, EPSILON = "canaries", "canaries_rate", "epsilon"
NONE_SET_APART = "not executed: no canaries were set apart (data.canaries: 0)"
# An AUC that is shown to be below it is a sign of wrong inputs, such as in and out exchanged.
_SMALLEST_AUC = 0.4
# Upper and lower normal quantile: limits at 95 % keep to the threshold in 80 % of the audits.
_QUANTILES = 1.645 + 0.842
_A_COMMON_CLAIM = 10.0


def answer(inputs: PrivacyInputs) -> Answer:
    """The attack on canaries. Where there are none, a remark says so: that is no failure. Plain folders have no row."""
    experiment = inputs.model.experiment
    if experiment is None:
        # Canaries are set apart before a training; plain folders come after one.
        return Answer()
    if inputs.model.foreign is not None:
        return Answer([Remark(NAME, NO_CANARIES, warns=False)])
    if not experiment.data.canaries:
        return Answer([Remark(NAME, NONE_SET_APART, warns=False)])
    # TensorFlow is loaded only where there is something to attack.
    from medgan_tf.evidence.privacy.canaries.strong_attack import strong_attack

    try:
        found = strong_attack(inputs, experiment)
    except MedganError as error:
        return Answer([Unanswered(NAME, str(error))])
    settings = _claimed(inputs.settings, inputs.model.guarantee)
    result = scored(found.patients, found.inside, found.scores, settings, inputs.seed)
    result.rows += [Unanswered(f"{NAME} {name}", reason) for name, reason in found.missing.items()]
    result.figures[NAME] |= {
        "images": found.images,
        "extractor": found.extractor,
        "draws": inputs.settings.canaries.draws,
    }
    return result


def _claimed(settings: PrivacyConfig, filed: FiledGuarantee | None) -> PrivacyConfig:
    """The settings with the claim that the guarantee of the training makes, where the settings name none."""
    if filed is None or not filed.bounded or settings.canaries.claimed_epsilon is not None:
        return settings
    # Canaries are patients: a guarantee for single images claims nothing about them.
    if filed.guarantee.unit != "patient":
        return settings
    claim = {"claimed_epsilon": filed.guarantee.epsilon, "delta": filed.guarantee.delta}
    return settings.model_copy(update={"canaries": settings.canaries.model_copy(update=claim)})


def scored(
    patients: np.ndarray, inside: np.ndarray, scores: dict[str, np.ndarray], settings: PrivacyConfig, seed: int
) -> Answer:
    """The rows of attacks whose scores are at hand.

    Args:
        patients: str [m], pseudonyms of the canaries.
        inside: bool [m], their coins: in the training set or not.
        scores: By attack, float64 [m], higher for those who are in.
        settings: Section `evaluation.privacy`.
        seed: Seed of the order of equal scores.
    """
    rows: list[Row] = []
    counts = {"in": int(inside.sum()), "out": int((~inside).sum())}
    figures: dict[str, Any] = {"canaries": len(patients), **counts, "attacks": {}}
    for name, values in scores.items():
        sides = values[inside], values[~inside]
        aucs = _aucs(*sides)
        rows.append(_auc_row(name, aucs, counts, settings))
        rates, described = _rate_rows(name, *sides, settings)
        rows += rates
        figures["attacks"][name] = {
            "auc": float(aucs.values[0]),
            "rates": described,
            "most_exposed": _most_exposed(patients, inside, values, settings.listed),
        }
    row, figures["epsilon"] = _epsilon(scores, inside, settings, seed)
    rows.append(row)
    left_out = (
        f"{counts['out']} of {len(patients)} canaries, and the patients of the reference generator, are not in the "
        "training set: the release has learned from fewer patients than there are"
    )
    return Answer(rows, {NAME: figures}, [left_out])


def _aucs(members: np.ndarray, non_members: np.ndarray) -> AttackAucs:
    folds = (np.zeros(len(side), np.int64) for side in (members, non_members))
    return attack_aucs(FoldScores(members[:, None], non_members[:, None], *folds))


def _auc_row(name: str, aucs: AttackAucs, counts: dict[str, int], settings: PrivacyConfig) -> Finding:
    threshold, one = settings.thresholds.membership_auc, np.ones(1)
    value = float(aucs.values[0])
    low, high = aucs.limits(one, 0.0, settings.level)
    words = (
        f"AUC {value:.3f} ({low:.3f}..{high:.3f}) by {name}, compared with a generator of other patients; "
        f"{counts['in']:,} canaries in the training set and {counts['out']:,} left out of it, by coin"
    )
    margin = threshold.limit - 0.5
    needed = 2 * math.ceil(_QUANTILES**2 / (6 * margin**2)) if margin > 0 else 0
    missing = ""
    if needed > sum(counts.values()):
        missing = f"about {needed:,} canaries (data.canaries), if nothing leaks; there are {sum(counts.values()):,}"
    return Finding(
        f"{NAME} {name}",
        value,
        lambda confidence: aucs.limits(one, 0.0, confidence),
        threshold,
        words,
        missing,
        smallest_plausible=_SMALLEST_AUC,
    )


def _rate_rows(
    name: str, members: np.ndarray, non_members: np.ndarray, settings: PrivacyConfig
) -> tuple[list[Row], dict[str, Any]]:
    """Rows of the canaries found at few false alarms, and their figures; nothing is shown where there are too few."""
    rows: list[Row] = []
    figures: dict[str, Any] = {}
    thresholds = settings.thresholds
    for rate, limit in ((ONE_PERCENT, thresholds.membership_tpr), (ONE_PER_MILLE, thresholds.membership_tpr_strict)):
        fewest, title = fewest_non_members(rate), f"{RATE} {rate * 100:g} %, {name}"
        if len(non_members) < fewest:
            missing = (
                f"{fewest:,} canaries that are out, so about {2 * fewest:,} in all; there are {len(non_members):,}"
            )
            figures[f"{rate:.1%}"] = {"value": math.nan, "missing": missing}
            if rate == ONE_PERCENT:
                rows.append(Remark(title, f"not shown: it needs {missing}", warns=False))
            continue
        row, figures[f"{rate:.1%}"] = _rate_row(title, rate, (members, non_members), limit, settings.level)
        rows.append(row)
    return rows, figures


def _rate_row(
    title: str, rate: float, sides: tuple[np.ndarray, np.ndarray], limit: Threshold, level: float
) -> tuple[Finding, dict[str, Any]]:
    found = found_members(*sides, rate)
    low, high = found.limits(level)
    words = (
        f"{found.value:.1%} ({low:.1%}..{high:.1%}) of {found.members:,} canaries that are in found at "
        f"{rate * 100:g} % false alarms among {found.non_members:,} that are out"
    )
    figures = {"value": found.value, "low": low, "high": high}
    return Finding(title, found.value, found.limits, limit, words, "more canaries (data.canaries)"), figures


def _most_exposed(
    patients: np.ndarray, inside: np.ndarray, scores: np.ndarray, listed: int
) -> list[dict[str, str | float]]:
    """The members with the highest scores, by pseudonym."""
    rows = np.flatnonzero(inside)
    rows = rows[np.argsort(-scores[rows], kind="stable")[:listed]]
    return [{"patient": str(patients[row]), "score": float(scores[row])} for row in rows]


def _epsilon(
    scores: dict[str, np.ndarray], inside: np.ndarray, settings: PrivacyConfig, seed: int
) -> tuple[Row, dict[str, Any]]:
    """The row of the lower bound on epsilon, and its figures: the best bound of all attacks, corrected for that."""
    claim, delta = settings.canaries.claimed_epsilon, settings.canaries.delta

    def best(confidence: float) -> tuple[str, EpsilonBound]:
        each = 1 - (1 - confidence) / len(scores)
        bounds = {
            name: audited_epsilon(
                values, inside, shares=settings.canaries.guessed, delta=delta, confidence=each, seed=seed
            )
            for name, values in scores.items()
        }
        name = max(bounds, key=lambda one: bounds[one].bound)
        return name, bounds[name]

    attack, bound = best(settings.level)
    needed = fewest_canaries(_A_COMMON_CLAIM, settings.level)
    least = f"epsilon is at least {bound.bound:.2f}" if bound.bound > 0 else "no epsilon is refuted"
    words = (
        f"{least} at delta {delta:g} ({settings.level:.0%} confidence): "
        f"{bound.right:,} of {bound.guesses:,} guesses by {attack} right, {bound.canaries:,} canaries; with so many no "
        f"attack can show more than {bound.ceiling:.2f}, the ceiling. A claim of epsilon 10 cannot be contradicted "
        f"with fewer than {needed:,} canaries"
    )
    # Over all attacks and numbers of guesses together.
    together = {"confidence": settings.level, "tried": bound.tried * len(scores)}
    figures = asdict(bound) | together | {"attack": attack, "claimed": claim, "needed_for_epsilon_10": needed}
    if claim is None:
        return Remark(EPSILON, f"{words}. No epsilon is claimed", bound.bound, warns=False), figures
    if bound.bound <= claim:
        words += f". The claim of epsilon {claim:g} is not contradicted, which does not show that it is right"
        return Remark(EPSILON, words, bound.bound, warns=False), figures
    words += f". That contradicts the claim of epsilon {claim:g}"
    limit = Threshold(limit=claim, reason="the epsilon that is claimed for the training of the generator")
    row = Finding(EPSILON, bound.bound, lambda confidence: (best(confidence)[1].bound, math.nan), limit, words)
    return row, figures
