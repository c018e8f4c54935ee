"""Predict time, memory and disk of trainings from a short probe on this machine, before they are begun."""

import click

from medgan_tf.tools.common_options import echo_result, json_option, run, set_option, tool_command


@tool_command("plan")
@click.argument("experiments", metavar="EXPERIMENT.yaml...", nargs=-1, required=True, type=click.Path(path_type=str))
@click.option("--seconds", type=click.FloatRange(1), default=30.0, help="Time for the timed steps of each experiment.")
@set_option
@json_option
def command(experiments, seconds, overrides, as_json):
    """Predict time, memory and disk of trainings from a short probe on this machine, before they are begun.

    Each experiment is probed in a process of its own: some steps of each phase, a checkpoint, a sample grid and an
    export. Several experiments, such as the files of a benchmark grid, are summed up as trained one after the other.
    FID while training is not included. The exit code is 1 when memory or disk are short. Datasets must be prepared.

    \b
    Examples:
      medgan-tf prepare experiments/quickstart.yaml && medgan-tf plan experiments/quickstart.yaml
      medgan-tf plan experiments/quickstart.yaml --set training.batch=64 --json
      medgan-tf plan experiments/*.yaml --seconds 10
    """
    from medgan_tf.config.loading import load_experiment
    from medgan_tf.durations import duration
    from medgan_tf.errors import RunError
    from medgan_tf.training.plan import plan_training, shortages

    plans = []
    for settings in [load_experiment(path, overrides) for path in experiments]:
        plans.append(plan_training(settings, seconds))
        if not as_json:
            click.echo(_text(plans[-1]))
    total = {"seconds": sum(plan.seconds for plan in plans), "disk_gib": sum(plan.disk_gib for plan in plans)}
    lacking = shortages(plans)
    result = {"plans": [plan.as_dict() for plan in plans], "total": total, "shortages": lacking}
    text = f"all {len(plans)} together: {duration(total['seconds'])}, {total['disk_gib']:.2f} GiB of disk"
    if as_json or len(plans) > 1:
        echo_result(result, as_json, text)
    if lacking:
        raise RunError("; ".join(lacking))


def _text(plan) -> str:
    from medgan_tf.durations import duration

    lines = [
        f"{plan.name}: {plan.architecture}",
        f"{'phase':>14} {'images':>11} {'batch':>6} {'img/s':>9} {'GFLOP/img':>10}",
    ]
    for phase in plan.phases:
        name = f"{phase.resolution}x{phase.resolution}" + (" fade" if phase.fading else "")
        lines.append(
            f"{name:>14} {phase.images:11,} {phase.batch:6} {phase.images_per_second:9.1f} "
            f"{phase.gflop_per_image:10.3f}  {duration(phase.seconds)}"
        )
    lines += [
        f"  {plan.checkpoints:,} checkpoints of {plan.checkpoint_seconds:.2f} s, {plan.grids:,} sample grids of "
        f"{plan.grid_seconds:.2f} s, {plan.ticks:,} ticks of {plan.tick_seconds:.2f} s",
        f"  time    {duration(plan.seconds)}  ({plan.operations / 1e3:,.0f} TFLOP)",
        f"  memory  {plan.memory_gib:.2f} GiB of {plan.available_memory_gib:.1f} available"
        + (f", GPU {plan.gpu_memory_gib:.2f} GiB" if plan.gpu_memory_gib else ""),
        f"  disk    {plan.disk_gib:.2f} GiB of {plan.free_disk_gib:.1f} free",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    run(command)
