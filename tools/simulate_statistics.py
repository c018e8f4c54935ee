"""Simulate the error rates of intervals, tests and verdicts."""

from pathlib import Path

import click

from medgan_tf.console.options import echo_result, json_option, run, tool_command


@tool_command("simulate-statistics")
@click.option("--only", "names", multiple=True, metavar="NAME", help="One simulation; may be given several times.")
@click.option("--draws", type=click.IntRange(min=10), help="Studies in each setting; by default those of the docs.")
@click.option("--seed", default=1, show_default=True, type=click.IntRange(min=0), help="Seed of all draws.")
@click.option(
    "--write",
    "page",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A page in Markdown whose tables are replaced.",
)
@json_option
def command(names, draws, seed, page, as_json):
    """Simulate the error rates of intervals, tests and verdicts.

    Studies are drawn in which the truth is known, and the product's own functions judge them. The exit code is 1 when a
    rate is shown to break its promise: coverage below 92 %, or an error above 6 %.

    \b
    Examples:
      medgan-tf simulate-statistics --only gap --draws 2000
      medgan-tf simulate-statistics --write docs/statistics.md
    """
    from medgan_tf.simulations.run import run_simulations

    found = run_simulations(names, draws, seed)
    if page is not None:
        found.write(page)
    echo_result(found.as_json(), as_json, found.as_text())
    found.check()


if __name__ == "__main__":
    run(command)
