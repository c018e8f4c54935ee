"""Writes an annex: its JSON, its page, and the SHA-256 of both in a file of their own."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from medgan_tf.errors import RunError
from medgan_tf.evidence.privacy.annex.content import annex_content, canonical
from medgan_tf.evidence.privacy.annex.page import annex_page
from medgan_tf.files.atomic import write_together

NAME = "privacy-annex"
KINDS = ("html", "json", "sha256")


def annex_files(content: Mapping[str, Any], name: str = NAME) -> dict[str, bytes]:
    """The files of an annex by name, the page first.

    Args:
        content: See `annex_content`.
        name: Their name without ending.
    """
    files = {
        f"{name}.html": annex_page(content).encode("utf-8", "backslashreplace"),
        f"{name}.json": canonical(content),
    }
    # As `sha256sum --check` reads it.
    lines = (f"{hashlib.sha256(file).hexdigest()}  {title}\n" for title, file in files.items())
    return files | {f"{name}.sha256": "".join(lines).encode()}


def write_annex(folder: Path, result: Mapping[str, Any], subject: str) -> list[Path]:
    """Writes the annex of an audit into a folder; returns the paths, the page first.

    Args:
        folder: The folder.
        result: The content of `privacy.json`.
        subject: See `annex_content`.

    Raises:
        RunError: The files cannot be written.
    """
    files = {folder / name: content for name, content in annex_files(annex_content(result, subject)).items()}
    try:
        write_together(files)
    except OSError as error:
        raise RunError(f"cannot write the annex to {folder}: {error.strerror}") from error
    return list(files)
