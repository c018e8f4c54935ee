"""Run a grid of experiments, GANs and seeds through Snakemake, and report on it."""

import sys

import click

from medgan_tf.console.options import echo_result, json_option, run, tool_command
from medgan_tf.console.progress_line import ProgressLine


@tool_command("grid")
@click.argument("grid", metavar="GRID.yaml", type=click.Path(path_type=str))
@click.option(
    "--cores", type=click.IntRange(1), help="CPU cores for all jobs together; 1, or the profile's, if not given."
)
@click.option("--gpus", type=click.IntRange(0), help="GPUs, 0 if not given; each training gets one of its own.")
@click.option("--profile", metavar="FOLDER", help="Options of Snakemake that bring the jobs to a cluster.")
@click.option("--status", is_flag=True, help="Show how far the grid is, also while it runs; do nothing.")
@click.option("--dry-run", "dry_run", is_flag=True, help="Show the jobs that would be done; do nothing.")
@click.option(
    "--every", type=click.FloatRange(0.1), default=10.0, help="Minutes between two status tables on standard error."
)
@click.option("--report/--no-report", default=True, help="Write the report over all runs at the end.")
@json_option
def command(grid, cores, gpus, profile, status, dry_run, every, report, as_json):
    """Run a grid of experiments, GANs and seeds through Snakemake, and report on it.

    Every job is one command of this package. Datasets and classifiers of real images are made once and shared. A job
    that fails is tried again, then what needs it is left out and everything else is done; the exit code is then 1 and
    the cause is in the table. Killed at any moment, the same command goes on. Needs pip install '.[benchmark]'.

    The table shows, by stage, how long the finished jobs took and how long the others will take: as the finished ones
    of the stage on average, or, for trainings, as `medgan-tf plan` of the grid measured. The time left is for the given
    cores and GPUs; --status takes those of the last start if none are given.

    With --profile the jobs run on the nodes of a cluster: pip install '.[slurm]', and `medgan-tf init --example
    benchmark/quick` brings a profile for Slurm. With --dry-run, Snakemake's answer is on standard error.

    \b
    Examples:
      medgan-tf plan experiments/benchmark/quick.yaml
      medgan-tf grid experiments/benchmark/quick.yaml --dry-run
      medgan-tf grid experiments/benchmark/quick.yaml --cores 2
      medgan-tf grid experiments/benchmark/quick.yaml --profile experiments/benchmark/profiles/slurm --gpus 8
      medgan-tf grid experiments/benchmark/quick.yaml --status
    """
    from medgan_tf.workflow.grid.cluster import try_profile
    from medgan_tf.workflow.grid.dry_run import dry_run_of
    from medgan_tf.workflow.grid.grid_file import load_grid
    from medgan_tf.workflow.grid.run import grid_state, run_grid

    if status or dry_run:
        state = grid_state(grid, cores, gpus)
        values, lines = dry_run_of(grid, state) if dry_run else (state.describe(), state.lines())
        echo_result(values, as_json, "\n".join(lines))
        if dry_run and profile:
            click.echo(try_profile(grid, cores, gpus or 0, profile), err=True)
        return
    with ProgressLine("grid", "jobs") as progress:
        state = run_grid(grid, cores, gpus or 0, progress, 60 * every, profile)
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


if __name__ == "__main__":
    run(command)
