"""Do everything for one experiment and any number of seeds: prepare, train, generate, classify, FID, gap."""

import click

from medgan_tf.tools.common_options import (
    ProgressLine,
    dry_run_option,
    echo_plan,
    echo_result,
    experiment_argument,
    json_option,
    restart_option,
    run,
    set_option,
    tool_command,
)


@tool_command("run")
@experiment_argument
@set_option
@click.option("--seeds", metavar="SEEDS", help="e.g. 1000..1003 or 1000,1005; by default the experiment's own seed.")
@click.option("--baselines/--no-baselines", default=True, help="Train the baselines and mixtures too.")
@restart_option
@dry_run_option
@json_option
def command(experiment, overrides, seeds, baselines, resume, dry_run, as_json):
    """Do everything for one experiment and any number of seeds: prepare, train, generate, classify, FID, gap.

    A stage whose inputs have not changed is not done again; an interrupted one goes on where it was stopped when the
    same command is given again. Ends with a table and gap.json, gap.csv and figures over all seeds.

    \b
    Examples:
      medgan-tf run experiments/quickstart.yaml
      medgan-tf run experiments/quickstart.yaml --seeds 1000..1002
      medgan-tf run my.yaml --seeds 1000..1003 --no-baselines --json
    """
    from medgan_tf.config.loading import load_experiment
    from medgan_tf.evaluation.seeds import parse_seeds
    from medgan_tf.runs import RunFolder, gap_folder

    settings = load_experiment(experiment, overrides)
    chosen = parse_seeds(seeds, settings.seed)
    output, name, architecture = settings.training.output, settings.name, settings.gan.architecture
    if dry_run:
        folders = {f"seed {seed}": RunFolder.of(output, name, architecture, seed).path for seed in chosen}
        echo_plan(
            settings, as_json, dataset=settings.dataset_dir, **folders, gap=gap_folder(output, name, architecture)
        )
        return
    from medgan_tf.evaluation.gap_table import gap_table
    from medgan_tf.evaluation.workflow import raise_failures, run_workflow

    result = run_workflow(settings, chosen, resume=resume, baselines=baselines, progress=_progress)
    values = {
        "gap": result.gap.gap,
        "files": [str(file) for file in result.gap.files],
        "done": result.done,
        "failed": result.failed,
    }
    echo_result(values, as_json, f"{gap_table(result.gap.gap)}\n\nlook at {result.gap.files[0]}")
    raise_failures(result)


def _progress(stage: str) -> ProgressLine:
    """FID counts batches, resamples and metrics; the other stages count images."""
    return ProgressLine(stage, "steps" if stage == "fid" else "images")


if __name__ == "__main__":
    run(command)
