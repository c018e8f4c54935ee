"""A release out of a library: nothing is unpacked before its hash is right, and nothing stays that does not hold."""

import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from medgan_tf.errors import ConfigError, DataError, RunError
from medgan_tf.hub.archive import unpack_archive
from medgan_tf.hub.described import difference, verify
from medgan_tf.hub.index import INDEX, Entry
from medgan_tf.hub.places import Library, fetch_archive, open_library, read_index
from medgan_tf.release.verifier import SIGNATURE

_FOLDER, _DOWNLOAD = "release", "archive"
MOST_BYTES = 2**32
"""Bytes of the largest archive that is fetched, unless the user says more."""


@dataclass(frozen=True)
class Wanted:
    """Which release is wanted, and what is accepted.

    Attributes:
        name: Its name.
        version: Its version; None takes the newest that was not withdrawn.
        withdrawn: Whether a version that was withdrawn is accepted.
        most_bytes: Largest archive that is fetched, bytes.
    """

    name: str
    version: str | None = None
    withdrawn: bool = False
    most_bytes: int = MOST_BYTES


@dataclass(frozen=True)
class Found:
    """A release in a library.

    Attributes:
        library: Where it is.
        entry: Its entry in the index.
        withdrawn_by: The version that revoked it; None where none did.
    """

    library: Library
    entry: Entry
    withdrawn_by: str | None


def find_release(place: str, wanted: Wanted, allow_http: bool = False) -> Found:
    """Finds a release in a library.

    Args:
        place: A folder, or an address; only an address needs the network.
        wanted: Which release.
        allow_http: See `WebLibrary`.

    Raises:
        ConfigError: There is none of that name and version, it was withdrawn, or it is larger than wanted.
        DataError: There is no library, or it is damaged.
    """
    library = open_library(place, allow_http)
    index = read_index(library)
    entry = index.find(wanted.name, wanted.version)
    withdrawn_by = index.withdrawn_by(entry)
    if withdrawn_by is not None and not wanted.withdrawn:
        raise ConfigError(
            f"{entry.name} {entry.version} was withdrawn by version {withdrawn_by}; get that, or say --withdrawn if "
            "you need this one all the same"
        )
    if entry.archive_bytes > wanted.most_bytes:
        raise ConfigError(
            f"{entry.name} {entry.version} has {entry.archive_bytes:,} bytes, more than {wanted.most_bytes:,}; say "
            "--largest with more GiB if you want it"
        )
    return Found(library, entry, withdrawn_by)


def get_release(
    found: Found, out: str | Path, progress: Callable[[int, int], None], public_key: Path | None = None
) -> tuple[str, ...]:
    """Fetches a release, checks it, and gives it its name. After a failure nothing is left.

    The hash of the archive is compared before it is unpacked, its entries before they are written, and the folder as
    `medgan-tf verify` does before it gets its name.

    Args:
        found: The release, from `find_release`.
        out: The folder, which must not be there yet; the one around it must.
        progress: Shows how many bytes came.
        public_key: Ed25519 public key in PEM; the release must then have a signature by it.

    Returns:
        What could not be checked, such as a signature without a key.

    Raises:
        ConfigError: There is no place for the folder, or no such key.
        DataError: What came is not what the index names, or does not hold.
        RunError: The disk does not take it.
    """
    out = Path(out)
    check_place(out)
    if public_key is not None and not public_key.is_file():
        raise ConfigError(f"no public key in {public_key}; its owner gives it to you")
    try:
        # The download and what is unpacked from it.
        _check_room(out.absolute().parent, 2 * found.entry.archive_bytes)
        partial = Path(tempfile.mkdtemp(prefix=f".partial-{out.name}-", dir=out.absolute().parent))
        try:
            unchecked = _checked_folder(found, partial, progress, public_key)
            os.rename(partial / _FOLDER, out)
        except DataError as error:
            # What has a temporary name will be gone.
            text = str(error)
            for name in (_FOLDER, _DOWNLOAD):
                text = text.replace(str(partial / name), found.entry.archive)
            raise DataError(text) from error
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    except OSError as error:
        raise RunError(f"cannot write {out}: {error.strerror or error}") from error
    return tuple(unchecked)


def _checked_folder(
    found: Found, partial: Path, progress: Callable[[int, int], None], public_key: Path | None
) -> list[str]:
    """Unpacks the release into a folder with a temporary name. Gives what could not be checked."""
    entry, folder = found.entry, partial / _FOLDER
    archive = fetch_archive(found.library, entry, partial / _DOWNLOAD, progress)
    folder.mkdir()
    unpack_archive(archive, folder)
    unchecked = verify(folder, public_key)
    if not (folder / SIGNATURE).is_file():
        unchecked = [*unchecked, "who made it: it has no signature"]
    if odd := difference(entry, folder):
        raise DataError(f"{found.library.where(INDEX)} tells another {odd} of {entry.archive} than its card")
    return unchecked


def check_place(out: str | Path) -> None:
    """Raises `ConfigError` where a release cannot get this folder."""
    out = Path(out)
    if out.exists() or out.is_symlink():
        raise ConfigError(f"{out} is there already; give a new folder with --out")
    if not out.absolute().parent.is_dir():
        raise ConfigError(f"{out.absolute().parent} is no folder; make it, or give another --out")


def _check_room(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise RunError(f"{folder} has {free:,} bytes of room, and the release needs {needed:,}; choose another disk")
