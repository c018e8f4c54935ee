"""Keep a library of releases: list it, add to it, get one from it and check it."""

from pathlib import Path

import click

from medgan_tf.console.options import dry_run_option, echo_result, json_option, run, tool_group
from medgan_tf.console.progress_line import ProgressLine

_GIB = 2**30

library_argument = click.argument("library", metavar="DIR_OR_URL", type=click.Path(path_type=str))
http_option = click.option("--allow-http", is_flag=True, help="Accept an address with http://, which protects nothing "
                           "on the way. This machine itself is accepted without.")  # fmt: skip


@tool_group("hub")
def command():
    """Keep a library of releases: list it, add to it, get one from it and check it.

    A library is a plain folder, or a static web directory with the same files: an index.json and one archive for each
    release. Nothing uses the network unless DIR_OR_URL is an address.

    \b
    Examples:
      medgan-tf hub add library release
      medgan-tf hub list library
      medgan-tf hub list https://example.org/library
      medgan-tf hub get https://example.org/library quickstart --out quickstart
    """


@command.command("list")
@library_argument
@http_option
@json_option
def show(library, allow_http, as_json):
    """List the releases of a library, with licence, resolution, what was measured, and which were withdrawn.

    \b
    Examples:
      medgan-tf hub list library
      medgan-tf hub list https://example.org/library --json
    """
    from medgan_tf.hub.listing import list_library

    values, lines = list_library(library, allow_http)
    echo_result(values, as_json, "\n".join(lines))


@command.command("add")
@click.argument("library", metavar="DIR", type=click.Path(path_type=str))
@click.argument("release", metavar="RELEASE", type=click.Path(path_type=str))
@dry_run_option
@json_option
def add(library, release, dry_run, as_json):
    """Check the folder RELEASE, and add it to the library in the folder DIR, which is made if there is none.

    What was added does not change: another release of the same name and version is refused. Versions that the release
    withdraws stay in the library and are marked: `get` refuses them.

    \b
    Examples:
      medgan-tf hub add library release
      medgan-tf hub add library release --dry-run
    """
    from medgan_tf.hub.add import add_release

    added = add_release(library, release, dry_run)
    entry = added.entry
    lines = [f"{entry.name} {entry.version} " + _state(added.anew, dry_run) + f" {library}"]
    lines += [f"withdrawn by it: version {version}" for version in added.withdrawn]
    lines += [f"not checked: {text}" for text in added.unchecked]
    values = {"library": library, "name": entry.name, "version": entry.version, "anew": added.anew, "dry_run": dry_run}
    values |= {"withdrawn": list(added.withdrawn), "unchecked": list(added.unchecked), "archive": entry.archive}
    echo_result(values, as_json, "\n".join(lines))


def _state(anew, dry_run):
    if not anew:
        return "is already in"
    return "would be added to" if dry_run else "was added to"


@command.command("get")
@library_argument
@click.argument("name", metavar="NAME")
@click.option("--version", metavar="V", help="Version; by default the newest that was not withdrawn.")
@click.option("--out", metavar="FOLDER", required=True, help="New folder for the release.")
@click.option("--withdrawn", is_flag=True, help="Get a version that was withdrawn, all the same.")
@click.option("--public-key", metavar="FILE", type=click.Path(path_type=Path), help="Ed25519 public key in PEM of "
              "whoever made the release: it must have a signature by it.")  # fmt: skip
@click.option("--largest", type=click.FloatRange(0, 64, min_open=True), default=4.0, help="Largest archive, GiB.")
@http_option
@dry_run_option
@json_option
def get(library, name, version, out, withdrawn, public_key, largest, allow_http, dry_run, as_json):
    """Get the release NAME from a library, check it, and put it into a new folder.

    The hash of the archive is compared before it is unpacked, and the folder is checked as `medgan-tf verify` does
    before it gets its name. Nothing in it runs. The index is not signed: a signature of the release, with the key of
    its authors from elsewhere (--public-key), is what says who made it.

    \b
    Examples:
      medgan-tf hub get library quickstart --out quickstart
      medgan-tf hub get https://example.org/library quickstart --version 2 --out quickstart --public-key hospital.pub
    """
    from medgan_tf.hub.get import Wanted, check_place, find_release, get_release

    found = find_release(library, Wanted(name, version, withdrawn, int(largest * _GIB)), allow_http)
    entry = found.entry
    values = {"library": library, "name": entry.name, "version": entry.version, "out": out, "dry_run": dry_run}
    values |= {"withdrawn_by": found.withdrawn_by, "manifest_sha256": entry.manifest_sha256}
    if dry_run:
        check_place(out)
        text = f"{entry.name} {entry.version}, {entry.archive_bytes:,} bytes, would be put into {out}"
        echo_result({**values, "unchecked": []}, as_json, text)
        return
    with ProgressLine("fetching", "bytes") as progress:
        unchecked = get_release(found, out, progress, public_key)
    lines = [f"{entry.name} {entry.version} is in {out}, and every file is that of its manifest"]
    if found.withdrawn_by:
        lines.append(f"WITHDRAWN by version {found.withdrawn_by}: use that one")
    lines += [f"not checked: {text}" for text in unchecked]
    echo_result({**values, "unchecked": list(unchecked)}, as_json, "\n".join(lines))


if __name__ == "__main__":
    run(command)
