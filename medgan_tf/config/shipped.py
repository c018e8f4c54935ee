"""The experiments that come with the package, wherever it was installed from."""

import shlex
from functools import cache
from pathlib import Path

import medgan_tf

FOLDER = "experiments"
PROFILES = "profiles"
"""Folder beside the grids, with one folder for each kind of cluster: options of Snakemake."""


@cache
def shipped_experiments() -> dict[str, Path]:
    """Names such as "quickstart" and "benchmark/quick", sorted, and their files; empty where they are missing.

    An installed package has them inside itself, a checkout beside it.
    """
    package = Path(medgan_tf.__file__).resolve().parent
    folder = next((one for one in (package / FOLDER, package.parent / FOLDER) if one.is_dir()), None)
    if folder is None:
        return {}
    files = [path for path in folder.rglob("*.yaml") if path.is_file() and path.parents[1].name != PROFILES]
    return {path.relative_to(folder).with_suffix("").as_posix(): path for path in sorted(files)}


def shipped_folder(name: str) -> Path:
    """The folder that all shipped experiments lie in, from the name of one of them."""
    return shipped_experiments()[name].parents[name.count("/")]


def shipped_advice(path: str | Path) -> str:
    """The end of the message about a missing file: how to get it where its name is that of a shipped experiment."""
    path = Path(path)
    names = shipped_experiments()
    for name, folder in ((f"{path.parent.name}/{path.stem}", path.parent.parent), (path.stem, path.parent)):
        if path.suffix == ".yaml" and name in names:
            to = "" if folder == Path() else f" --to {shlex.quote(str(folder))}"
            return f"; `medgan-tf init --example {name}{to}` brings the experiment of that name there"
    return ""
