"""What a self-check lets one expect of a training, beside what `medgan-tf plan` measured."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from medgan_tf.config.schema import Experiment
from medgan_tf.cores import usable_cores
from medgan_tf.machine.cost.this_machine import described
from medgan_tf.machine.selfcheck.record import CaseResult, Record
from medgan_tf.training.devices.precision import working_precision

ARCHITECTURE = "cpd"
"""The GAN whose steps the check measures."""
FACTOR = 2.0
"""A ratio beyond this, or below its inverse, is warned of: on a machine of two cores one other busy program alone makes
a factor of up to 2."""
_NEAR = math.log(2) + 1e-9
"""Width and resolution may differ by a factor of 2 at most: beyond it the rate of a step is another one."""


class MeasuredPhase(Protocol):
    """A phase of a plan, see `machine.plan.PhasePlan`."""

    @property
    def resolution(self) -> int:
        """Side of its images, pixels."""

    @property
    def images_per_second(self) -> float:
        """Measured speed."""

    @property
    def gflop_per_image(self) -> float:
        """Counted operations; NaN where they could not be counted."""


class MeasuredPlan(Protocol):
    """A plan, see `machine.plan.TrainingPlan`."""

    @property
    def name(self) -> str:
        """Name of the experiment."""

    @property
    def phases(self) -> Sequence[MeasuredPhase]:
        """Its phases, in order."""


@dataclass(frozen=True)
class Comparison:
    """One phase of a training against the check.

    Attributes:
        resolution: Side of its images, pixels.
        measured: Images/s of the plan.
        expected: Images/s by the check; None where it has no step of this kind.
        ratio: measured / expected, or None.
        text: One sentence.
        warning: Whether the ratio is beyond `FACTOR`.
    """

    resolution: int
    measured: float
    expected: float | None
    ratio: float | None
    text: str
    warning: bool


def compared_training(phases: Sequence[MeasuredPhase], experiment: Experiment, record: Record) -> list[Comparison]:
    """Compares phases with the step of the check that is nearest in width and resolution.

    The rate of that step, in operations a second, by the operations of an image of the phase gives the images a second.

    Args:
        phases: The phases of a plan.
        experiment: The experiment that was planned.
        record: The check.
    """
    policy = working_precision(experiment.training.precision)
    return [_compared(phase, _nearest(phase, experiment, policy, record)) for phase in phases]


def against(record: Record, plans: Sequence[MeasuredPlan], experiments: Sequence[Experiment]) -> dict[str, Any]:
    """All plans against the check, as JSON values.

    Returns:
        `other_machine`, see that function; `phases`: name of the experiment and the values of `Comparison`; `lines`:
        all of it in words.
    """
    other = other_machine(record)
    lines, phases = [other] if other else [], []
    for plan, experiment in zip(plans, experiments, strict=True):
        for one in compared_training(plan.phases, experiment, record):
            phases.append({"name": plan.name, **asdict(one)})
            lines.append(f"{plan.name}, {one.text}")
    return {"other_machine": other, "phases": phases, "lines": lines}


def other_machine(record: Record) -> str | None:
    """A sentence where the check was made on another machine than this one; None where it was this kind."""
    here = {"cpu": described()["cpu"], "cores": usable_cores()}
    there = {name: record.machine.get(name) for name in here}
    if here == there:
        return None
    return (
        f"the check was made on another machine ({there['cpu']}, {there['cores']} cores; this one is {here['cpu']}, "
        f"{here['cores']} cores): expect other speeds"
    )


def _nearest(phase: MeasuredPhase, experiment: Experiment, policy: str, record: Record) -> CaseResult | None:
    if experiment.gan.architecture != ARCHITECTURE or experiment.private:
        return None
    formats, part, found = _formats(policy, record.machine), record.part("speed"), []
    for case in part.measured if part else ():
        try:
            values = case.values
            if values["number_format"] not in formats or values["jit_compile"] is not experiment.training.jit_compile:
                continue
            away = [
                abs(math.log((experiment.gan.max_channels or 0) / values["channels"])),
                abs(math.log(phase.resolution / values["resolution"])),
            ]
            if values["step_rate"] > 0 and max(away) <= _NEAR:
                found.append((formats.index(values["number_format"]), sum(away), len(found), case))
        except (KeyError, TypeError, ValueError, ZeroDivisionError):
            # A case that failed, or one of an edited file.
            continue
    return min(found)[-1] if found else None


def _formats(policy: str, machine: dict[str, Any]) -> tuple[str, ...]:
    """The number formats of the check that a policy means: TensorFlow computes float32 in TF32 where a GPU has it."""
    if policy == "mixed_bfloat16":
        return ("bfloat16",)
    return ("TF32", "float32") if machine.get("gpus") else ("float32",)


def _compared(phase: MeasuredPhase, case: CaseResult | None) -> Comparison:
    measured = phase.images_per_second
    start = f"{phase.resolution} pixels: {measured:.1f} img/s"
    if case is None or not math.isfinite(phase.gflop_per_image):
        why = "operations of this step cannot be counted" if case else "the check has no step like it"
        return Comparison(phase.resolution, measured, None, None, f"{start}; {why}", False)
    expected = float(case.values["step_rate"]) / phase.gflop_per_image
    ratio = measured / expected
    text = f"{start}, {expected:.1f} expected by the check ({case.name}): {ratio:.2f} times as fast"
    if ratio < 1 / FACTOR:
        text += "; slower than expected: do other programs use this machine, or does the batch differ?"
    elif ratio > FACTOR:
        text += "; faster than expected: was the machine busy when it was checked?"
    return Comparison(phase.resolution, measured, expected, ratio, text, not 1 / FACTOR <= ratio <= FACTOR)
