"""Check a machine in some minutes: known values, equal bits, kill and resume, two devices, speed. GPUs, too."""

import sys
from pathlib import Path

import click

from medgan_tf.console.options import dry_run_option, echo_result, json_option, restart_option, run, tool_command


@tool_command("selfcheck")
@click.option("--minutes", type=click.FloatRange(0.1, 1440), default=8.0, help="Time for all parts together.")
@click.option(
    "--out",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    metavar="FILE",
    help="JSON file of all figures, written after each part; the check goes on from there.",
)
@click.option("--only", multiple=True, metavar="PART", help="Only this part; may be repeated.")
@click.option(
    "--write",
    "page",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="PAGE",
    help="A page in Markdown that gets the table of this kind of machine.",
)
@restart_option
@dry_run_option
@json_option
def command(minutes, path, only, page, resume, dry_run, as_json):
    """Check a machine in some minutes: known values, equal bits, kill and resume, two devices, speed. GPUs, too.

    Each part runs in a process of its own with a time limit: one that crashes, hangs or has no time is named, and the
    others go on. The file is written after each part. The same command again measures what is missing.

    Nothing is downloaded or sent, and the file names neither the user nor the host. The exit code is 0 when all that is
    demanded passed, 3 when something failed, and 4 when something that is demanded was not measured.

    \b
    Examples:
      medgan-tf selfcheck --minutes 8 --out selfcheck.json
      medgan-tf selfcheck --minutes 3 --out selfcheck.json --only golden --only resume
      medgan-tf selfcheck --out selfcheck.json --write docs/hardware.md
    """
    from medgan_tf.evidence.importance.check_part import PART
    from medgan_tf.machine.selfcheck.run import all_parts, chosen_parts, limits, selfcheck
    from medgan_tf.machine.selfcheck.table import markdown, write_block

    parts = all_parts([PART])
    chosen = chosen_parts(parts, only)
    if dry_run:
        seconds = limits(chosen, 60 * minutes)
        lines = [f"{name}: up to {limit:.0f} s" for name, limit in seconds.items()]
        echo_result({"file": str(path), "seconds": seconds}, as_json, "\n".join([*lines, f"written to {path}"]))
        return
    record = selfcheck(path, minutes, lambda line: click.echo(line, err=True), only=only, resume=resume, parts=parts)
    echo_result(record.as_dict(), as_json, markdown(record))
    if page is not None:
        write_block(page, record)
    sys.exit(record.exit_code([part.name for part in chosen]))


if __name__ == "__main__":
    run(command)
