"""Write down margin, limits and settings of an experiment before there are results, and print the plan's hash."""

import click

from medgan_tf.console.options import (
    echo_plan,
    echo_result,
    experiment_argument,
    json_option,
    run,
    set_option,
    tool_command,
)

_NO_PROOF = (
    "This hash alone proves no order of events: send it to somebody or register it, so that somebody else knows its "
    "day."
)


@tool_command("preregister")
@experiment_argument
@set_option
@click.option("--seeds", metavar="SEEDS", help="Seeds that will be measured, e.g. 1000..1004; by default they are left "
              "open.")  # fmt: skip
@click.option("--again", is_flag=True, help="Add a new plan where there is another one, which is kept. The report says "
              "what was there by then.")  # fmt: skip
@click.option("--dry-run", "dry_run", is_flag=True, help="Print the plan; write nothing.")
@json_option
def command(experiment, overrides, seeds, again, dry_run, as_json):
    """Write down margin, limits and settings of an experiment before there are results, and print the plan's hash.

    The plan is the file plan.json in the folder of the experiment's runs. `prepare` and `run` write it too, if there is
    none. It is never replaced: the report compares what was measured with it.

    \b
    Examples:
      medgan-tf preregister my.yaml --seeds 1000..1004
      medgan-tf preregister my.yaml --dry-run --json
      medgan-tf preregister my.yaml --set classifier.margin=0.03 --again
    """
    from medgan_tf.config.loading import load_experiment
    from medgan_tf.config.seeds import parse_seeds
    from medgan_tf.errors import RunError
    from medgan_tf.workflow.study_plan import plan_path, planned, preregister

    settings = load_experiment(experiment, overrides)
    chosen = None if seeds is None else parse_seeds(seeds, settings.seed)
    if dry_run:
        if as_json:
            echo_result({"file": str(plan_path(settings)), "plan": planned(settings, chosen)}, True, "")
        else:
            echo_plan(settings, False, plan=plan_path(settings))
        return
    done = preregister(settings, chosen, again)
    if done.differences:
        raise RunError(
            f"{done.path} holds another plan, of {done.plan.day}: {'; '.join(done.differences)}; --again adds a new "
            "one and keeps it"
        )
    values = {"file": str(done.path), "written": done.written, "made": done.plan.made, "sha256": done.plan.sha256}
    values |= {"results": list(done.plan.results), "plan": done.plan.content}
    word = "written" if done.written else f"unchanged since {done.plan.made}"
    there = f"results that were there already: {', '.join(done.plan.results)}" if done.plan.results else ""
    lines = [f"{done.path}: {word}", f"SHA-256 {done.plan.sha256}", there, _NO_PROOF]
    echo_result(values, as_json, "\n".join(filter(None, lines)))


if __name__ == "__main__":
    run(command)
