"""What one membership attack found: rows of the audit, and figures for its result."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from medgan_tf.evidence.privacy.answers import Finding
from medgan_tf.evidence.privacy.inputs import PrivacyInputs
from medgan_tf.evidence.privacy.membership.attacks import Attacked
from medgan_tf.evidence.privacy.membership.candidates import Candidates
from medgan_tf.evidence.privacy.settings import PrivacyConfig, Threshold
from medgan_tf.metrics.clustered_auc import auc_interval, clustered_aucs
from medgan_tf.metrics.privacy.attack_auc import CROSS_FITTED, AttackAucs, FoldScores, attack_aucs, auc_leak
from medgan_tf.metrics.privacy.attack_rate import ONE_PER_MILLE, ONE_PERCENT, fewest_non_members, found_members
from medgan_tf.metrics.privacy.exposed import most_exposed
from medgan_tf.metrics.privacy.leak import Leak
from medgan_tf.metrics.privacy.membership import patient_maxima, patient_means
from medgan_tf.metrics.privacy.rate_beyond_null import BeyondNull, null_share

# An AUC that is shown to be below it is no safety: the attack then tells members, only the other way round.
_SMALLEST_AUC = 0.4
# Limits at 95 % keep to the threshold in 80 % of the audits when they are this much wider than at 50 %.
_WIDER = (1.645 + 0.842) / 1.645


@dataclass(frozen=True)
class Measured:
    """One attack, measured.

    Attributes:
        rows: Rows of the audit.
        figures: JSON values for its result.
    """

    rows: list[Finding]
    figures: dict[str, Any]


def measured(name: str, attacked: Attacked, chosen: Candidates, inputs: PrivacyInputs, suffix: str = "") -> Measured:
    """The rows and figures of an attack.

    Args:
        name: Name of the attack.
        attacked: Its scores of all images.
        chosen: The candidates.
        inputs: The sets.
        suffix: What the names of its rows end with, to tell the features apart.
    """
    settings, sides = inputs.settings, (chosen.members, chosen.non_members)
    scores = attacked.members, attacked.non_members
    means, highest = (
        [
            np.column_stack([by_patient(part[:, k], side.patients) for k in range(part.shape[1])])
            for part, side in zip(scores, sides, strict=True)
        ]
        for by_patient in (patient_means, patient_maxima)
    )
    aucs = attack_aucs(FoldScores(*means, *(side.folds for side in sides)), attacked.cross_fitted)
    figures = {
        "unit": chosen.unit,
        "members": len(means[0]),
        "others": len(means[1]),
        "images": [len(part) for part in scores],
        "null": attacked.null,
        "auc": _auc_figures(aucs, settings.level),
        "rates": {},
        "most_exposed": _exposed(highest, chosen, settings),
        "combinations": _by_combination(attacked, chosen, inputs),
    }
    rows = [_auc_row(f"{name} {chosen.unit[:-1]}{suffix}", aucs, figures, settings)]
    wider = CROSS_FITTED if 2 in attacked.cross_fitted else 1.0
    for rate, limit in _rates(len(means[1]), settings):
        row, found = _rate_row(f"{name}_rate {rate * 100:g} %{suffix}", highest, rate, limit, figures, settings, wider)
        rows.append(row)
        figures["rates"][f"{rate:.1%}"] = found
    return Measured(rows, figures)


def undecided(name: str, chosen: Candidates, settings: PrivacyConfig, suffix: str = "") -> list[Finding]:
    """The rows of an attack for which there are too few candidates."""
    missing = (
        f"{settings.smallest} held-out {chosen.unit} with the label combinations of training images "
        f"(evaluation.privacy.smallest); there are {chosen.few}"
    )
    limit = settings.thresholds.membership_auc
    return [_empty(f"{name} {chosen.unit[:-1]}{suffix}", limit, missing)]


def _rates(non_members: int, settings: PrivacyConfig) -> list[tuple[float, Threshold]]:
    rates = [(ONE_PERCENT, settings.thresholds.membership_tpr)]
    if non_members >= fewest_non_members(ONE_PER_MILLE):
        rates.append((ONE_PER_MILLE, settings.thresholds.membership_tpr_strict))
    return rates


def _empty(name: str, threshold: Threshold, missing: str) -> Finding:
    nothing = (math.nan, math.nan)
    return Finding(name, math.nan, lambda confidence: nothing, threshold, f"not shown: it needs {missing}", missing)


def _auc_row(name: str, aucs: AttackAucs, figures: dict[str, Any], settings: PrivacyConfig) -> Finding:
    leak, found = auc_leak(aucs), figures["auc"]
    words = (
        f"{figures['members']:,} members and {figures['others']:,} non-members ({figures['unit']}); AUC "
        f"{found['raw']:.3f} ({found['raw_low']:.3f}..{found['raw_high']:.3f}), {found['null']:.3f} "
        f"({found['null_low']:.3f}..{found['null_high']:.3f}) with {figures['null']} instead{_shift(leak)}"
    )
    threshold = settings.thresholds.membership_auc
    missing = _missing(leak, threshold.limit, 0.5, figures, settings)
    smallest = None if leak.null_differs else _SMALLEST_AUC
    return Finding(name, leak.value, leak.limits, threshold, words, missing, smallest_plausible=smallest)


def _shift(leak: Leak) -> str:
    if not leak.null_differs:
        return ""
    return "; that differs from chance, so the folds differ for another reason than training, and it is subtracted"


def _rate_row(
    name: str,
    highest: list[np.ndarray],
    rate: float,
    threshold: Threshold,
    figures: dict[str, Any],
    settings: PrivacyConfig,
    wider: float,
) -> tuple[Finding, dict[str, Any]]:
    """The row of the share of members found at a rate of false alarms, and its figures."""
    fewest, there, unit = fewest_non_members(rate), len(highest[1]), figures["unit"]
    if there < fewest:
        missing = f"{fewest:,} held-out {unit} for a rate of {rate * 100:g} % false alarms; there are {there:,}"
        return _empty(name, threshold, missing), {"value": math.nan, "missing": missing}
    raw, paired = (found_members(*(side[:, k] for side in highest), rate) for k in (0, 1))
    null = null_share(*(side[:, 2] for side in highest), rate, wider)
    beyond = BeyondNull(paired, null)
    leak = beyond.leak()
    leak = Leak(raw.value, raw.limits, leak.beyond, leak.beyond_limits, leak.null_differs)
    low, high = raw.limits(settings.level)
    words = (
        f"{raw.value:.1%} ({low:.1%}..{high:.1%}) of {len(highest[0]):,} members found at {rate * 100:g} % false "
        f"alarms among {there:,} non-members ({unit}, each by the image with the highest score); {null.value:.1%} "
        f"with {figures['null']} instead{_shift(leak)}"
    )
    own_low, own_high = leak.limits(settings.level)
    found = {
        "value": leak.value, "low": own_low, "high": own_high, "raw": raw.value, "raw_low": low, "raw_high": high,
        "null": null.value, "null_counted": null.counted, "beyond_null": leak.beyond, "null_differs": leak.null_differs,
        "members_above": raw.full[0], "non_members_above": raw.full[1],
    }  # fmt: skip
    missing = _missing(leak, threshold.limit, rate, figures, settings)
    return Finding(name, leak.value, leak.limits, threshold, words, missing), found


def _missing(leak: Leak, limit: float, chance: float, figures: dict[str, Any], settings: PrivacyConfig) -> str:
    """What would decide the row: a difference of the folds that goes away, or patients."""
    if leak.null_differs:
        return "training and held-out images that do not differ for another reason than training"
    half = leak.limits(settings.level)[1] - leak.value
    if not half > 0 or limit <= max(chance, leak.value):
        return ""
    times = (half * _WIDER / (limit - chance)) ** 2
    fewer = min(figures["members"], figures["others"])
    if times <= 1 or not math.isfinite(times):
        return ""
    return (
        f"about {math.ceil(fewer * times / 100) * 100:,} members and as many non-members ({figures['unit']}), if "
        f"nothing leaks; there are {figures['members']:,} and {figures['others']:,}"
    )


def _auc_figures(aucs: AttackAucs, level: float) -> dict[str, Any]:
    leak = auc_leak(aucs)
    low, high = leak.limits(level)
    raw_low, raw_high = leak.raw_limits(level)
    null_low, null_high = aucs.limits(np.array([0, 0, 1.0]), 0.0, level)
    return {
        "value": leak.value, "low": low, "high": high, "raw": leak.raw, "raw_low": raw_low, "raw_high": raw_high,
        "null": float(aucs.values[2]), "null_low": null_low, "null_high": null_high, "beyond_null": leak.beyond,
        "null_differs": leak.null_differs,
    }  # fmt: skip


def _exposed(highest: list[np.ndarray], chosen: Candidates, settings: PrivacyConfig) -> dict[str, Any]:
    members, non_members = (side[:, 0] for side in highest)
    found = most_exposed(members, non_members, settings.listed)
    listed = [
        {
            "rank": rank,
            "patient": str(chosen.members.names[row]),
            "score": float(members[row]),
            "non_members_above": int(above),
            "share_of_non_members_above": float(above / len(non_members)),
        }
        for rank, (row, above) in enumerate(zip(found.order, found.non_members_above, strict=True), start=1)
    ]
    above_all = {"members": found.above_all, "expected": found.expected, "p": found.p}
    return {"above_every_non_member": above_all, "list": listed}


def _by_combination(attacked: Attacked, chosen: Candidates, inputs: PrivacyInputs) -> dict[str, Any]:
    """The AUC of images of each label combination, as the attack is."""
    sides = (inputs.train, chosen.members), (inputs.held_out, chosen.non_members)
    scores = np.concatenate([attacked.members[:, 0], attacked.non_members[:, 0]])
    truth = np.repeat([1, 0], [len(attacked.members), len(attacked.non_members)])
    patients = np.concatenate([chosen.members.patients, -1 - chosen.non_members.patients]).astype(str)
    names = np.concatenate([whole.combinations()[side.rows] for whole, side in sides])
    found = {}
    for name in np.unique(names):
        own = names == name
        aucs = clustered_aucs(truth[own, None], scores[own, None], patients[own])
        interval = auc_interval(aucs, 0, inputs.settings.level)
        ends = {"low": interval.low, "high": interval.high, "level": inputs.settings.level}
        if math.isfinite(aucs.values[0]):
            found[str(name)] = {"auc": float(aucs.values[0]), "auc_interval": ends}
    return found
