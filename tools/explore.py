"""Look at a generator: label combinations, sweeps, ways between images, truncation; PNG and GIF."""

import click

from medgan_tf.config.section import LARGEST_SEED
from medgan_tf.console.options import echo_result, json_option, run, tool_command
from medgan_tf.console.progress_line import ProgressLine


@tool_command("explore")
@click.argument("source", metavar="RUN_OR_GENERATOR", type=click.Path(path_type=str))
@click.option("--out", metavar="FOLDER", help="Folder of the pictures; by default explore/ in the run folder.")
@click.option("--from", "first", default="", metavar="LABELS", help="First end of the ways between images, e.g. "
              "'Cardiomegaly|Edema' or '(none)'; by default the most frequent combination.")  # fmt: skip
@click.option("--to", "last", default="", metavar="LABELS", help="Other end of the way between labels.")
@click.option("--base", default="", metavar="LABELS", help="Combination to which single labels are added.")
@click.option("--truncation", type=click.FloatRange(0, min_open=True), help="Threshold of the noise, e.g. 0.7.")
@click.option("--seed", type=click.IntRange(0, LARGEST_SEED), default=0, help="Seed of the noise.")
@click.option("--columns", type=click.IntRange(3, 32), default=8, help="Images in a row.")
@click.option("--steps", type=click.IntRange(3, 64), default=9, help="Images of a way.")
@click.option("--trust", is_flag=True, help="Load a generator that comes as a SavedModel alone, which is a program.")
@json_option
def command(source, out, first, last, base, truncation, seed, columns, steps, trust, as_json):
    """Look at a generator: label combinations, sweeps, ways between images, truncation.

    RUN_OR_GENERATOR is a run folder, or the folder of an exported generator. The command writes a contact sheet by
    label combination, a sweep that adds one label to the same noise, the effect of truncated noise, and the ways from
    one noise vector and from one label combination to another, as PNG; the ways also as GIF. A report of the run with
    --with-images shows the PNG files. A generator with conditions needs one group of each, as in the last example.

    \b
    Examples:
      medgan-tf explore runs/quickstart/cpd-seed1000
      medgan-tf explore runs/quickstart/cpd-seed1000 --from 'No Finding' --to Cardiomegaly --truncation 0.7
      medgan-tf explore shared/generator --out pictures --from '(none)|sex=F|view=PA' --to '(none)|sex=M|view=AP'
    """
    from medgan_tf.synthesis.explore.explore import Wishes, explore

    wishes = Wishes(first, last, base, seed, columns, steps, truncation=truncation)
    with ProgressLine("exploring", "sheets") as progress:
        files = [str(file) for file in explore(source, out, wishes, progress, trust)]
    echo_result({"files": files}, as_json, "\n".join(f"look at {file}" for file in files[:-1]))


if __name__ == "__main__":
    run(command)
