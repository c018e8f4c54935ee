"""What a grid would do: the commands that are left, the table, and how long the trainings take."""

import shlex
from typing import Any

from medgan_tf.presentation.durations import duration
from medgan_tf.workflow.grid.jobs import DONE
from medgan_tf.workflow.grid.run import GridState


def dry_run_of(grid: str, state: GridState) -> tuple[dict[str, Any], list[str]]:
    """JSON values and lines for the terminal, of a grid's file and state."""
    left = [job for job, (name, _) in zip(state.jobs, state.states, strict=True) if name != DONE]
    if plan := state.plan:
        total = f"trainings: {duration(plan.seconds)} on this machine by the plan of {plan.made}; "
        total += "classifiers not included"
    else:
        total = f"trainings: not measured as they are now; `medgan-tf plan {shlex.quote(grid)}` does that"
    commands = [shlex.join(["medgan-tf", *job.arguments]) for job in left]
    values = {"plan": {"made": plan.made, "seconds": plan.seconds} if plan else None}
    return state.describe() | values, [*commands, "", *state.lines(), total]
