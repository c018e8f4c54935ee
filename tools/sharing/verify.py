"""Check a released folder: files, marks, card, generator, labels and signature."""

import sys
from pathlib import Path

import click

from medgan_tf.console.options import echo_result, json_option, run, tool_command

_MOST_SHOWN = 100


@tool_command("verify")
@click.argument("folder", metavar="FOLDER", type=click.Path(path_type=Path))
@click.option("--public-key", metavar="FILE", type=click.Path(path_type=Path),
              help="Ed25519 public key in PEM of whoever made the release.")  # fmt: skip
@json_option
def command(folder, public_key, as_json):
    """Check a released folder: files, marks, card, generator, labels and signature.

    Every file has the hash that the manifest names, there is no other file and no link, and every image says that it is
    synthetic. The cards are made again from the result files in evidence/, so a number that was changed in one of them
    is named. Nothing in the folder runs, and TensorFlow is not loaded. verify.py in the folder checks most of it with
    Python alone.

    \b
    Exit codes: 0 all holds, 3 something does not hold, 4 all that was checked holds, and something could not be
    checked, such as a signature without its key.

    \b
    Examples:
      medgan-tf verify releases/quickstart-1
      medgan-tf verify releases/quickstart-1 --public-key hospital.pub --json
    """
    from medgan_tf.release.verification import verify_release

    found = verify_release(folder, public_key)
    more = len(found.problems) - _MOST_SHOWN
    lines = [f"BROKEN       {text}" for text in found.problems[:_MOST_SHOWN]]
    lines += [f"BROKEN       and {more:,} more"] if more > 0 else []
    lines += [*(f"NOT CHECKED  {text}" for text in found.unchecked), found.summary]
    values = {"answer": found.summary, "problems": found.problems, "unchecked": found.unchecked}
    echo_result(values, as_json, "\n".join(lines))
    sys.exit(found.exit_code)


if __name__ == "__main__":
    run(command)
