"""Verify the annex of a privacy audit: compute the SHA-256 of its files and its inputs again."""

import sys
from dataclasses import asdict
from pathlib import Path

import click

from medgan_tf.console.options import echo_result, json_option, run, tool_command


def _folder(name, text):
    return click.option(name, metavar="FOLDER", type=click.Path(path_type=Path), help=text)


@tool_command("privacy-verify")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--run", "run_path", metavar="FOLDER", type=click.Path(path_type=Path),
              help="Folder of the run; by default found from where FILE lies.")  # fmt: skip
@_folder("--train", "Training images; by default the dataset that the run's settings name.")
@_folder("--held-out", "Held-out images; by default valid and test of the training folder.")
@_folder("--synthetic", "Synthetic images; by default those of the run.")
@click.option("--extractor", metavar="PATH", type=click.Path(path_type=Path),
              help="Weights of the feature extractor; by default the run's classifier of real images.")  # fmt: skip
@click.option("--second-extractor", metavar="PATH", type=click.Path(path_type=Path),
              help="Weights of the second feature extractor, if the audit had one.")  # fmt: skip
@click.option("--partial", is_flag=True, help="Leave with exit code 0 although something is not here.")
@json_option
def command(file, run_path, train, held_out, synthetic, extractor, second_extractor, partial, as_json):
    """Verify the annex of a privacy audit; also as `medgan-tf privacy verify FILE`.

    FILE is the page (.html), the JSON or the list of hashes (.sha256); the other two lie beside it. They are compared
    with each other and with privacy.json, and the inputs of the audit with their hashes. Each line says equal,
    different or not here.

    It shows that files are unchanged, not who made them. The hash of the page is printed: compare it with the one that
    you keep in a place of your own.

    \b
    Exit codes: 0 all equal (with --partial: all that is here), 1 anything else.

    \b
    Examples:
      medgan-tf privacy-verify runs/quickstart/cpd-seed1000/evaluation/privacy-annex.html
      medgan-tf privacy-verify filed/privacy-annex.json --partial
      medgan-tf privacy-verify filed/privacy-annex.json --run runs/quickstart/cpd-seed1000 --train datasets/quickstart
    """
    from medgan_tf.evidence.privacy.annex.input_hashes import Places
    from medgan_tf.evidence.privacy.annex.verify import verify_annex
    from medgan_tf.files.run_folders import RunFolder

    run_folder = RunFolder(run_path) if run_path else None
    given = Places(run_folder, train, held_out or train, synthetic, extractor, second_extractor)
    found = verify_annex(file, given)
    lines = [
        f"{check.what}: {check.state.upper()}{f' ({check.words})' if check.words else ''}" for check in found.checks
    ]
    lines += [f"SHA-256 of {name}: {value}" for name, value in found.sha256.items()]
    code = found.exit_code(partial)
    states = [check.state for check in found.checks]
    lines.append("; ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states)))
    echo_result({"checks": [asdict(check) for check in found.checks], "sha256": found.sha256, "equal": code == 0},
                as_json, "\n".join(lines))  # fmt: skip
    sys.exit(code)


if __name__ == "__main__":
    run(command)
