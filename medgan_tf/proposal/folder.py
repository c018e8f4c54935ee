"""What lies in a folder: tables, images by kind, other files. Only names are looked at; no link leaves the folder."""

import os
from collections import Counter, deque
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from medgan_tf.errors import DataError
from medgan_tf.files.regular_files import open_regular

MOST_ENTRIES = 1_000_000
"""Files and folders that are looked at; the largest of the known datasets, RSNA's head CT, has 752,803 images."""
IMAGE_KINDS = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".dcm": "DICOM",
    ".dicom": "DICOM",
    ".ima": "DICOM",
}
TABLE_KINDS = (".csv", ".tsv", ".tab", ".txt")
WORKBOOKS = (".xlsx", ".xls", ".ods")
_DICOM_MARK = b"DICM"
_LOOKED_AT = 5
_LARGEST_IMAGE = 2**30


@dataclass(frozen=True)
class FolderContent:
    """The names in a folder and its folders, sorted, relative to it, with / between folders.

    Attributes:
        root: The folder.
        images: Image files, by their ending; DICOM files may have none.
        tables: Files that may be tables.
        arrays: Files of NumPy arrays (.npz).
        others: Number of other files by ending, most frequent first.
        links: Links that lead out of the folder, or to folders: they are not followed.
        complete: False when the folder has more than `MOST_ENTRIES` names; the rest is not known then.
    """

    root: Path
    images: tuple[str, ...]
    tables: tuple[str, ...]
    arrays: tuple[str, ...]
    others: dict[str, int]
    links: int
    complete: bool

    @cached_property
    def kinds(self) -> dict[str, int]:
        """Number of images of each kind, most frequent first."""
        return dict(Counter(kind_of(name) for name in self.images).most_common())

    @cached_property
    def by_name(self) -> dict[str, list[str]]:
        """Images by their file name, without folders."""
        return _grouped(self.images, lambda path: path.name)

    @cached_property
    def by_stem(self) -> dict[str, list[str]]:
        """Images by their file name without its ending."""
        return _grouped(self.images, lambda path: path.stem if path.suffix.lower() in IMAGE_KINDS else path.name)


def kind_of(name: str) -> str:
    """PNG, JPEG, TIFF or DICOM, by the ending of an image's name; DICOM without one."""
    return IMAGE_KINDS.get(PurePosixPath(name).suffix.lower(), "DICOM")


def look_into(root: str | Path, most: int = MOST_ENTRIES) -> FolderContent:
    """Walks through a folder, nearest files first.

    Args:
        root: The folder.
        most: Names that are looked at.

    Raises:
        DataError: There is no such folder, or it cannot be read.
    """
    root = Path(root)
    names, links, complete = _walk(root, most)
    images, tables, arrays, bare, others = [], [], [], [], Counter()
    for name in names:
        suffix = PurePosixPath(name).suffix.lower()
        if suffix in IMAGE_KINDS:
            images.append(name)
        elif suffix in TABLE_KINDS:
            tables.append(name)
        elif suffix == ".npz":
            arrays.append(name)
        elif suffix == "" or suffix[1:].isdigit():
            bare.append(name)
        else:
            others[suffix] += 1
    if bare and _are_dicom(root, bare):
        images += bare
    elif bare:
        others["no ending"] = len(bare)
    ordered = (tuple(sorted(one)) for one in (images, tables, arrays))
    return FolderContent(root, *ordered, dict(others.most_common()), links, complete)


def _walk(root: Path, most: int) -> tuple[list[str], int, bool]:
    """Names of files below a folder, the number of links that were not followed, and whether these are all."""
    names: list[str] = []
    waiting, links, seen = deque([""]), 0, 0
    real = os.path.join(os.path.realpath(root), "")
    while waiting:
        folder = waiting.popleft()
        try:
            entries = sorted(os.scandir(root / folder), key=lambda entry: entry.name)
        except OSError as error:
            if not folder:
                raise DataError(f"{root}: cannot be read as a folder: {error.strerror or error}") from error
            continue  # a folder of somebody else inside
        for entry in entries:
            if entry.name.startswith((".", "__MACOSX")):
                continue
            seen += 1
            if seen > most:
                return names, links, False
            name = f"{folder}{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                waiting.append(f"{name}/")
            elif entry.is_symlink() and not (os.path.realpath(entry.path).startswith(real) and entry.is_file()):
                links += 1
            elif entry.is_file():
                names.append(name)
    return names, links, True


def _are_dicom(root: Path, names: list[str]) -> bool:
    """Whether files without an ending are DICOM files, from a few of them."""
    step = max(1, len(names) // _LOOKED_AT)
    looked = names[::step][:_LOOKED_AT]
    return all(_starts_as_dicom(root / name) for name in looked)


def _starts_as_dicom(path: Path) -> bool:
    try:
        with open_regular(path, _LARGEST_IMAGE) as file:
            return file.read(132)[128:] == _DICOM_MARK
    except DataError:
        return False


def _grouped(names: tuple[str, ...], key) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(key(PurePosixPath(name)), []).append(name)
    return found
