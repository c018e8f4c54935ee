"""Predict time, memory and disk of trainings from a short probe on this machine, before they are begun."""

from pathlib import Path

import click

from medgan_tf.console.options import echo_result, json_option, run, set_option, tool_command
from medgan_tf.console.progress_line import ProgressLine


@tool_command("plan")
@click.argument("experiments", metavar="YAML...", nargs=-1, required=True, type=click.Path(path_type=str))
@click.option("--seconds", type=click.FloatRange(1), default=30.0, help="Time for the timed steps of each probe.")
@click.option("--privacy", is_flag=True, help="Only what a private training costs; takes seconds and trains nothing.")
@click.option("--patients", type=click.IntRange(1), help="With --privacy: training patients. [default: the dataset's]")
@click.option(
    "--selfcheck",
    "check",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A file of `medgan-tf selfcheck`: compare the speed with it.",
)
@set_option
@json_option
def command(experiments, seconds, privacy, patients, check, overrides, as_json):
    """Predict time, memory and disk of trainings from a short probe on this machine, before they are begun.

    Each experiment is probed in a process of its own: some steps of each phase, a checkpoint, a sample grid and an
    export. Several experiments are summed up as trained one after the other. FID while training is not included; what
    other stages take is told from measured costs, scaled to this machine. The exit code is 1 when memory or disk are
    short. Datasets must be prepared.

    Of a grid, a file with the key `experiments`, each training that differs in more than name, seed and data is probed
    once and summed up over experiments, GANs and seeds; classifiers and evidence come on top. The result is kept,
    and `medgan-tf grid` shows the time left by it.

    With --selfcheck the measured speed stands beside the one that the machine's self-check lets one expect. A ratio
    beyond 2 is warned of; it changes no exit code.

    With privacy.dp the plan begins with what the guarantee costs: epsilon by quarter, and the noise for target_epsilon.

    \b
    Examples:
      medgan-tf prepare experiments/quickstart.yaml && medgan-tf plan experiments/quickstart.yaml
      medgan-tf plan experiments/quickstart.yaml --set training.batch=64 --json
      medgan-tf plan experiments/chexpert_*.yaml --seconds 10
      medgan-tf plan experiments/benchmark/quick.yaml
      medgan-tf plan experiments/quickstart.yaml --selfcheck selfcheck.json
      medgan-tf plan my_private.yaml --privacy --patients 8000 --set privacy.dp.target_epsilon=3
    """
    from medgan_tf.workflow.grid.grid_file import is_grid

    grids = [path for path in experiments if is_grid(path)]
    if patients is not None and not privacy:
        raise click.UsageError("--patients goes with --privacy")
    if check is not None and (grids or privacy):
        raise click.UsageError("--selfcheck is for experiments that are probed: not for grids, not with --privacy")
    if grids and privacy:
        raise click.UsageError(f"--privacy is for experiments; {grids[0]} is a grid")
    if not grids:
        _plan_experiments(experiments, seconds, privacy, patients, check, overrides, as_json)
        return
    if len(experiments) > 1:
        raise click.UsageError(f"{grids[0]} is a grid: it is planned alone, without other files")
    if overrides:
        raise click.UsageError(f"--set is for experiments; {grids[0]} is a grid: put overrides under its key `set`")
    _plan_grid(grids[0], seconds, as_json)


def _plan_experiments(experiments, seconds: float, privacy: bool, patients: int | None, check, overrides, as_json):
    from medgan_tf.config.loading import load_experiment
    from medgan_tf.machine.privacy_plan import plan_privacy, privacy_text, training_fold

    chosen = [load_experiment(path, overrides) for path in experiments]
    costs = [plan_privacy(one, training_fold(one, patients)) for one in chosen if privacy or one.private]
    result = {"privacy": [cost.as_dict() for cost in costs]} if costs else {}
    if costs and (privacy or not as_json):
        echo_result(result, as_json, "\n".join(map(privacy_text, costs)))
    if not privacy:
        _probe_experiments(chosen, seconds, result, check, as_json)


def _probe_experiments(chosen, seconds: float, result: dict, check: Path | None, as_json: bool) -> None:
    from medgan_tf.errors import RunError
    from medgan_tf.machine.plan import plan_training, shortages
    from medgan_tf.machine.plan_table import plan_text
    from medgan_tf.machine.selfcheck.expected import against
    from medgan_tf.machine.selfcheck.record import read_record
    from medgan_tf.presentation.durations import duration
    from medgan_tf.synthesis.external.refusal import refuse_external

    plans, record = [], read_record(check) if check else None
    for settings in chosen:
        refuse_external(settings, "plan")
    for settings in chosen:
        plans.append(plan_training(settings, seconds))
        if not as_json:
            click.echo(plan_text(plans[-1]))
    total = {"seconds": sum(plan.seconds for plan in plans), "disk_gib": sum(plan.disk_gib for plan in plans)}
    lacking = shortages(plans)
    if record:
        result["selfcheck"] = against(record, plans, chosen)
        if not as_json:
            click.echo("\n".join(result["selfcheck"]["lines"]))
    result |= {"plans": [plan.as_dict() for plan in plans], "total": total, "shortages": lacking}
    text = f"all {len(plans)} together: {duration(total['seconds'])}, {total['disk_gib']:.2f} GiB of disk"
    if as_json or len(plans) > 1:
        echo_result(result, as_json, text)
    if lacking:
        raise RunError("; ".join(lacking))


def _plan_grid(path: str, seconds: float, as_json: bool) -> None:
    from medgan_tf.errors import RunError
    from medgan_tf.workflow.grid.plan import plan_grid

    with ProgressLine("planning", "distinct trainings") as progress:
        plan = plan_grid(path, seconds, progress)
    echo_result(plan.describe(), as_json, "\n".join([*plan.lines(), f"kept in {plan.file}"]))
    if plan.shortages:
        raise RunError("; ".join(plan.shortages))


if __name__ == "__main__":
    run(command)
