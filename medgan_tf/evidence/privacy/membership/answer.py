"""Can somebody find out who was in the training set? The attacks as rows of the audit."""

import math
from typing import Any

from medgan_tf.errors import DataError, MedganError
from medgan_tf.evidence.privacy.answers import Answer, Finding, Row, Unanswered
from medgan_tf.evidence.privacy.inputs import PrivacyInputs
from medgan_tf.evidence.privacy.membership.measure_membership import MODEL, RELEASED, model_attack, released_attacks
from medgan_tf.evidence.privacy.settings import PrivacyConfig
from medgan_tf.metrics.one_sided import interval_limits

# An AUC that is shown to be below it is no safety: the attack then tells members, only the other way round.
_SMALLEST_AUC = 0.45


def answer(inputs: PrivacyInputs) -> Answer:
    """Attacks with the released images, and with the discriminator where there is a checkpoint."""
    results: dict[str, Any] = {}
    rows: list[Row] = []
    try:
        results |= released_attacks(inputs)
        rows += [row for name in RELEASED for row in _findings(name, results[name], inputs.settings)]
    except DataError as error:
        rows += [Unanswered(name, str(error)) for name in RELEASED]
    discriminator = inputs.model.discriminator
    if isinstance(discriminator, MedganError):
        rows.append(Unanswered(MODEL, str(discriminator)))
    elif discriminator is not None:
        try:
            results[MODEL] = model_attack(inputs, discriminator)
            rows += _findings(MODEL, results[MODEL], inputs.settings)
        except DataError as error:
            rows.append(Unanswered(MODEL, str(error)))
    return Answer(rows, {"membership": results}, combinations=_columns(results))


def _columns(results: dict[str, Any]) -> dict[str, dict[str, Any]]:
    columns: dict[str, dict[str, Any]] = {}
    for attack, found in results.items():
        for name, one in found["combinations"].items():
            columns.setdefault(name, {}).update(
                {f"{attack}_auc": one["auc"], f"{attack}_interval": one["auc_interval"]}
            )
    return columns


def _findings(name: str, result: dict[str, Any], settings: PrivacyConfig) -> list[Finding]:
    """The rows of one attack, at image and at patient level."""
    rows = []
    for level in ("image", "patient"):
        found = result[level]
        rates = [
            f"{100 * rate['value']:.1f} % of the members found at {title} false alarms"
            for title, rate in found["true_positive_rates"].items()
            if rate["value"] is not None and math.isfinite(rate["value"])
        ]
        words = f"{found['members']:,} members and {found['others']:,} non-members ({level}s)"
        words += f"; {', '.join(rates)}" if rates else "; too few non-members for a rate at 1 % false alarms"
        interval = found["auc_interval"]
        limits = interval_limits(found["auc"], interval["low"], interval["high"], interval["level"])
        limit = settings.thresholds.membership_auc
        rows.append(Finding(f"{name} {level}", found["auc"], limits, limit, words, smallest_plausible=_SMALLEST_AUC))
    return rows
