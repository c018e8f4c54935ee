"""What a part of the check consists of: cases, and what came out of each. Imports no TensorFlow."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

PASSED, FAILED, REPORTED, NOT_MEASURED = "passed", "failed", "reported", "not measured"
"""The states of a case and of a part. `reported`: it was measured, and nothing is demanded of it."""


@dataclass(frozen=True)
class Outcome:
    """What came out of a case.

    Attributes:
        state: One of the four states.
        text: One sentence for the table.
        values: The figures, JSON values by name.
    """

    state: str
    text: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """One thing to measure.

    Attributes:
        name: Its name, which is its own within the part.
        demanded: Whether the check is not passed without it.
        measure: Measures it; called in the process of the part.
    """

    name: str
    demanded: bool
    measure: Callable[[], Outcome]


def judged(demanded: bool, good: bool, text: str, values: dict[str, Any]) -> Outcome:
    """An outcome that is passed or failed where that is demanded, and reported elsewhere."""
    return Outcome((PASSED if good else FAILED) if demanded else REPORTED, text, values)


def outcome_of(case: Case) -> Outcome:
    """Measures a case. An error is its outcome: `failed`, or `not measured` where the device's memory is too small."""
    try:
        return case.measure()
    except Exception as error:
        lines = str(error).strip().splitlines() or [""]
        if type(error).__name__ == "ResourceExhaustedError" or isinstance(error, MemoryError):
            return Outcome(NOT_MEASURED, "the memory of the device is too small for it")
        return Outcome(FAILED, f"{type(error).__name__}: {lines[0]:.300}")
