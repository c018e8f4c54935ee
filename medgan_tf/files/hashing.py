"""SHA-256 of whole folders: what decides whether something that was made from them is up to date."""

import hashlib
from pathlib import Path


def folder_sha256(folder: Path) -> str:
    """SHA-256 over names and contents of all files below a folder, as hexadecimal digits; "" if there is no folder."""
    if not folder.is_dir():
        return ""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        with open(path, "rb") as stream:
            digest.update(f"{path.relative_to(folder)}\0".encode() + hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()
