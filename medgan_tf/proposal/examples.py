"""Copies of the experiments that come with the package, with the files that they need."""

from pathlib import Path
from typing import Any

from medgan_tf.config.document import read_document
from medgan_tf.config.shipped import PROFILES, shipped_experiments, shipped_folder
from medgan_tf.errors import ConfigError
from medgan_tf.files.atomic import write_together

SNAKEFILE = "Snakefile"


def example_summaries() -> dict[str, str]:
    """Names of all shipped experiments, each with the first line of its file.

    Raises:
        ConfigError: This installation has none.
    """
    found = shipped_experiments()
    if not found:
        raise ConfigError("this installation of medgan-tf came without its experiments; install it again")
    return {name: _first_line(path) for name, path in found.items()}


def example_lines() -> list[str]:
    """All shipped experiments as lines for the terminal.

    Raises:
        ConfigError: This installation has none.
    """
    found = example_summaries()
    width = max(map(len, found))
    lines = [f"{name:<{width}}  {line}" for name, line in found.items()]
    return [*lines, "copy one with: medgan-tf init --example NAME"]


def copy_example(name: str, to: str | Path) -> dict[Path, bool]:
    """Copies one shipped experiment, or grid, and every file that it extends or names.

    Args:
        name: E.g. "quickstart" or "benchmark/quick".
        to: The folder that takes them; they have the same places in it as in the shipped folder.

    Returns:
        The files, the asked one first, and whether each was written; one that is there already with the same content
        is not.

    Raises:
        ConfigError: An unknown name, or a file that is there with another content. Nothing is written then.
    """
    known = example_summaries()
    name = name.removesuffix(".yaml").removeprefix("experiments/")
    if name not in known:
        raise ConfigError(f"unknown example {name!r:.60}; known: {', '.join(known)}")
    folder = shipped_folder(name)
    files = list(dict.fromkeys(_needed(shipped_experiments()[name])))
    contents = {Path(to) / file.relative_to(folder): file.read_bytes() for file in files}
    there = {path: path.is_file() and path.read_bytes() == content for path, content in contents.items()}
    different = [path for path, same in there.items() if not same and path.exists()]
    if different:
        raise ConfigError(
            f"{different[0]} is there with another content, and is not overwritten; choose another folder with --to"
        )
    write_together({path: content for path, content in contents.items() if not there[path]})
    return {path: not same for path, same in there.items()}


def _needed(path: Path) -> list[Path]:
    """The file, and those that it needs."""
    values: dict[str, Any] = read_document(path).values
    others = [values["extends"]] if "extends" in values else []
    is_grid = "experiments" in values
    others += values["experiments"] if is_grid else []
    files = [path]
    for other in others:
        files += _needed((path.parent / other).resolve())
    if not is_grid:
        return files
    return [*files, path.parent / SNAKEFILE, *sorted((path.parent / PROFILES).glob("*/*.yaml"))]


def _first_line(path: Path) -> str:
    with open(path, encoding="utf-8") as file:
        return file.readline().strip().lstrip("# ")


def next_command(path: Path) -> str:
    """What a user does first with a copied experiment or grid."""
    if "experiments" in read_document(path).values:
        return f"medgan-tf grid {path} --dry-run"
    return f"medgan-tf config {path}" if path.stem == "own_data" else f"medgan-tf run {path}"
