"""Look at a folder of images or a table, and write an experiment for it; or copy one that comes with the package."""

from pathlib import Path

import click

from medgan_tf.console.options import echo_result, json_option, run, tool_command


@tool_command("init")
@click.argument("place", metavar="[FOLDER_OR_CSV]", required=False, type=click.Path(path_type=Path))
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="The experiment file to write.  "
              "[default: the folder's name, in the current folder]", show_default=False)  # fmt: skip
@click.option("--table", help="Which table is meant, where the folder has several.")
@click.option("--images", type=click.Path(path_type=Path), help="Folder of the images, where it is not the table's.")
@click.option("--hours", type=click.FloatRange(min=0.01), default=8.0, help="Time for the whole experiment here.")
@click.option(
    "--measure", is_flag=True, help="Measure the speed of this machine for a minute, instead of estimating it."
)
@click.option("--force", is_flag=True, help="Replace an experiment file that is there already.")
@click.option("--example", metavar="NAME", help="Copy an experiment that comes with the package, e.g. quickstart.")
@click.option("--list", "show_list", is_flag=True, help="List the experiments that come with the package.")
@click.option("--to", type=click.Path(path_type=Path, file_okay=False), default=Path(),
              help="Folder for --example; the current one if not given.")  # fmt: skip
@json_option
def command(place, output, table, images, hours, measure, force, example, show_list, to, as_json):
    """Look at a folder of images or a table, and write an experiment for it.

    The columns with images, patients and labels are looked for, and known datasets are recognised: CheXpert,
    ChestX-ray14, PadChest, VinDr-CXR, MIMIC-CXR-JPG, SIIM, RSNA pneumonia and head CT, MedMNIST. The file that is
    written says why each value was chosen, and what is only a guess is marked "confirm". Nothing is changed in
    FOLDER_OR_CSV. The file holds names of columns, labels and folders, but nothing about single patients.

    With --example, copy an experiment that comes with the package into the folder --to, with the files that it needs.

    \b
    Examples:
      medgan-tf init data/lungs
      medgan-tf init data/lungs/labels.csv --images data/pictures --output lungs.yaml --hours 24
      medgan-tf init data/chest --json
      medgan-tf init --list
      medgan-tf init --example quickstart && medgan-tf train quickstart.yaml
    """
    if (place is not None) + (example is not None) + show_list != 1:
        raise click.UsageError("give one of FOLDER_OR_CSV, --example NAME and --list")
    if show_list:
        _list(as_json)
    elif example is not None:
        _copy(example, to, as_json)
    else:
        _propose(place, output, table, images, hours, measure, force, as_json)


def _list(as_json: bool) -> None:
    from medgan_tf.proposal.examples import example_lines, example_summaries

    echo_result({"examples": example_summaries()}, as_json, "\n".join(example_lines()))


def _copy(example: str, to: Path, as_json: bool) -> None:
    from medgan_tf.proposal.examples import copy_example, next_command

    files = copy_example(example, to)
    lines = [f"{path}{'' if written else ' (was there already)'}" for path, written in files.items()]
    after = next_command(next(iter(files)))
    result = {"files": {str(path): written for path, written in files.items()}, "next": after}
    echo_result(result, as_json, "\n".join([*lines, f"next: {after}"]))


def _propose(place, output, table, images, hours, measure, force, as_json) -> None:
    from medgan_tf.errors import RunError
    from medgan_tf.proposal.output import output_path, proposed_file
    from medgan_tf.proposal.summary import next_steps, proposal_values, summary_text

    path = output_path(place, output, force)
    proposal = proposed_file(place, path, hours, table, images, measure)
    text = f"{summary_text(proposal)}\n\n{next_steps(proposal, path)}"
    echo_result({"file": str(path), **proposal_values(proposal)}, as_json, text)
    if proposal.problem:
        raise RunError(f"{path} is written, but prepare will stop: {proposal.problem}")


if __name__ == "__main__":
    run(command)
