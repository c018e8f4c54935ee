"""Several audits that are read together: the worst of many is worse than one by chance alone."""

from collections.abc import Sequence
from typing import Any

from medgan_tf.evidence.privacy.verdicts import BROKEN, UNDECIDED
from medgan_tf.presentation.blocks import is_number

Result = dict[str, Any]


def judged_together(audits: Sequence[Result]) -> list[Result]:
    """Audits whose broken limits would be broken also when one looks for the worst of all N of them.

    A limit stays broken when its p-value is at most (1 - level) / (K N), with K rows in its audit. Otherwise it is
    undecided, and says so. A census has no p-value, and neither has a row of an earlier version: these stay as they
    are. "All limits hold" needs no correction: it asks all rows of all audits to hold.

    Args:
        audits: Contents of `privacy.json` in the present format.
    """
    return [{**one, "verdicts": [_verdict(verdict, one, len(audits)) for verdict in one["verdicts"]]} for one in audits]


def _verdict(verdict: Result, audit: Result, audits: int) -> Result:
    p = verdict.get("p_broken")
    if verdict["status"] != BROKEN or not is_number(p) or verdict.get("count") is not None:
        return verdict
    found = audit["gate"]
    if p <= (1 - found["level"]) / (max(1, found["compared"]) * audits):
        return verdict
    missing = f"broken in this audit alone (p = {p:.2g}); with {audits} audits looked at, that can be chance"
    return {**verdict, "status": UNDECIDED, "missing": missing}


def together_sentence(audits: int) -> str:
    """How several audits are judged together, as a sentence; "" for one."""
    if audits < 2:
        return ""
    return (
        f"The broken limits of the {audits} audits are judged together: each of the K limits of an audit at "
        f"0.05 / (K x {audits}), so that the worst of them is not broken by chance."
    )
