"""Measures what the stages cost, case by case, and goes on where it was stopped."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from medgan_tf.errors import ConfigError, DataError, RunError
from medgan_tf.files.atomic import atomic_path
from medgan_tf.files.json_files import parse_json
from medgan_tf.machine.cost.cases import STAGES, Case, all_cases
from medgan_tf.machine.cost.child import DONE, use_of
from medgan_tf.machine.cost.commands import command_of
from medgan_tf.machine.cost.inputs import Inputs
from medgan_tf.machine.cost.measurements import Costs, Measured, read_costs
from medgan_tf.machine.cost.table import markdown, replaced
from medgan_tf.machine.cost.this_machine import described, probe_seconds

MEASURED = "measured.json"

Note = Callable[[str], None]


CASE_SECONDS = 600.0
"""A command that takes longer is ended."""


def measure_costs(work: Path, stages: Sequence[str], most: int, seconds: float, note: Note) -> Costs:
    """Measures the cases that are not measured yet; each is kept as soon as it is measured.

    Args:
        work: Folder of inputs, results and measurements.
        stages: Which stages, see `cases.STAGES`; none are all.
        most: Most images of a case. Larger cases of a stage are left out, too, after one that took too long.
        seconds: No case is begun after so many seconds.
        note: Gets a line about each case.

    Raises:
        ConfigError: A stage is not known.
        DataError: The folder holds measurements of another machine or version.
        RunError: A command failed, or the system does not tell what it used.
    """
    if unknown := set(stages) - STAGES.keys():
        raise ConfigError(f"unknown stage {min(unknown)!r:.60}; known: {', '.join(STAGES)}")
    work = work.resolve()
    for name in ("output", "inputs", "results"):
        (work / name).mkdir(parents=True, exist_ok=True)
    costs, begun, inputs = _begun(work), time.monotonic(), Inputs(work / "inputs")
    todo = [case for case in all_cases(tuple(stages or STAGES), most) if not costs.has(case)]
    for number, case in enumerate(todo, start=1):
        if time.monotonic() - begun > seconds:
            note(f"the time is up; {len(todo) - number + 1} cases are left: give the same command again")
            break
        if _is_too_large(case, costs):
            note(f"{_words(case)}: left out, as a smaller case took too long")
            continue
        one = _measured(case, inputs, work)
        costs = costs.with_one(one)
        costs.save(work / MEASURED)
        note(
            f"{number} of {len(todo)}, {_words(case)}: {one.use.status}, {one.use.seconds:.1f} s, CPU "
            f"{one.use.cpu_seconds:.1f} s, peak {one.use.peak_gib:.2f} GiB"
        )
    return costs


def write_page(costs: Costs, page: Path) -> None:
    """Replaces the costs in a page. Raises `DataError` when it has no place for them or is no text."""
    try:
        text = page.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{page}: cannot be read as a page in UTF-8") from error
    changed = replaced(text, markdown(costs))
    with atomic_path(page) as partial:
        partial.write_text(changed, encoding="utf-8")


def _begun(work: Path) -> Costs:
    """The measurements so far, or none with this machine's description."""
    machine = described()
    if not (work / MEASURED).is_file():
        return Costs(machine, round(probe_seconds(), 4))
    costs = read_costs(work / MEASURED)
    if costs.machine != machine:
        raise DataError(
            f"{work / MEASURED} was measured on another machine or with other versions; give another folder"
        )
    return replace(costs, probe_seconds=round(min(costs.probe_seconds, probe_seconds()), 4))


def _is_too_large(case: Case, costs: Costs) -> bool:
    """Whether a case of the stage with fewer images, and with no more labels or pixels, took too long."""
    return any(
        one.use.status == "too long"
        and one.case.images < case.images
        and one.case.synthetic <= case.synthetic
        and one.case.labels <= case.labels
        and one.case.resolution <= case.resolution
        for one in costs.of(case.stage)
    )


def _measured(case: Case, inputs: Inputs, work: Path) -> Measured:
    command = command_of(case, inputs, work / "results")
    output = work / "output" / f"{case.key}.json"
    use = use_of(command, CASE_SECONDS, output, work)
    if use.status == "failed":
        raise RunError(f"{_words(case)} failed with code {use.code}: {_last_line(output.with_suffix('.log'))}")
    if case.stage == "prepare":
        inputs.without_pictures(case)
    if case.stage not in ("step", "network") or use.status != DONE:
        return Measured(case, use)
    return Measured(case, use, parse_json(output.read_text(encoding="utf-8"))["images_per_second"])


def _words(case: Case) -> str:
    parts = [f"{case.images:,} images"] if case.images else []
    parts += [f"{case.synthetic:,} synthetic"] if case.synthetic else []
    return f"{case.stage}, {', '.join([*parts, f'{case.labels} labels', f'{case.resolution} pixels'])}"


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1][:300] if lines else "no message"
