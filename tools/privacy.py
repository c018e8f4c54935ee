"""Audit what synthetic images give away: membership inference, copies, re-identification; a gate for releases."""

import sys

import click

from medgan_tf.console.commands import ToolCommand
from medgan_tf.console.experiment_or_folders import (
    chosen_experiment,
    out_option,
    release_options,
    results_folder,
    seed_option,
)
from medgan_tf.console.options import dry_run_option, echo_plan, echo_result, json_option, run, tool_command
from medgan_tf.console.progress_line import ProgressLine


class _AuditOrVerify(ToolCommand):
    """Audits; given the word `verify`, it is the command `privacy-verify`."""

    def make_context(self, info_name, args, parent=None, **extra):
        if args[:1] == ["verify"]:
            from medgan_tf.tools.privacy_verify import command as verify

            return verify.make_context(f"{info_name} verify", args[1:], parent, **extra)
        return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx):
        """The command that the context was made by: this one, or `privacy-verify`."""
        return super().invoke(ctx) if ctx.command is self else ctx.command.invoke(ctx)


@tool_command("privacy", cls=_AuditOrVerify)
@release_options
@click.option("--extractor", metavar="NAME", help="Extractor in place of evaluation.privacy.extractor.")
@click.option(
    "--gate",
    is_flag=True,
    help="Leave with exit code 0 only if all limits hold: 3 when one is broken, 4 when one is undecided.",
)
@click.option("--partial", is_flag=True, help="Leave with exit code 0 although a question has no answer; the result "
              "says which and why.")  # fmt: skip
@click.option("--annex", is_flag=True, help="Measure nothing: write the annex of the finished audit again, with "
              "evaluation.privacy.context as it is now.")  # fmt: skip
@out_option("--train and --synthetic")
@seed_option
@dry_run_option
@json_option
def command(
    experiment, overrides, train, held_out, synthetic, extractor, gate, partial, annex, out, seed, dry_run, as_json
):
    """Audit what synthetic images give away: membership inference, copies, re-identification.

    There is one verdict for each question, with n and interval. Do the released images, or the model's discriminator,
    separate members of the training set from held-out patients? Are images copies? Do they point to one patient?
    Planted leaks show what the search for copies can find. Limits and their reasons: evaluation.privacy.thresholds.

    Each limit holds, is broken, or is undecided. Undecided means that the images or patients are too few to say; the
    row says what would decide it.

    \b
    Exit codes:           without --gate              with --gate
      0                   all questions answered      all limits hold
      1                   a question has no answer    a question has no answer, no limit is broken
      3                   -                           a limit is broken
      4                   -                           no limit is broken, one or more are undecided
    With --partial a question without an answer does not count.

    \b
    Examples:
      medgan-tf privacy experiments/quickstart.yaml
      medgan-tf privacy experiments/quickstart.yaml --gate --json > verdict.json
      medgan-tf privacy --train real/train --held-out real/other --synthetic shared --extractor random --out audit
      medgan-tf privacy verify runs/quickstart/cpd-seed1000/evaluation/privacy-annex.html
    """
    if held_out and not train:
        raise click.UsageError("--held-out goes only with --train and --synthetic")
    settings = chosen_experiment(experiment, overrides, seed, train, synthetic, "--train")
    privacy = settings.evaluation.privacy.model_copy(update={"extractor": extractor} if extractor else {})
    target = results_folder(settings, out, bool(train))
    if dry_run:
        echo_plan(settings, as_json, results=target)
        return
    if annex:
        _renew(target, privacy, as_json)
        return
    from medgan_tf.evidence.privacy.job import run_audit
    from medgan_tf.evidence.privacy.table import audit_lines
    from medgan_tf.evidence.release_sets import ReleaseFolders
    from medgan_tf.files.result_files import plain
    from medgan_tf.presentation.heartbeat import Heartbeat

    folders = ReleaseFolders(train, held_out, synthetic) if train else None
    with ProgressLine("privacy", "steps") as line, Heartbeat(line) as progress:
        found, files = run_audit(settings, privacy, target, folders, progress)
    text = audit_lines(found) + "".join(f"\nlook at {file}" for file in files)
    echo_result({**plain(found.result), "files": [str(file) for file in files]}, as_json, text)
    sys.exit(found.exit_code(gate, partial))


def _renew(target, privacy, as_json):
    """Writes the annex again."""
    from medgan_tf.evidence.privacy.annex.renew import renew_annex

    if target is None:
        raise click.UsageError("--annex needs the folder of the results: --out")
    files = [str(file) for file in renew_annex(target, privacy)]
    echo_result({"files": files}, as_json, "\n".join(f"written again: {file}" for file in files))


if __name__ == "__main__":
    run(command)
