"""Examine this machine: versions, devices, number formats, a training step against known values, folders, weights."""

import click

from medgan_tf.console.options import echo_result, json_option, run, tool_command


@tool_command("doctor")
@click.option(
    "--folder",
    "folders",
    multiple=True,
    default=("runs", "datasets"),
    help="Folder for trainings or datasets, to be checked; may be repeated.",
)
@json_option
def command(folders, as_json):
    """Examine this machine: versions, devices, number formats, a training step against known values, folders, weights.

    Takes about a minute. Downloads nothing, and removes what it writes. The exit code is 1 when something failed; a
    warning is something that some uses can live with.

    \b
    Examples:
      medgan-tf doctor
      medgan-tf doctor --folder /data/runs --json
    """
    from dataclasses import asdict

    from medgan_tf.errors import RunError
    from medgan_tf.machine.doctor import examine

    findings = []
    for finding in examine(folders):
        findings.append(finding)
        if not as_json:
            click.echo(f"{finding.state:>8}  {finding.name}: {finding.text}")
    if as_json:
        echo_result({"findings": [asdict(finding) for finding in findings]}, True, "")
    failed = [finding.name for finding in findings if finding.state == "failed"]
    if failed:
        raise RunError(f"not fit for use: {', '.join(failed)}")


if __name__ == "__main__":
    run(command)
