"""What is there instead of a file that a table names: tables are made on other systems, and files are converted."""

import os
import unicodedata
from collections.abc import Callable
from pathlib import Path

from medgan_tf.errors import DataError

MOST_ENTRIES = 2_000_000
"""Entries of a folder that are looked at."""
_KEPT = 8


def explained(error: DataError, file: str | None) -> DataError:
    """The error about a file that could not be read; where there is no such file, it says what is there instead."""
    clause = explain_missing(file) if file is not None else ""
    return DataError(f"{error}{clause}") if clause else error


def explain_missing(path: str | Path) -> str:
    """One short clause about a file that is not there, such as "; there is 0001.jpg instead", or "".

    Known are: a blank name, backslashes between folders, a folder of that name, upper and lower case, accents that are
    written in one or two characters (Unicode NFC and NFD: macOS), and another ending.
    """
    text = str(path)
    if "\0" in text:
        return ""
    if not text or text.endswith(("/", os.sep)) or os.path.basename(text).strip() in ("", "."):
        return "; the name of the file is blank"
    if os.path.isfile(text):
        return ""
    if os.path.isdir(text):
        return _about_folder(text)
    folder, wanted = _deepest_folder(text)
    slashes = [part for part in "/".join(wanted).split("\\") if part] if "\\" in text else []
    if slashes and os.path.isfile(os.path.join(folder, *"/".join(slashes).split("/"))):
        return f"; there is {'/'.join(slashes)} instead: write / between folders"
    found = _nearest(folder, wanted)
    return f"; there is {found} instead" if found else ""


def _about_folder(path: str) -> str:
    files = sorted(entry for entry in _entries(path) if not entry.startswith("."))
    inside = f"; it holds {len(files):,} files, e.g. {files[0]}" if files else "; it is empty"
    return f"{inside}; name the file in it"


def _deepest_folder(path: str) -> tuple[str, list[str]]:
    """The part of a path that is there, and the names that follow."""
    folder, wanted = os.path.split(path)
    names = [wanted]
    while folder and not os.path.isdir(folder):
        parent, name = os.path.split(folder)
        if parent == folder:
            break
        folder, names = parent, [name, *names]
    return folder or ".", names


def _nearest(folder: str, names: list[str]) -> str:
    """The file whose path is nearest, from the first name that is another one; "" for none."""
    found: list[str] = []
    for name in names[:-1]:
        twin = _twin(folder, name, os.path.isdir)
        if not twin:
            return ""
        found.append(twin)
        folder = os.path.join(folder, twin)
    last = _twin(folder, names[-1], os.path.isfile)
    return "/".join([*found, last]) if last else ""


def _twin(folder: str, name: str, is_kind: Callable[[str], bool]) -> str:
    """The entry whose name is the same, but for its accents' form, its case, or, for a file, its ending."""
    entries = _by_folded(folder)
    candidates = [*entries.get(_folded(name), ()), *entries.get(_folded(_stem(name)), ())]
    if is_kind is os.path.isfile:
        candidates += [*entries.get(f"{_folded(_stem(name))}.", ()), *entries.get(f"{_folded(name)}.", ())]
    ranked = sorted(dict.fromkeys(candidates), key=lambda one: (_folded(one) != _folded(name), one != name, one))
    return next((one for one in ranked if is_kind(os.path.join(folder, one))), "")


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _stem(name: str) -> str:
    # Names such as 1.2.840.113 have dots but no ending.
    stem, ending = os.path.splitext(name)
    return stem if ending[1:].isalpha() or ending == ".jp2" else name


_FOLDED: dict[tuple[str, int], dict[str, list[str]]] = {}


def _by_folded(folder: str) -> dict[str, list[str]]:
    """The entries of a folder by their folded names, and by their folded stems with "." behind."""
    try:
        key = (folder, os.stat(folder).st_mtime_ns)
    except OSError:
        return {}
    if key not in _FOLDED:
        found: dict[str, list[str]] = {}
        for name in _entries(folder):
            found.setdefault(_folded(name), []).append(name)
            if _stem(name) != name:
                found.setdefault(f"{_folded(_stem(name))}.", []).append(name)
        if len(_FOLDED) >= _KEPT:
            _FOLDED.pop(next(iter(_FOLDED)))
        _FOLDED[key] = found
    return _FOLDED[key]


def _entries(folder: str) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry, _ in zip(entries, range(MOST_ENTRIES), strict=False)]
    except OSError:
        return []
