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
from medgan_tf.evidence.choice import names_of_runs, names_on_request

_ON_REQUEST = names_on_request()


@tool_command("run")
@experiment_argument
@set_option
@click.option("--seeds", metavar="SEEDS", help="e.g. 1000..1003 or 1000,1005; by default the experiment's own seed.")
@click.option("--baselines/--no-baselines", default=True, help="Train the baselines and mixtures too.")
@click.option("--with", "evidence", type=click.Choice([*_ON_REQUEST, "all"]), multiple=True, help="Further evidence "
              "for each seed; may be repeated.")  # fmt: skip
@click.option("--only", type=click.Choice(names_of_runs()), multiple=True, help="Make this evidence from finished work "
              "and nothing else; may be repeated.")  # fmt: skip
@click.option("--report", is_flag=True, help="Write the report of the experiment at the end.")
@restart_option
@click.option("--dry-run", "dry_run", is_flag=True, help="Print the resolved config, where things would be written and "
              "what is up to date or to do; do nothing.")  # fmt: skip
@json_option
def command(experiment, overrides, seeds, baselines, evidence, only, report, resume, dry_run, as_json):
    """Do everything for one experiment and any number of seeds: prepare, train, generate, classify, FID, gap.

    A stage whose inputs have not changed is not done again; an interrupted one goes on where it was stopped when the
    same command is given again. Ends with a table and gap.json, gap.csv and figures over all seeds, and with a table of
    the time that each stage took.

    When evidence fails, everything else is done, and the exit code is 1. A broken limit of an audit is a result, not a
    failure.

    \b
    Examples:
      medgan-tf run experiments/quickstart.yaml
      medgan-tf run experiments/quickstart.yaml --seeds 1000..1002
      medgan-tf run experiments/quickstart.yaml --with all --report
      medgan-tf run my.yaml --seeds 1000..1003 --with privacy --dry-run
      medgan-tf run my.yaml --seeds 1000..1003 --only privacy
      medgan-tf run my.yaml --seeds 1000..1003 --no-baselines --json
    """
    from pathlib import Path

    from medgan_tf.config.loading import load_experiment
    from medgan_tf.config.seeds import parse_seeds

    if only and evidence:
        raise click.UsageError("--only and --with exclude each other")
    settings = load_experiment(experiment, overrides)
    chosen = parse_seeds(seeds, settings.seed)
    asked = {"resume": resume, "baselines": baselines, "evidence": _ON_REQUEST if "all" in evidence else evidence}
    from medgan_tf.workflow import run as workflow
    from medgan_tf.workflow.stage_times import times_table

    if dry_run:
        states = workflow.dry_run(settings, chosen, only=only, **asked)
        folders = workflow.output_folders(settings, chosen)
        echo_plan(settings, as_json, states, dataset=settings.dataset_dir, **folders)
        return
    if only:
        result = workflow.run_evidence(settings, chosen, only, ProgressLine)
    else:
        result = workflow.run_workflow(settings, chosen, progress=ProgressLine, **asked)
    values, lines = result.described(), result.lines()
    if report:
        from medgan_tf.reporting.write import write_report

        with result.times.measured("report"):
            written = write_report(Path(settings.training.output) / settings.name)
        lines, values = [*lines, f"look at {written.files[0]}"], values | {"report": str(written.files[0])}
    values["times"] = result.times.described()
    echo_result(values, as_json, "\n".join([*lines, "", *times_table(values["times"])]))
    workflow.raise_failures(result)
    if report:
        written.check()


if __name__ == "__main__":
    run(command)
