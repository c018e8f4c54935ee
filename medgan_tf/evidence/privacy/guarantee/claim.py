"""Whether an audit contradicts a guarantee: its lower bound on epsilon beside the promised one. It confirms none."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from medgan_tf.accounting.filed import FiledGuarantee, checked_guarantee
from medgan_tf.accounting.guarantee import Guarantee
from medgan_tf.accounting.number_words import EPSILON_DIGITS, rounded_up
from medgan_tf.metrics.privacy.one_run_epsilon import ceiling, epsilon_bound, p_value
from medgan_tf.presentation.blocks import is_number

REFUTED, NOT_CONTRADICTED, NOT_TESTED = "refuted", "not contradicted", "not tested"
_COUNTS = ("canaries", "guesses", "right", "tried")
_AGAIN = "make the audit again with `medgan-tf privacy`"


@dataclass(frozen=True)
class Claim:
    """A promised epsilon, held against an audit.

    Attributes:
        state: `REFUTED`, `NOT_CONTRADICTED` or `NOT_TESTED`.
        words: Sentences about it.
        bound: Lower bound on epsilon; None where there is none.
        ceiling: What the bound would be if all guesses had been right; None where there is none.
    """

    state: str
    words: str
    bound: float | None = None
    ceiling: float | None = None


def held_against(filed: FiledGuarantee, audit: Mapping[str, Any] | None, audits: int = 1) -> Claim:
    """The guarantee of a run against its audit.

    Args:
        filed: The guarantee.
        audit: The content of `privacy.json`; None without an audit.
        audits: Audits that are read together: a claim is refuted at an error of 0.05 over all of them.
    """
    found = filed.guarantee
    if found is None:
        return Claim(NOT_TESTED, "")
    if audit is None:
        return Claim(NOT_TESTED, "Not tested: there is no audit of these images.")
    if not _is_of(audit, found):
        return Claim(NOT_TESTED, f"Not tested: the audit is not one of this guarantee; {_AGAIN}.")
    figures = _figures(audit)
    if figures is None:
        return Claim(
            NOT_TESTED,
            "Not tested: the audit had no canaries (data.canaries), so it has no lower bound on epsilon. Its other "
            "rows are tests of what known attacks find.",
        )
    if found.unit == "image":
        return Claim(
            NOT_TESTED, "Not tested: canaries are patients, and this guarantee is for one image, not for a patient."
        )
    return _compared(found, figures, audits)


def _is_of(audit: Mapping[str, Any], found: Guarantee) -> bool:
    """Whether the audit was made under this guarantee."""
    recorded = audit.get("guarantee")
    try:
        return isinstance(recorded, Mapping) and checked_guarantee(recorded.get("guarantee")) == found
    except ValueError:
        return False


def _figures(audit: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What the audit keeps of its lower bound; None where it has none that can be read."""
    canaries = audit.get("canaries")
    figures = canaries.get("epsilon") if isinstance(canaries, Mapping) else None
    if not isinstance(figures, Mapping):
        return None
    counts = [figures.get(name) for name in _COUNTS]
    if not all(isinstance(value, int) and not isinstance(value, bool) and value >= 0 for value in counts):
        return None
    if not all(is_number(figures.get(name)) for name in ("confidence", "delta", "ceiling")):
        return None
    canaries, guesses, right, tried = counts
    possible = right <= guesses <= canaries and tried >= 1 and 0.5 <= figures["confidence"] < 1
    return figures if possible else None


def _compared(found: Guarantee, figures: Mapping[str, Any], audits: int) -> Claim:
    canaries, guesses, right, tried = (figures[name] for name in _COUNTS)
    confidence, epsilon = figures["confidence"], rounded_up(found.epsilon, EPSILON_DIGITS)
    # The bound at the delta of the guarantee; one for another delta says nothing about it.
    each = 1 - (1 - confidence) / tried
    bound = epsilon_bound(canaries, guesses, right, found.delta, each)
    same = figures["delta"] == found.delta
    most = figures["ceiling"] if same else ceiling(canaries, guesses, found.delta, each)
    least = f"an epsilon of at least {bound:.2f}" if bound > 0 else "no epsilon above 0"
    shown = (
        f"the strongest attack on {canaries:,} canaries shows {least} ({confidence:.0%} confidence), and with so many "
        f"canaries no attack could have shown more than {most:.2f}, the ceiling"
    )
    if found.epsilon == float("inf"):
        return Claim(NOT_TESTED, f"There is no promise to contradict; {shown}.", bound, most)
    p = tried * p_value(canaries, guesses, right, found.epsilon, found.delta)
    if p <= (1 - confidence) / audits:
        return Claim(
            REFUTED,
            f"The claim is refuted: {shown}. That is more than the promised {epsilon}. The training, or what was "
            "charged for it, is wrong. Do not release anything that rests on this guarantee.",
            bound,
            most,
        )
    words = f"Not contradicted: {shown}. The promise is {epsilon}. That does not show that the promise is right."
    if most <= found.epsilon:
        words += " This audit could not have contradicted it, whatever the attack."
    elif bound > found.epsilon:
        words += f" The bound is above the promise; with {audits} audits looked at, that can be chance."
    return Claim(NOT_CONTRADICTED, words, bound, most)
