"""Checks a released folder: ``python verify.py [FOLDER]``. It needs Python 3.11 and nothing else, and no network.

It compares every file with the manifest, refuses links, odd names and files that the manifest does not name, and looks
for the marks that say of each image that it is synthetic. It compares the numbers on the card with the result files
that they are from. Somebody who changes a file can change the manifest and the card too: that is found by the signature
alone, which this script cannot check.

Exit codes: 0 all holds, 3 something does not hold, 4 all that was checked holds, and something could not be checked.
"""

import hashlib
import os
import stat
import sys
import unicodedata

from medgan_tf.release.card_check import CARD, card_problems, is_hash, read_card
from medgan_tf.release.strict_json import shown, strict_object
from medgan_tf.synthesis.marks.dicom_reader import is_marked_synthetic_dicom
from medgan_tf.synthesis.marks.png_reader import is_marked_synthetic, synthetic_marks

MANIFEST, SIGNATURE, SCRIPT, IMAGES = "MANIFEST.json", "MANIFEST.sig", "verify.py", "images"
FORMAT_VERSION = 1
LARGEST_FILE = 2**40
BROKEN, NOT_CHECKED = 3, 4
_LARGEST_MANIFEST, _LARGEST_IMAGE = 2**29, 2**28
_MOST_FILES, _LONGEST_NAME, _DEEPEST = 5_000_000, 240, 8
_BESIDE_IMAGES = ("README.md", "labels.csv")
_FORBIDDEN = '<>:"|?*\\'


def verify_folder(folder):
    """The problems of a released folder, and what could not be checked; two lists of one-line texts."""
    folder = os.fspath(folder)
    names, problems = found_files(folder)
    try:
        entries = read_manifest(folder)
    except ValueError as error:
        return [*problems, f"{MANIFEST}: {error}"], []
    card, card_texts = _checked_card(folder, names)
    extra = names - {*entries, MANIFEST, SIGNATURE}
    problems += [f"{shown(name)}: the manifest does not name it" for name in sorted(extra)]
    for name, entry in sorted(entries.items()):
        problem = _file_problem(folder, name, entry, card) if name in names else "it is missing"
        if problem:
            problems.append(f"{shown(name)}: {problem}")
    problems += [text for text in card_texts if text not in problems]
    if SIGNATURE in names:
        return problems, [f"{SIGNATURE}: a signature, which this script cannot check"]
    return problems, []


def _checked_card(folder, names):
    """The card, empty where it cannot be read, and what is wrong with it."""
    if CARD not in names:
        return {}, [f"{CARD}: it is missing"]
    try:
        card = read_card(folder)
    except ValueError as error:
        return {}, [f"{CARD}: {error}"]
    return card, card_problems(folder, names, card)


def found_files(folder):
    """Names of all files below a folder, relative and with ``/``; and what a release must not hold."""
    names, problems, waiting, seen = set(), [], [""], set()
    while waiting and len(names) <= _MOST_FILES:
        inner = waiting.pop()
        try:
            with os.scandir(os.path.join(folder, inner)) as listed:
                entries = list(listed)
        except OSError as error:
            problems.append(f"{shown(inner) or 'the folder'}: cannot be read ({error.strerror})")
            continue
        if inner and not entries:
            problems.append(f"{shown(inner)}: an empty folder")
        for entry in entries:
            name = f"{inner}/{entry.name}" if inner else entry.name
            mode = entry.stat(follow_symlinks=False).st_mode
            problem = name_problem(name)
            if stat.S_ISLNK(mode):
                problem = "a link"
            elif not stat.S_ISDIR(mode) and not stat.S_ISREG(mode):
                problem = "neither a file nor a folder"
            elif _same(name) in seen:
                problem = "its name differs from another one by case or accents only"
            seen.add(_same(name))
            if problem:
                problems.append(f"{shown(name)}: {problem}")
            elif stat.S_ISDIR(mode):
                waiting.append(name)
            else:
                names.add(name)
    if waiting:
        problems.append(f"more than {_MOST_FILES:,} files")
    return names, problems


def name_problem(name):
    """What is wrong with a file's name, as it must stay inside the folder on every system; None for a plain one."""
    parts = name.split("/")
    if len(parts) > _DEEPEST or any(len(part.encode("utf-8", "replace")) > _LONGEST_NAME for part in parts):
        return "its name is too long"
    for part in parts:
        if part in ("", ".", "..") or part[-1] in ". " or part[0] == " " or any(one in part for one in _FORBIDDEN):
            return "its name is not plain"
        if any(unicodedata.category(one)[0] == "C" or unicodedata.category(one) in ("Zl", "Zp") for one in part):
            return "its name has hidden characters"
    return None


def read_manifest(folder):
    """The files that the manifest names, by path. Raises `ValueError` with one line."""
    path = os.path.join(folder, MANIFEST)
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode):
            raise ValueError("it is no file")
        with open(path, "rb") as file:
            content = file.read(_LARGEST_MANIFEST + 1)
    except OSError as error:
        raise ValueError(f"cannot be read ({error.strerror})") from error
    if len(content) > _LARGEST_MANIFEST:
        raise ValueError("it is too large")
    values = strict_object(content)
    entries = values.get("files")
    if not isinstance(entries, list) or values.get("format_version") != FORMAT_VERSION:
        raise ValueError(f"it is no manifest of version {FORMAT_VERSION}")
    return _entries(entries)


def _entries(entries):
    named = {}
    for entry in entries:
        name = entry.get("path") if isinstance(entry, dict) and set(entry) == {"path", "bytes", "sha256"} else None
        if not isinstance(name, str):
            raise ValueError("an entry does not have path, bytes and sha256")
        problem = name_problem(name) or ("it names itself" if name in (MANIFEST, SIGNATURE) else None)
        if problem or name in named:
            raise ValueError(f"{shown(name)}: {problem or 'named twice'}")
        named[name] = entry
    return named


def _file_problem(folder, name, entry, card):
    """What is wrong with a file that is there; None where nothing is."""
    digest, size, kept = hashlib.sha256(), 0, []
    must_say = name.startswith(f"{IMAGES}/") and name.removeprefix(f"{IMAGES}/") not in _BESIDE_IMAGES
    try:
        # A link that took the file's place since the folder was listed is not followed, where the system can say so.
        flags = os.O_RDONLY | sum(getattr(os, flag, 0) for flag in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"))
        with os.fdopen(os.open(os.path.join(folder, *name.split("/")), flags), "rb") as file:
            while piece := file.read(2**20):
                digest.update(piece)
                size += len(piece)
                if must_say and size <= _LARGEST_IMAGE:
                    kept.append(piece)
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    if size != entry["bytes"] or digest.hexdigest() != entry["sha256"]:
        return "its content is not that of the manifest"
    return _mark_problem(name, size, b"".join(kept), card.get("generator_sha256")) if must_say else None


def _mark_problem(name, size, content, generator):
    """What is wrong with the marks of an image; None where it says that it is synthetic, and of this generator."""
    kind = os.path.splitext(name)[1]
    if kind not in (".png", ".dcm") or size > _LARGEST_IMAGE:
        return "no PNG or DICOM file, so that nothing can say that it is synthetic"
    try:
        if not (is_marked_synthetic if kind == ".png" else is_marked_synthetic_dicom)(content):
            return "it does not say that it is synthetic"
        if kind == ".png" and is_hash(generator) and synthetic_marks(content).get("Generator") != generator:
            return f"it names another generator than {CARD}"
    except ValueError as error:
        return f"its marks cannot be read: {error}"
    return None


def _same(name):
    """The name as a system sees it that does not tell case and forms of accents apart."""
    return unicodedata.normalize("NFKC", name).casefold()


def main(arguments):
    """Checks the folder that is named, or the one that this script is in, and prints what was found."""
    folder = arguments[0] if arguments else os.path.dirname(os.path.abspath(__file__))
    problems, unchecked = verify_folder(folder)
    lines = [f"BROKEN       {text}" for text in problems[:100]]
    if len(problems) > 100:
        lines.append(f"BROKEN       and {len(problems) - 100:,} more")
    lines += [f"NOT CHECKED  {text}" for text in unchecked]
    lines.append("something does not hold" if problems else "all that was checked holds" if unchecked else "all holds")
    sys.stdout.write("\n".join(lines) + "\n")
    return BROKEN if problems else NOT_CHECKED if unchecked else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
