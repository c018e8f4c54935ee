"""Do everything for one experiment and any number of seeds: prepare, train, generate, classify, FID, gap."""

import click

from medgan_tf.console.options import (
    echo_plan,
    echo_result,
    experiment_argument,
    json_option,
    restart_option,
    run,
    set_option,
    tool_command,
)
from medgan_tf.console.progress_line import ProgressLine

_EVIDENCE = ("neighbours", "privacy", "occlusion")


@tool_command("run")
@experiment_argument
@set_option
@click.option("--seeds", metavar="SEEDS", help="e.g. 1000..1003 or 1000,1005; by default the experiment's own seed.")
@click.option("--baselines/--no-baselines", default=True, help="Train the baselines and mixtures too.")
@click.option("--with", "evidence", type=click.Choice([*_EVIDENCE, "all"]), multiple=True, help="Further evidence for "
              "each seed; may be repeated.")  # fmt: skip
@click.option("--report", is_flag=True, help="Write the report of the experiment at the end.")
@restart_option
@click.option("--dry-run", "dry_run", is_flag=True, help="Print the resolved config, where things would be written and "
              "what is up to date or to do; do nothing.")  # fmt: skip
@json_option
def command(experiment, overrides, seeds, baselines, evidence, report, resume, dry_run, as_json):
    """Do everything for one experiment and any number of seeds: prepare, train, generate, classify, FID, gap.

    A stage whose inputs have not changed is not done again; an interrupted one goes on where it was stopped when the
    same command is given again. Ends with a table and gap.json, gap.csv and figures over all seeds.

    When FID or evidence asked for by --with fails, everything else is done, and the exit code is 1. A broken limit of
    the privacy audit is a result, not a failure.

    \b
    Examples:
      medgan-tf run experiments/quickstart.yaml
      medgan-tf run experiments/quickstart.yaml --seeds 1000..1002
      medgan-tf run experiments/quickstart.yaml --with all --report
      medgan-tf run my.yaml --seeds 1000..1003 --with privacy --dry-run
      medgan-tf run my.yaml --seeds 1000..1003 --no-baselines --json
    """
    from pathlib import Path

    from medgan_tf.config.loading import load_experiment
    from medgan_tf.config.run_folders import run_folder
    from medgan_tf.config.seeds import parse_seeds
    from medgan_tf.files.run_folders import gap_folder

    settings = load_experiment(experiment, overrides)
    chosen = parse_seeds(seeds, settings.seed)
    output, name, architecture = settings.training.output, settings.name, settings.gan.architecture
    asked = {"resume": resume, "baselines": baselines, "evidence": _EVIDENCE if "all" in evidence else evidence}
    if dry_run:
        from medgan_tf.workflow.run import plan_workflow

        folders = {f"seed {seed}": run_folder(settings.model_copy(update={"seed": seed})).path for seed in chosen}
        folders |= {"gap": gap_folder(output, name, architecture)}
        plan = plan_workflow(settings, chosen, **asked)
        echo_plan(settings, as_json, plan, dataset=settings.dataset_dir, **folders)
        return
    from medgan_tf.evidence.utility.table import gap_table
    from medgan_tf.workflow.run import raise_failures, run_workflow

    result = run_workflow(settings, chosen, progress=_progress, **asked)
    values = {
        "gap": result.gap.gap,
        "files": [str(file) for file in result.gap.files],
        "done": result.done,
        "failed": result.failed,
        "evidence": result.evidence,
    }
    lines = [gap_table(result.gap.gap), "", *(f"{stage}: {told}" for stage, told in result.evidence.items())]
    lines.append(f"look at {result.gap.files[0]}")
    if report:
        from medgan_tf.reporting.write import write_report

        page = write_report(Path(output) / name).files[0]
        lines, values = [*lines, f"look at {page}"], values | {"report": str(page)}
    echo_result(values, as_json, "\n".join(lines))
    raise_failures(result)


def _progress(stage: str) -> ProgressLine:
    """Measurements count steps of several kinds, importance maps masks, the other stages images."""
    units = {"fid": "steps", "neighbours": "steps", "privacy": "steps", "occlusion": "masks"}
    return ProgressLine(stage, units.get(stage, "images"))


if __name__ == "__main__":
    run(command)
