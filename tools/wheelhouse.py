"""Make a folder of wheels from which a machine without a network installs this package."""

import click

from medgan_tf.console.options import echo_result, json_option, run, tool_command


@tool_command("wheelhouse")
@click.argument("folder")
@click.option("--lock", default="requirements.lock", metavar="FILE", help="requirements-gpu.lock for NVIDIA GPUs.")
@click.option("--project", default=".", metavar="PATH", help="A checkout of this package, or its wheel.")
@json_option
def command(folder, lock, project, as_json):
    """Make a folder of wheels from which a machine without a network installs this package.

    Call it on a machine with a network, the same system and the same version of Python. FOLDER gets every package of
    the lock, with setuptools and all extras, this package itself, SHA256SUMS, and INSTALL.txt with what to type.

    \b
    Examples:
      medgan-tf wheelhouse wheels
      medgan-tf wheelhouse wheels-gpu --lock requirements-gpu.lock --project dist/medgan_tf-0.1.0-py3-none-any.whl
    """
    from medgan_tf.machine.wheelhouse import INSTRUCTIONS, make_wheelhouse

    made = make_wheelhouse(folder, lock, project)
    text = f"{len(made.wheels)} wheels, {made.size / 2**20:,.0f} MiB, of which {len(made.built)} were built here: "
    text += f"{', '.join(made.built)}\ninstall them as {made.folder / INSTRUCTIONS} says"
    echo_result({"folder": folder, "wheels": made.wheels, "built": made.built, "bytes": made.size}, as_json, text)


if __name__ == "__main__":
    run(command)
