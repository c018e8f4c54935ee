"""Simulate studies with a known truth, and count how often intervals, tests and verdicts are right."""

import click

from medgan_tf.console.options import echo_result, json_option, run, tool_command


@tool_command("simulate-statistics")
@click.option("--draws", type=click.IntRange(min=1), help="Studies that are made up in each setting; its own without.")
@click.option("--seed", type=click.IntRange(min=0), default=1, help="Seed of all draws.")
@click.option("--only", multiple=True, metavar="NAME", help="Only this simulation; may be repeated.")
@click.option("--check", is_flag=True, help="Exit with 1 if a rate is outside the limits of docs/statistics.md.")
@click.option("--write", "page", metavar="FILE", help="Write the tables into this page, between their marks.")
@json_option
def command(draws, seed, only, check, page, as_json):
    """Simulate studies with a known truth, and count how often intervals, tests and verdicts are right.

    Makes docs/statistics.md. All simulations take minutes; few draws are quick. Nothing of an experiment is needed.

    \b
    Examples:
      medgan-tf simulate-statistics --only auc --draws 200
      medgan-tf simulate-statistics --check --write docs/statistics.md
    """
    from medgan_tf.console.progress_line import ProgressLine
    from medgan_tf.errors import RunError
    from medgan_tf.simulations.run import as_text, as_values, outside, run_simulations, write_page

    with ProgressLine("simulations") as progress:
        found = run_simulations(only, draws, seed, progress)
    if page:
        write_page(page, found)
    echo_result(as_values(found), as_json, as_text(found))
    if check and (lines := outside(found)):
        raise RunError(f"{len(lines)} rates are outside the limits, the first: {lines[0]}")


if __name__ == "__main__":
    run(command)
