"""Files by their names alone, for datasets whose tables do not say which folder an image is in (ChestX-ray14)."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from medgan_tf.data.tables.places import is_inside
from medgan_tf.errors import DataError

MOST_FILES = 10_000_000
MOST_FOLDERS = 1_000_000
_KEPT = 4


def find_files(
    root: str | Path, names: Iterable[str], suffixes: Sequence[str] = ("",), outside_root: bool = False
) -> dict[str, str]:
    """Where files of these names lie below a folder.

    The folder is walked once in a process, as long as no file comes or goes. Folders whose names begin with "." are
    passed over: they hold what programs keep for themselves, such as thumbnails and deleted files.

    Args:
        root: The folder.
        names: File names without folders. Case counts.
        suffixes: What may follow a name in the name of its file: ("",) nothing, (".dcm", ".dicom") one of these.
        outside_root: Follow links to folders outside `root`, too.

    Returns:
        The path of each name that was found; names without a file are missing.

    Raises:
        DataError: A name that two files have, or a folder that cannot be read.
    """
    listed = _listing(str(root), outside_root).files
    found: dict[str, str] = {}
    for name in names:
        paths = [path for suffix in suffixes for path in listed.get(name + suffix, ())]
        if len(paths) > 1:
            paths = list({os.path.realpath(path): path for path in reversed(paths)}.values())
        if len(paths) > 1:
            first, second = sorted(paths)[:2]
            raise DataError(
                f"{name}: two files of this name lie below data.root, {first} and {second}; remove or rename one"
            )
        if paths:
            found[name] = paths[0]
    return found


@dataclass(frozen=True)
class _Listing:
    """The files below a folder by name, and when each folder was last changed (ns)."""

    files: dict[str, list[str]]
    folders: dict[str, int]

    def is_current(self) -> bool:
        """Whether no file has come or gone since the walk: that changes the time of its folder."""
        try:
            return all(os.stat(folder).st_mtime_ns == modified for folder, modified in self.folders.items())
        except OSError:
            return False


_LISTINGS: dict[tuple[str, bool], _Listing] = {}


def _listing(root: str, outside_root: bool) -> _Listing:
    key = (os.path.abspath(root), outside_root)
    known = _LISTINGS.pop(key, None)
    if known is None or not known.is_current():
        known = _walk(root, outside_root)
    _LISTINGS[key] = known
    if len(_LISTINGS) > _KEPT:
        del _LISTINGS[next(iter(_LISTINGS))]
    return known


def _walk(root: str, outside_root: bool) -> _Listing:
    found = _Listing({}, {})
    waiting, seen, count = [root], set(), 0
    while waiting:
        folder = waiting.pop()
        try:
            state = os.stat(folder)
            if (state.st_dev, state.st_ino) in seen:
                continue
            seen.add((state.st_dev, state.st_ino))
            found.folders[folder] = state.st_mtime_ns
            with os.scandir(folder) as entries:
                for entry in entries:
                    count += 1
                    if not _leads_to_folder(entry):
                        found.files.setdefault(entry.name, []).append(entry.path)
                    elif _is_looked_into(entry, root, outside_root):
                        waiting.append(entry.path)
                    if count > MOST_FILES or len(found.folders) > MOST_FOLDERS:
                        raise DataError(
                            f"{root}: more than {MOST_FILES:,} files or {MOST_FOLDERS:,} folders lie below data.root; "
                            "is it the folder of the dataset?"
                        )
        except OSError as error:
            raise DataError(f"{folder}: cannot be read: {error.strerror or error}") from error
    return found


def _leads_to_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def _is_looked_into(entry: os.DirEntry[str], root: str, outside_root: bool) -> bool:
    """Whether to look into a folder. A link to a folder inside `root` is not followed: the folder is found itself."""
    if entry.name.startswith("."):
        return False
    return not entry.is_symlink() or (outside_root and not is_inside(entry.path, root))
