"""The parts of the check, and how one of them is measured in a process of its own.

Imports no TensorFlow: this process would else hold the GPU's memory, and count in the memory of the others.
"""

import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from medgan_tf.files.json_files import json_lines
from medgan_tf.files.result_files import json_text
from medgan_tf.machine.cost.child import TOO_LONG, Use, use_of
from medgan_tf.machine.selfcheck.cases import FAILED, NOT_MEASURED
from medgan_tf.machine.selfcheck.record import VERSIONS, CaseResult, PartResult, state_of

_HERE = "medgan_tf.machine.selfcheck"
SHORTEST = 2.0
"""Seconds below which no process is started: Python and its libraries alone would take them."""
_OUT_OF_MEMORY = -9
_LARGEST_OUTPUT = 16 * 2**20


@dataclass(frozen=True)
class Part:
    """A part of the check.

    Attributes:
        name: Its name.
        module, function: The function that gives its cases, called in the part's process.
        share: Its share of the time, relative to the others. What it leaves goes to the later parts.
        demanded: Whether the check is not passed without it. Which of its cases are demanded is their own matter.
    """

    name: str
    module: str
    function: str = "cases"
    share: float = 1.0
    demanded: bool = True


# What is demanded comes first. The speed of the step has the most cases and takes what is left.
PARTS = (
    Part(VERSIONS, f"{_HERE}.versions", share=1.0),
    Part("golden", f"{_HERE}.golden", share=2.0),
    Part("determinism", f"{_HERE}.determinism", share=1.2),
    Part("resume", f"{_HERE}.resume", share=3.0),
    Part("replicas", f"{_HERE}.replicas", share=1.5),
    Part("classifier", f"{_HERE}.classifier", share=2.0, demanded=False),
)
LAST = (Part("speed", f"{_HERE}.speed", share=4.0),)


def measured_part(part: Part, before: PartResult | None, limit: float) -> PartResult:
    """Measures what is left of a part in processes of its own.

    A process that dies fails the case that it was at, and another one goes on with the next case.

    Args:
        part: The part.
        before: What an earlier call measured; these cases stay as they are.
        limit: Seconds after which it is ended.

    Raises:
        RunError: The system does not tell what a single process used (Windows).
    """
    found = {case.name: case for case in (before.measured if before else ())}
    planned: dict[str, bool] = {case.name: case.demanded for case in (before.cases if before else ())}
    begun, peak, text, late = time.monotonic(), before.peak_gib if before else None, "", None
    while (left := limit - (time.monotonic() - begun)) >= SHORTEST:
        use, lines, last = _processed(part, sorted(found), left)
        peak = max(peak or 0.0, use.peak_gib)
        plan, new, current = _read(lines)
        planned |= plan
        found |= {case.name: case for case in new}
        if use.code == 0:
            text = ""
            break
        if use.status == TOO_LONG:
            text = f"ended at its limit of {limit:.0f} s" + (f", in {current}" if current else "")
            late = current
            break
        if current is None:
            reason = f"the process ended with code {use.code} outside its cases: {last}"
            return _result(part, found, planned, reason, before, begun, limit, peak, late, FAILED)
        found[current] = _dead(current, planned.get(current, True), use, last)
        text = found[current].text
    return _result(part, found, planned, text, before, begun, limit, peak, late)


def _processed(part: Part, done: Sequence[str], limit: float) -> tuple[Use, list[dict[str, Any]], str]:
    """One process: what it used, the lines that it printed, and the last line of its log."""
    with tempfile.TemporaryDirectory(prefix="medgan-selfcheck-") as name:
        output = Path(name) / "lines"
        program = [sys.executable, "-m", "medgan_tf.machine.selfcheck.child"]
        use = use_of([*program, part.module, part.function, json_text(list(done))], limit, output, Path.cwd())
        lines = list(json_lines(output, largest=_LARGEST_OUTPUT, bad=[]))
        log = output.with_suffix(".log").read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return use, lines, log[-1][:300] if log else "no message"


def _read(lines: Sequence[dict[str, Any]]) -> tuple[dict[str, bool], list[CaseResult], str | None]:
    """Plan, outcomes, and the case that was begun and not finished."""
    planned: dict[str, bool] = {}
    finished: list[CaseResult] = []
    current = None
    for line in lines:
        try:
            if "planned" in line:
                planned = {str(one["name"]): bool(one["demanded"]) for one in line["planned"]}
            elif "begun" in line:
                current = str(line["begun"])
            elif "finished" in line:
                finished.append(CaseResult.model_validate(line["finished"]))
                current = None
        except (ValidationError, KeyError, TypeError):
            # Something else that a library printed.
            continue
    return planned, finished, current


def _dead(name: str, demanded: bool, use: Use, last: str) -> CaseResult:
    """A case whose process died: killed from outside, mostly for memory, is no fault of the machine's arithmetic."""
    if use.code == _OUT_OF_MEMORY:
        text = f"{name}: the system killed its process, as when memory runs out"
        return CaseResult(name=name, demanded=demanded, state=NOT_MEASURED, text=text)
    text = f"{name}: its process ended with code {use.code}: {last}"
    return CaseResult(name=name, demanded=demanded, state=FAILED, text=text)


def _result(part, found, planned, text, before, begun, limit, peak, late, state=None) -> PartResult:
    missing = [name for name in planned if name not in found]
    rest = [
        CaseResult(
            name=name,
            demanded=planned[name],
            state=NOT_MEASURED,
            text="it did not end in time" if name == late else "no time was left for it",
        )
        for name in missing
    ]
    cases = [*found.values(), *rest]
    order = {name: place for place, name in enumerate(planned)}
    cases.sort(key=lambda case: order.get(case.name, len(order)))
    return PartResult(
        name=part.name,
        demanded=any(case.demanded for case in cases) if cases else part.demanded,
        state=state or state_of(cases),
        text=text or ("" if cases else "no time was left for it"),
        seconds=round((before.seconds if before else 0.0) + time.monotonic() - begun, 1),
        limit_seconds=round(limit, 1),
        peak_gib=peak,
        cases=cases,
    )


def not_measured(part: Part, text: str = "") -> PartResult:
    """A part that was not begun."""
    return PartResult(name=part.name, demanded=part.demanded, state=NOT_MEASURED, text=text)
