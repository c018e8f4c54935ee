"""Packages of another distribution that bring parts of their own, as `pip` would leave them in a folder."""

from pathlib import Path
from textwrap import dedent


def write_package(folder: Path, name: str, files: dict[str, str], entry_points: dict[str, dict[str, str]]) -> Path:
    """An installed package: its files and the entry points by which it is found.

    Args:
        folder: A folder that is, or will be, on `sys.path`.
        name: Of the package and its distribution.
        files: Python text by path inside the package; an empty `__init__.py` stands in every folder.
        entry_points: By group, e.g. {"medgan_tf.sources": {"toy": "toy_package.toy"}}.
    """
    for path, text in files.items():
        file = folder / name / path
        file.parent.mkdir(parents=True, exist_ok=True)
        (file.parent / "__init__.py").touch()
        file.write_text(dedent(text), encoding="utf-8")
    (folder / name / "__init__.py").touch()
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
    lines = [f"[{group}]\n" + "".join(f"{key} = {value}\n" for key, value in points.items())
             for group, points in entry_points.items()]  # fmt: skip
    (info / "entry_points.txt").write_text("\n".join(lines), encoding="utf-8")
    return folder
