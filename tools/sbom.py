"""List every package of this installation with its version and licence, as a software bill of materials."""

import click

from medgan_tf.console.options import echo_result, json_option, run, tool_command


@tool_command("sbom")
@click.option("--out", default="medgan-tf.cdx.json", metavar="FILE", help="Where the bill is written.")
@click.option(
    "--lock", metavar="FILE", help="requirements.lock: adds its hashes, and names packages that differ from it."
)
@json_option
def command(out, lock, as_json):
    """List every package of this installation with its version and licence, as a software bill of materials.

    Writes CycloneDX 1.6 (JSON), which scanners for known vulnerabilities read. Asks no server. The file names no
    folder, user or host of this machine.

    \b
    Examples:
      medgan-tf sbom
      medgan-tf sbom --out bill.cdx.json --lock requirements.lock --json
    """
    from pathlib import Path

    from medgan_tf.files.result_files import write_json
    from medgan_tf.machine.bill_of_materials import bill_of_materials, differences, locked_hashes

    locked = locked_hashes(lock) if lock else {}
    bill = bill_of_materials(hashes=locked)
    write_json(Path(out), bill)
    differing = differences(bill, locked) if lock else []
    text = "\n".join([*differing, f"{len(bill['components'])} packages are listed in {out}"])
    values = {"file": out, "packages": len(bill["components"]), "serial_number": bill["serialNumber"]}
    echo_result(values | ({"differences": differing} if lock else {}), as_json, text)


if __name__ == "__main__":
    run(command)
