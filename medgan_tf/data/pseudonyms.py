"""Pseudonyms of patients and images, keyed with a secret that never enters a dataset folder.

A pseudonym is the start of HMAC-SHA256(secret, kind, raw identifier). Without the secret it can be neither reversed nor
recomputed from a list of guessed identifiers, unlike a plain hash. The owner of the data keeps the secret and a table
that leads back to the files, both in the private folder.
"""

import hashlib
import hmac
import itertools
import os
import secrets
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from medgan_tf.errors import ConfigError, DataError
from medgan_tf.files.csv_files import csv_lines

PSEUDONYM_BYTES = 7
"""Length of a pseudonym. Among a million identifiers two coincide with a probability of 7e-6; `prepare` checks."""
KEY_FILE = "pseudonym.key"
_KEY_BYTES = 32


class Pseudonyms:
    """Raw identifiers to pseudonyms, hexadecimal strings of 14 digits.

    Args:
        key: The secret, 32 bytes.
    """

    def __init__(self, key: bytes):
        if len(key) != _KEY_BYTES:
            raise ValueError(f"the key must have {_KEY_BYTES} bytes. Received: {len(key)} bytes")
        self._key = key

    def patient(self, patient_id: str) -> str:
        """The pseudonym of a patient."""
        return self._digest("patient", patient_id)[:PSEUDONYM_BYTES].hex()

    def image(self, image_id: str) -> str:
        """The pseudonym of an image. Image identifiers often contain the patient's, so they are never stored raw."""
        return self._digest("image", image_id)[:PSEUDONYM_BYTES].hex()

    def content_hash(self, parts: Iterable[str]) -> str:
        """A keyed SHA-256 (64 hexadecimal digits) over many strings: shows equality, discloses nothing."""
        digest = hmac.new(self._key, b"content\0", hashlib.sha256)
        for part in parts:
            data = part.encode("utf-8", "surrogateescape")
            digest.update(len(data).to_bytes(8, "big") + data)
        return digest.hexdigest()

    def _digest(self, kind: str, identifier: str) -> bytes:
        message = f"{kind}\0{identifier}".encode("utf-8", "surrogateescape")
        return hmac.digest(self._key, message, "sha256")


def private_folder(private_dir: str | None, dataset_dir: str | Path) -> Path:
    """The folder of the secret: `private_dir`, or ``~/.config/medgan-tf``.

    Raises:
        ConfigError: It lies in the dataset folder.
    """
    folder = Path(private_dir).expanduser() if private_dir else Path.home() / ".config" / "medgan-tf"
    refuse_inside(folder, dataset_dir, "data.private_dir")
    return folder


def refuse_inside(private: str | Path | None, dataset_dir: str | Path, key: str) -> None:
    """Raises `ConfigError` naming `key` if a private file or folder lies in the dataset folder or is that folder."""
    if private is None:
        return
    inner, dataset = Path(private).expanduser(), Path(dataset_dir).expanduser().resolve()
    if inner.resolve() == dataset or dataset in inner.resolve().parents:
        raise ConfigError(
            f"{key} must lie outside the dataset folder, which may be given away. Received: {inner} in {dataset}"
        )


def load_pseudonyms(folder: str | Path) -> Pseudonyms:
    """The pseudonyms of a private folder. The first use draws the secret (`pseudonym.key`, readable by its owner only).

    Raises:
        DataError: The secret is damaged or the folder cannot be used.
    """
    path = Path(folder) / KEY_FILE
    try:
        if not path.exists():
            _create_key(path)
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            path.chmod(0o600)
        text = path.read_bytes()
    except OSError as error:
        raise DataError(f"cannot use the pseudonym secret {path}: {error.strerror}; set data.private_dir") from error
    try:
        key = bytes.fromhex(text.decode("ascii"))
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise DataError(
            f"the pseudonym secret {path} is damaged: expected {2 * _KEY_BYTES} hexadecimal digits; restore it from a "
            "backup, or remove it to start with new pseudonyms"
        )
    return Pseudonyms(key)


def _create_key(path: Path) -> None:
    """Writes a new secret. Of several processes that do so at once, all end up with the first one's."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        _write_private(temporary, [f"{secrets.token_hex(_KEY_BYTES)}\n".encode()])
        # A hard link appears with its whole content or not at all, and never replaces an existing file.
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        temporary.unlink(missing_ok=True)


def write_private_table(path: str | Path, rows: Iterable[tuple[str, str, str, str, str]]) -> None:
    """The way back, for the owner of the data only: CSV with mode 0600.

    Args:
        path: Where it is written (atomically).
        rows: (image pseudonym, raw image id, file path, patient pseudonym, raw patient id). Read them with `csv_rows`.
    """
    write_private_rows(path, ("image", "image_id", "path", "patient", "patient_id"), rows)


def write_private_rows(path: str | Path, header: tuple[str, ...], rows: Iterable[Iterable[Any]]) -> None:
    """A CSV file for the owner of the data only: mode 0600, written atomically. Read it with `csv_rows`.

    Args:
        path: The file; an older one is replaced, its folder is made.
        header: Names of the columns.
        rows: Their cells.

    Raises:
        OSError: It cannot be written.
    """
    lines = csv_lines(itertools.chain([header], rows))
    write_private_bytes(path, (line.encode("utf-8", "surrogateescape") for line in lines))


def write_private_bytes(path: str | Path, parts: Iterable[bytes]) -> None:
    """As `write_private_rows`, for a file of any kind."""
    path = Path(path)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Not the process number alone: in a container the next process may have the number of one that was killed here.
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        _write_private(temporary, parts)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _write_private(path: Path, parts: Iterable[bytes]) -> None:
    """A new file that only its owner can read from its first moment on."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.writelines(parts)
        stream.flush()
        os.fsync(stream.fileno())
