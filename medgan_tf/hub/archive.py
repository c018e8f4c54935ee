"""Archives of releases: zip files whose entries are stored as they are, so that nothing in one can grow when unpacked.

Equal folders give equal bytes, on every machine: the entries are in one order, with one time and one mode. Images and
weights hardly shrink, so that stored entries cost little. Any other archive is refused: tar, compressed, encrypted.
"""

import hashlib
import stat
import unicodedata
import zipfile
from pathlib import Path
from typing import Any

from medgan_tf.errors import DataError
from medgan_tf.files.plain_text import visible
from medgan_tf.files.regular_files import open_regular
from medgan_tf.files.zip_files import OpenArchive, checked_entries
from medgan_tf.release.verifier import LARGEST_FILE, MANIFEST, SIGNATURE, name_problem, read_manifest

MOST_FILES = 1_000_000
_TIME = (1980, 1, 1, 0, 0, 0)
_MODE = stat.S_IFREG | 0o644
_UNIX = 3
_PIECE = 2**20


def write_archive(folder: Path, path: Path) -> None:
    """Writes the archive of a released folder that was checked.

    Args:
        folder: The folder: the files that its manifest names, the manifest, and the signature where there is one.
        path: The archive; an older file is written over.

    Raises:
        DataError: A file is not that of the manifest, or the manifest cannot be read.
        OSError: The disk does not take it.
    """
    try:
        named: dict[str, Any] = read_manifest(folder)
    except ValueError as error:
        raise DataError(f"{folder / MANIFEST}: {error}") from error
    beside = [name for name in (MANIFEST, SIGNATURE) if (folder / name).is_file()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted([*named, *beside]):
            _store(archive, folder / name, name, named.get(name))


def _store(archive: zipfile.ZipFile, path: Path, name: str, stated: dict[str, Any] | None) -> None:
    digest, size = hashlib.sha256(), 0
    entry = zipfile.ZipInfo(name, _TIME)
    entry.create_system, entry.external_attr = _UNIX, _MODE << 16
    with open_regular(path, LARGEST_FILE) as source:
        # Where its size says whether it needs 64 bits.
        entry.file_size = source.seek(0, 2)
        source.seek(0)
        with archive.open(entry, "w") as target:
            while piece := source.read(_PIECE):
                target.write(piece)
                digest.update(piece)
                size += len(piece)
    if stated is not None and (size != stated["bytes"] or digest.hexdigest() != stated["sha256"]):
        raise DataError(f"{path} was changed while it was read; check the release, and add it again")


def unpack_archive(path: Path, folder: Path) -> None:
    """Writes the files of an archive into a folder, after a look at every entry.

    Args:
        path: The archive.
        folder: A new folder of nobody else's.

    Raises:
        DataError: It is no archive of ours: it is damaged, or an entry is no plain file with a plain name that stays
            in the folder, is compressed or encrypted, or lies over another one. The message is one line.
        OSError: The disk does not take the files.
    """
    entries = checked_entries(path)
    problem = _whole_problem(entries) or next(filter(None, map(_entry_problem, entries)), None)
    if problem:
        raise DataError(f"{path} is refused: {problem}; ask whoever keeps the library")
    archive = OpenArchive(path)
    try:
        for entry in entries:
            target = folder.joinpath(*entry.filename.split("/"))
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("xb") as file:
                archive.copy(entry.filename, file, entry.file_size)
    finally:
        archive.close()


def _entry_problem(entry: zipfile.ZipInfo) -> str:
    """What is wrong with an entry; "" for a plain file."""
    shown = repr(visible(entry.filename[:60]))
    mode = entry.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return f"{shown} is a link, a device or another thing that is no file"
    if entry.compress_type != zipfile.ZIP_STORED or entry.compress_size != entry.file_size:
        return f"{shown} is not stored as it is"
    problem = name_problem(entry.filename)
    return f"{shown}: {problem}" if problem else ""


def _whole_problem(entries: list[zipfile.ZipInfo]) -> str:
    """What is wrong with the names together; "" where each is another file on every kind of disk."""
    if len(entries) > MOST_FILES:
        return f"it holds {len(entries):,} files, more than {MOST_FILES:,}"
    files, folders = set(), {}
    for entry in entries:
        shown = repr(visible(entry.filename[:60]))
        same = _same(entry.filename)
        if same in files:
            return f"{shown} differs from another name by case or accents only"
        files.add(same)
        parts = entry.filename.split("/")
        for depth in range(1, len(parts)):
            inner = "/".join(parts[:depth])
            if folders.setdefault(_same(inner), inner) != inner:
                return f"the folder of {shown} differs from another one by case or accents only"
    both = files & folders.keys()
    return f"{visible(min(both))[:60]!r} is a file and a folder" if both else ""


def _same(name: str) -> str:
    """The name as a disk sees it that does not tell case and forms of accents apart."""
    return unicodedata.normalize("NFKC", name).casefold()
