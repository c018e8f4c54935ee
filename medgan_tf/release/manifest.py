"""The manifest of a released folder: every file with its size and SHA-256, and the script that checks them."""

import ast
import hashlib
from pathlib import Path
from typing import Any

import medgan_tf
from medgan_tf.errors import DataError
from medgan_tf.files.regular_files import open_regular
from medgan_tf.files.result_files import json_text
from medgan_tf.release import card_check, strict_json, verifier
from medgan_tf.release.verifier import FORMAT_VERSION, LARGEST_FILE, MANIFEST, SCRIPT, found_files
from medgan_tf.synthesis.marks import dicom_reader, png_reader

_COPIED = (dicom_reader, png_reader, strict_json, card_check)


def write_manifest(folder: Path, about: dict[str, Any] | None = None) -> None:
    """Adds the script and the manifest of all files to a folder that is otherwise finished.

    Args:
        folder: The folder.
        about: Further values of the manifest, by names that it has not; such as the name and version of the release.

    Raises:
        DataError: The folder holds something that a release must not hold, such as a link.
        OSError: The disk does not take the files.
    """
    (folder / MANIFEST).unlink(missing_ok=True)
    (folder / SCRIPT).write_text(script_text(), encoding="utf-8")
    names, problems = found_files(folder)
    if problems:
        raise DataError(f"{folder} cannot be released: {problems[0]}")
    entries = [_entry(folder, name) for name in sorted(names)]
    own = {"format_version": FORMAT_VERSION, "software": f"medgan-tf {medgan_tf.__version__}", "files": entries}
    (folder / MANIFEST).write_text(json_text({**(about or {}), **own}, indent=1) + "\n", encoding="utf-8")


def script_text() -> str:
    """The script of `verifier` with the readers of marks that it needs, so that it runs without this package."""
    parts = [_Part(Path(module.__file__).read_text(encoding="utf-8")) for module in (*_COPIED, verifier)]
    imports = sorted({line for part in parts for line in part.imports})
    return "\n\n".join([parts[-1].docstring, "\n".join(imports), *(part.body for part in parts)]) + "\n"


class _Part:
    """A source file in three parts: docstring, imports of other modules than our own, and the rest."""

    def __init__(self, source: str):
        first, *nodes = ast.parse(source).body
        lines = source.splitlines()
        imports = [node for node in nodes if isinstance(node, ast.Import)]
        rest = next(node for node in nodes if not isinstance(node, ast.Import | ast.ImportFrom))
        self.docstring = "\n".join(lines[: first.end_lineno])
        self.imports = [ast.unparse(node) for node in imports]
        self.body = "\n".join(lines[rest.lineno - 1 :])


def _entry(folder: Path, name: str) -> dict[str, Any]:
    digest, size = hashlib.sha256(), 0
    with open_regular(folder / name, LARGEST_FILE) as file:
        while piece := file.read(2**20):
            digest.update(piece)
            size += len(piece)
    return {"path": name, "bytes": size, "sha256": digest.hexdigest()}
