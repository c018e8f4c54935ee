"""Run a grid of experiments, GANs and seeds through Snakemake, and report on it."""

import shlex
import sys

import click

from medgan_tf.tools.common_options import ProgressLine, echo_result, json_option, run, tool_command


@tool_command("grid")
@click.argument("grid", metavar="GRID.yaml", type=click.Path(path_type=str))
@click.option("--cores", type=click.IntRange(1), default=1, help="CPU cores for all jobs together.")
@click.option("--gpus", type=click.IntRange(0), default=0, help="GPUs; each training gets one of its own.")
@click.option("--status", is_flag=True, help="Show how far the grid is; do nothing.")
@click.option("--dry-run", "dry_run", is_flag=True, help="Show the jobs that would be done; do nothing.")
@click.option("--report/--no-report", default=True, help="Write the report over all runs at the end.")
@json_option
def command(grid, cores, gpus, status, dry_run, report, as_json):
    """Run a grid of experiments, GANs and seeds through Snakemake, and report on it.

    Every job is one command of this package. Datasets and classifiers of real images are made once and shared. A job
    that fails is tried again, then what needs it is left out and everything else is done; the exit code is then 1 and
    the cause is in the table. Killed at any moment, the same command goes on. Needs pip install '.[benchmark]'.

    \b
    Examples:
      medgan-tf grid experiments/benchmark/quick.yaml --dry-run
      medgan-tf grid experiments/benchmark/quick.yaml --cores 2
      medgan-tf grid experiments/benchmark/quick.yaml --status
    """
    from medgan_tf.config.grid import load_grid
    from medgan_tf.evaluation.grid_jobs import DONE, grid_jobs
    from medgan_tf.evaluation.grid_run import GridState, run_grid

    if status or dry_run:
        state = GridState.of(grid_jobs(grid))
        lines = state.lines()
        if dry_run:
            left = [job for job, (name, _) in zip(state.jobs, state.states, strict=True) if name != DONE]
            lines = [*(shlex.join(["medgan-tf", *job.arguments]) for job in left), "", *lines]
        echo_result(state.describe(), as_json, "\n".join(lines))
        return
    with ProgressLine("grid", "jobs") as progress:
        state = run_grid(grid, cores, gpus, progress)
    lines, values = state.lines(), state.describe()
    if report:
        from medgan_tf.reporting.write import write_report

        page = write_report(load_grid(grid).output).files[0]
        lines, values = [*lines, "", f"look at {page}"], values | {"report": str(page)}
    echo_result(values, as_json, "\n".join(lines))
    sys.exit(0 if state.complete else 1)


if __name__ == "__main__":
    run(command)
