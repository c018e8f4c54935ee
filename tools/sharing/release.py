"""Put a run's images, generator and evidence into one folder to give away, if what was planned holds."""

import sys
from pathlib import Path

import click

from medgan_tf.console.options import (
    echo_result,
    experiment_argument,
    json_option,
    run,
    set_option,
    tool_command,
)
from medgan_tf.console.progress_line import ProgressLine


@tool_command("release")
@experiment_argument
@set_option
@click.option("--out", required=True, metavar="FOLDER", type=click.Path(path_type=Path),
              help="Folder to make; it must not be there.")  # fmt: skip
@click.option("--what", required=True, type=click.Choice(("images", "generator", "both")), help="What is given away.")
@click.option("--format", "form", default="png", type=click.Choice(("png", "dicom")), help="Form of the images.")
@click.option("--name", metavar="NAME", help="Name of the release, release.name; by default the experiment's.")
@click.option("--saved-model", is_flag=True, help="Add the generator's SavedModel. It is a program; weights are not.")
@click.option("--override", metavar="REASON", help="Release although the gate refuses; the reason is printed on the "
              "card and in the manifest.")  # fmt: skip
@click.option("--sign", "key", metavar="FILE", type=click.Path(path_type=Path),
              help="Ed25519 private key in PEM, which signs the manifest.")  # fmt: skip
@click.option("--dry-run", "dry_run", is_flag=True, help="Ask only whether the gate holds; write nothing.")
@json_option
def command(experiment, overrides, out, what, form, name, saved_model, override, key, dry_run, as_json):
    """Put a run's images, generator and evidence into one folder to give away, if what was planned holds.

    The gate asks for the privacy audit, the gap (release.gate.utility), labels that were drawn, patients enough for
    every label combination (generate.minimum_patients), an unchanged plan, and evidence of just these images, this
    generator and this dataset, by hash. What does not hold is said in a line each, and nothing is written. --override
    goes on and prints the reason on the card.

    Identifiers of patients and images, pseudonyms, paths, and the names of user and computer are searched for in every
    file. Where one is found, nothing is released, whatever the reason.

    \b
    Exit codes: 0 released, or with --dry-run the gate holds; 3 something does not hold; 4 something is open that must
    be decided; 1 and 2 as of every command.

    \b
    Examples:
      medgan-tf release experiments/quickstart.yaml --out releases/quickstart-1 --what both
      medgan-tf release experiments/quickstart.yaml --out pacs --what images --format dicom --set release.version=2
      medgan-tf release experiments/quickstart.yaml --out x --what generator --dry-run --json
      medgan-tf release experiments/quickstart.yaml --out demo --what both --override "drawn images, for a course"
    """
    from medgan_tf.config.loading import load_experiment
    from medgan_tf.release.job import Outcome, Wanted, examine, make_release
    from medgan_tf.release.whole import refuse_existing

    names = (f"release.name={name}",) if name is not None else ()
    settings, wanted = load_experiment(experiment, (*overrides, *names)), Wanted(what, form, saved_model, key, override)
    if dry_run:
        refuse_existing(out)
        gate = examine(settings, wanted)[1]
        outcome, code = Outcome(None, gate), 0 if gate.opens else gate.exit_code
    else:
        with ProgressLine("releasing", "files") as progress:
            outcome = make_release(settings, out, wanted, progress)
        code = outcome.exit_code
    echo_result(outcome.as_json(), as_json, "\n".join(outcome.lines(dry_run)))
    sys.exit(code)


if __name__ == "__main__":
    run(command)
