"""Advanced: build the whole CheXpert layout from its label table with phantom pictures, to try prepare at full size."""

from pathlib import Path

import click

from medgan_tf.config.section import LARGEST_SEED
from medgan_tf.console.options import echo_result, json_option, run, tool_command
from medgan_tf.console.progress_line import ProgressLine


@tool_command("chexpert-full-size")
@click.argument("table", metavar="TRAIN.csv", type=click.Path(path_type=Path))
@click.argument("out", metavar="OUT", type=click.Path(path_type=Path))
@click.option("--phantoms", type=click.IntRange(min=1), default=300, help="Number of phantoms that are drawn.")
@click.option("--lateral", is_flag=True, help="Give lateral views a picture, too; prepare leaves them out by default.")
@click.option("--seed", type=click.IntRange(0, LARGEST_SEED), default=0, help="Seed of everything that is drawn.")
@json_option
def command(table: Path, out: Path, phantoms: int, lateral: bool, seed: int, as_json: bool) -> None:
    """Write the folder OUT in the layout of CheXpert-v1.0-small, with every row of CheXpert's label table TRAIN.csv.

    The pictures are phantoms, one for each patient; all rows of a patient are hard links to it. They know nothing of
    the labels: the folder shows what prepare costs at full size, and nothing else. TRAIN.csv may be a .gz. OUT must be
    new or empty, and needs about 1.5 GB.

    \b
    Examples:
      medgan-tf chexpert-full-size train.csv data/full
      medgan-tf prepare experiments/chexpert_resolution_32.yaml --set data.root=data/full
    """
    # Imported here, so that --help does not load OpenCV.
    from medgan_tf.phantom.full_size import write_full_size

    with ProgressLine("full size", "images") as progress:
        counts = write_full_size(table, out, phantoms, lateral, seed, progress)
    told = ", ".join(f"{number:,} {name}" for name, number in counts.items())
    text = f"{out}: {told}\nphantom pictures with the labels of {table.name}; read it with data.source=chexpert"
    echo_result({"root": str(out), "seed": seed, "counts": counts}, as_json, text)


if __name__ == "__main__":
    run(command)
