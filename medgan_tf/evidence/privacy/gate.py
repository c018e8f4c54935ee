"""The answer of the whole audit, and how often it would be wrong."""

from collections.abc import Sequence
from typing import Any

from medgan_tf.evidence.privacy.verdicts import BROKEN, HOLDS, NOT_RUN, UNDECIDED, Verdict

BROKEN_EXIT_CODE, UNDECIDED_EXIT_CODE = 3, 4


def gate(verdicts: Sequence[Verdict], level: float, compared: int) -> dict[str, Any]:
    """The gate as JSON values.

    Args:
        verdicts: Those of all rows.
        level: The level of the audit, see `verdicts.judge`.
        compared: K, the number of rows with a limit.

    Returns:
        `answer` (`holds`, `broken` or `undecided`), `level`, `compared`, the names of the rows by their answer, and
        `error`: sentences about how often the gate is wrong.
    """
    names = {
        status: [one.name for one in verdicts if one.status == status] for status in (HOLDS, BROKEN, UNDECIDED, NOT_RUN)
    }
    return {
        "answer": _answer(names),
        "level": level,
        "compared": compared,
        "holds": names[HOLDS],
        "broken": names[BROKEN],
        "undecided": names[UNDECIDED],
        "not_run": names[NOT_RUN],
        "error": _error(level, compared),
    }


def _answer(names: dict[str, list[str]]) -> str:
    if names[BROKEN]:
        return BROKEN
    # Where nothing was judged, nothing holds.
    return UNDECIDED if names[UNDECIDED] or not names[HOLDS] else HOLDS


def _error(level: float, compared: int) -> str:
    error = f"{1 - level:.2g}"
    return (
        f"if one of the limits is exceeded, the probability that all of them are said to hold is at most {error}; if "
        f"none is exceeded, the probability that any of the {compared} limits is said to be broken is at most {error} "
        f"(each is judged at {error} / {compared}); the tests are made for these two numbers; docs/statistics.md has "
        "the rates of simulated audits"
        if compared
        else "no row has a limit, so nothing is decided"
    )


def exit_code(found: dict[str, Any], gated: bool, partial: bool) -> int:
    """The exit code of an audit.

    Args:
        found: The gate's answer, from `gate`.
        gated: Whether the answer decides.
        partial: Whether questions without an answer are accepted.

    Returns:
        With `gated`: 3 when a limit is broken, 4 when one is undecided; 1 when a question has no answer and not
        `partial`; else 0.
    """
    if gated and found["answer"] == BROKEN:
        return BROKEN_EXIT_CODE
    if found["not_run"] and not partial:
        return 1
    return UNDECIDED_EXIT_CODE if gated and found["answer"] == UNDECIDED else 0
