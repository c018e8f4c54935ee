"""Run a grid of experiments, GANs and seeds through Snakemake, and report on it."""

import shlex
import sys

import click

from medgan_tf.console.options import echo_result, json_option, run, tool_command
from medgan_tf.console.progress_line import ProgressLine


@tool_command("grid")
@click.argument("grid", metavar="GRID.yaml", type=click.Path(path_type=str))
@click.option("--cores", type=click.IntRange(1), help="CPU cores for all jobs together; 1 if not given.")
@click.option("--gpus", type=click.IntRange(0), help="GPUs, 0 if not given; each training gets one of its own.")
@click.option("--status", is_flag=True, help="Show how far the grid is, also while it runs; do nothing.")
@click.option("--dry-run", "dry_run", is_flag=True, help="Show the jobs that would be done; do nothing.")
@click.option(
    "--every", type=click.FloatRange(0.1), default=10.0, help="Minutes between two status tables on standard error."
)
@click.option("--report/--no-report", default=True, help="Write the report over all runs at the end.")
@json_option
def command(grid, cores, gpus, status, dry_run, every, report, as_json):
    """Run a grid of experiments, GANs and seeds through Snakemake, and report on it.

    Every job is one command of this package. Datasets and classifiers of real images are made once and shared. A job
    that fails is tried again, then what needs it is left out and everything else is done; the exit code is then 1 and
    the cause is in the table. Killed at any moment, the same command goes on. Needs pip install '.[benchmark]'.

    The table shows, by stage, how long the finished jobs took and how long the others will take: as the finished ones
    of the stage on average, or, for trainings, as `medgan-tf plan` of the grid measured. The time left is for the given
    cores and GPUs; --status takes those of the last start if none are given.

    \b
    Examples:
      medgan-tf plan experiments/benchmark/quick.yaml
      medgan-tf grid experiments/benchmark/quick.yaml --dry-run
      medgan-tf grid experiments/benchmark/quick.yaml --cores 2
      medgan-tf grid experiments/benchmark/quick.yaml --status
    """
    from medgan_tf.workflow.grid.grid_file import load_grid
    from medgan_tf.workflow.grid.run import grid_state, run_grid

    if status or dry_run:
        state = grid_state(grid, cores, gpus)
        if dry_run:
            _echo_dry_run(grid, state, as_json)
        else:
            echo_result(state.describe(), as_json, "\n".join(state.lines()))
        return
    with ProgressLine("grid", "jobs") as progress:
        state = run_grid(grid, cores or 1, gpus or 0, progress, period=60 * every)
    lines, values = state.lines(), state.describe()
    if as_json:
        # Without --json it ends standard output.
        click.echo("\n".join(lines), err=True)
    if report:
        from medgan_tf.reporting.write import write_report

        written = write_report(load_grid(grid).output)
        lines, values = [*lines, "", f"look at {written.files[0]}"], values | {"report": str(written.files[0])}
    echo_result(values, as_json, "\n".join(lines))
    if report:
        written.check()
    sys.exit(0 if state.complete else 1)


def _echo_dry_run(grid: str, state, as_json: bool) -> None:
    """The commands that are left, the table, and how long the trainings take."""
    from medgan_tf.presentation.durations import duration
    from medgan_tf.workflow.grid.jobs import DONE

    left = [job for job, (name, _) in zip(state.jobs, state.states, strict=True) if name != DONE]
    if plan := state.plan:
        total = f"trainings: {duration(plan.seconds)} on this machine by the plan of {plan.made}; "
        total += "classifiers not included"
    else:
        total = f"trainings: not measured as they are now; `medgan-tf plan {shlex.quote(grid)}` does that"
    commands = [shlex.join(["medgan-tf", *job.arguments]) for job in left]
    values = {"plan": {"made": plan.made, "seconds": plan.seconds} if plan else None}
    echo_result(state.describe() | values, as_json, "\n".join([*commands, "", *state.lines(), total]))


if __name__ == "__main__":
    run(command)
