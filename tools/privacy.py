"""Audit what synthetic images give away: membership inference, copies, re-identification; a gate for releases."""

import sys

import click

from medgan_tf.console.options import (
    dry_run_option,
    echo_plan,
    echo_result,
    experiment_or_folders,
    json_option,
    run,
    seed_option,
    set_option,
    tool_command,
)
from medgan_tf.console.progress_line import ProgressLine


@tool_command("privacy")
@click.argument("experiment", metavar="[EXPERIMENT.yaml]", type=click.Path(path_type=str), required=False)
@set_option
@click.option("--train", metavar="FOLDER", help="Training images: a dataset folder, or PNG, JPEG or TIFF files.")
@click.option("--held-out", metavar="FOLDER", help="Images of other patients, likewise; by default valid and test of "
              "the training folder.")  # fmt: skip
@click.option("--synthetic", metavar="FOLDER", help="Synthetic images, likewise.")
@click.option("--extractor", metavar="NAME", help="Instead of evaluation.privacy.extractor.")
@click.option("--gate", is_flag=True, help="Leave with exit code 3 when a limit is broken.")
@click.option("--partial", is_flag=True, help="Leave with exit code 0 although a question has no answer; the result "
              "says which and why.")  # fmt: skip
@click.option("--out", metavar="FOLDER", help="Where the results go; by default evaluation/ in the run folder, and "
              "nowhere for --train and --synthetic.")  # fmt: skip
@seed_option
@dry_run_option
@json_option
def command(experiment, overrides, train, held_out, synthetic, extractor, gate, partial, out, seed, dry_run, as_json):
    """Audit what synthetic images give away: membership inference, copies, re-identification.

    One verdict for each question, with n and interval: can members of the training set be told from held-out patients
    by the released images, or by the model's discriminator; are released images copies; do they point to one patient.
    Planted leaks show what the search for copies can find. Limits and their reasons: evaluation.privacy.thresholds.

    \b
    Exit codes: 0 all answered (or --partial), 1 a question has no answer, 3 with --gate: a limit is broken.

    \b
    Examples:
      medgan-tf privacy experiments/quickstart.yaml
      medgan-tf privacy experiments/quickstart.yaml --gate --json > verdict.json
      medgan-tf privacy --train real/train --held-out real/other --synthetic shared --extractor random --out audit
    """
    from pathlib import Path

    from medgan_tf.files.run_folders import RunFolder

    if bool(train) != bool(synthetic) or (held_out and not train):
        raise click.UsageError("--train and --synthetic go together, --held-out only with them")
    if not experiment and not train:
        raise click.UsageError("give an experiment, or --train and --synthetic")
    settings = experiment_or_folders(experiment, overrides, seed)
    privacy = settings.evaluation.privacy.model_copy(update={"extractor": extractor} if extractor else {})
    folder = RunFolder.of(settings.training.output, settings.name, settings.gan.architecture, settings.seed)
    target = Path(out) if out else None if train else folder.evaluation
    if dry_run:
        echo_plan(settings, as_json, results=target)
        return
    from medgan_tf.evidence.privacy.job import audit_experiment, audit_folders
    from medgan_tf.evidence.privacy.table import audit_lines
    from medgan_tf.files.result_files import plain
    from medgan_tf.presentation.heartbeat import Heartbeat

    with ProgressLine("privacy", "steps") as line, Heartbeat(line) as progress:
        if train:
            found, files = audit_folders(settings, privacy, train, held_out, synthetic, target, progress)
        else:
            found, files = audit_experiment(settings, privacy, target, progress)
    text = audit_lines(found) + "".join(f"\nlook at {file}" for file in files)
    echo_result({**plain(found.result), "files": [str(file) for file in files]}, as_json, text)
    sys.exit(found.exit_code(gate, partial))


if __name__ == "__main__":
    run(command)
