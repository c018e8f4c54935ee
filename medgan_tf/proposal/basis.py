"""What there is to propose an experiment for: a published dataset, a table of the user's own, or folders of images."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from medgan_tf.errors import ConfigError, DataError
from medgan_tf.files.plain_text import visible
from medgan_tf.proposal.class_folders import LABEL, PATH, ClassFolders, find_classes
from medgan_tf.proposal.folder import TABLE_KINDS, FolderContent, look_into
from medgan_tf.proposal.guesses.cell_words import is_no_finding
from medgan_tf.proposal.guesses.guess import Guess
from medgan_tf.proposal.guesses.own_table import OPTIONS, OwnTable, examine_table, guess_entries, option_entries
from medgan_tf.proposal.guesses.patients import find_patients
from medgan_tf.proposal.known import MEDMNIST, KnownData, medmnist_file, recognise
from medgan_tf.proposal.known_options import known_entries
from medgan_tf.proposal.table_file import columns_of, open_table
from medgan_tf.proposal.yaml_file import Entry

MOST_HEADERS = 5000
"""DICOM files whose headers are read to count the images of RSNA's head CT; more would take long."""
_MOST_TABLES = 50


@dataclass(frozen=True)
class Basis:
    """The part of a proposal that depends on the kind of data.

    Attributes:
        source, root, options: Of the section `data`.
        guesses: What leads to images, patients and labels.
        found: What was found, one sentence.
        dataset: Name of the published dataset; "" for the user's own.
        notes: Remarks.
        files: The images that are there, as whole paths; None where they are no files of their own.
        count: Whether the table can be read at once; False where it takes long.
    """

    source: str
    root: Path
    options: tuple[Entry, ...]
    guesses: dict[str, Guess]
    found: str
    dataset: str = ""
    notes: tuple[str, ...] = ()
    files: frozenset[str] | None = None
    count: bool = True


def find_basis(place: Path, output: Path, table: str | None, images: Path | None) -> Basis:
    """Looks at a folder, a table or a file of MedMNIST.

    Args:
        place: It.
        output: The experiment file that will be written; a table of folder names is written beside it.
        table: Which table of the folder is meant; None looks for it.
        images: Folder of the images, where it is not that of the table.

    Raises:
        DataError: There are no images or no labels, or it is not clear which table is meant.
        ConfigError: A place that does not exist.
    """
    if not place.exists():
        raise ConfigError(f"{place}: no such folder or file")
    if place.is_file() and place.suffix.lower() == ".npz":
        return _medmnist(place)
    if place.is_file() and place.suffix.lower() not in TABLE_KINDS:
        open_table(place)
    folder = images or (place.parent if place.is_file() else place)
    content = look_into(folder)
    tables = _tables(place, folder, content, table)
    known = None if images else recognise(content, {_inside(path, folder): names for path, names in tables.items()})
    if known is not None:
        return _published(known, content)
    if tables:
        return _own(tables, content, table is not None or place.is_file())
    if content.arrays and not content.images:
        return _medmnist_folder(content, table)
    return _folders(content, output)


def _tables(place: Path, folder: Path, content: FolderContent, asked: str | None) -> dict[Path, tuple[str, ...]]:
    """The tables that could be meant, with the names of their columns."""
    if place.is_file():
        return {place: columns_of(place)}
    if asked is not None and not asked.endswith(".npz"):
        path = next((one for one in (place / asked, folder / asked, Path(asked)) if one.is_file()), None)
        if path is None:
            raise ConfigError(f"{place / asked}: no such table; there are: {', '.join(content.tables[:20]) or 'none'}")
        return {path: columns_of(path)}
    here = folder if folder == place else place
    names = content.tables if folder == place else look_into(place).tables
    found = {
        here / name: columns_of(here / name)
        for name in sorted(names, key=lambda name: (not name.lower().endswith(".csv"), name.count("/")))[:_MOST_TABLES]
    }
    return {path: columns for path, columns in found.items() if len(columns) > 1}


def _inside(path: Path, folder: Path) -> str:
    return Path(os.path.relpath(path, folder)).as_posix()


def _published(known: KnownData, content: FolderContent) -> Basis:
    signature = known.signature
    root = content.root / known.root if known.root else content.root
    guesses = {
        "images": Guess({}, (), signature.path),
        "patients": Guess({}, (), signature.patient),
        "labels": Guess({}, (), signature.labels),
    }
    slow = signature.source == "rsna" and len(content.images) > MOST_HEADERS
    notes = (
        ("labels are not counted here, because the patients are in the headers of all images; prepare reads them",)
        if slow
        else ()
    )
    found = f"{signature.title} in {root}, recognised by {known.table}: {_images(content)}"
    return Basis(
        signature.source,
        root,
        tuple(known_entries(known, root)),
        guesses,
        found,
        signature.title,
        notes=notes + _walk_notes(content),
        files=_files(content),
        count=not slow,
    )


def _medmnist_folder(content: FolderContent, asked: str | None) -> Basis:
    files = [name for name in content.arrays if medmnist_file(content.root / name)]
    chosen = [asked] if asked in files else files
    if len(chosen) != 1:
        raise DataError(
            f"{content.root}: has {len(files)} files of MedMNIST; give the one that is meant: {', '.join(files[:20])}"
            if files
            else f"{content.root}: has no images, and its .npz files are none of MedMNIST's"
        )
    return _medmnist(content.root / chosen[0])


def _medmnist(path: Path) -> Basis:
    if not medmnist_file(path):
        raise DataError(f"{path}: is no file of MedMNIST, the only .npz files that are read")
    known = KnownData(MEDMNIST, "", path.name)
    guesses = {
        "images": Guess({}, (), MEDMNIST.path),
        "patients": Guess({}, (), MEDMNIST.patient),
        "labels": Guess({}, (), MEDMNIST.labels),
    }
    found = f"{MEDMNIST.title} in {path}"
    return Basis("medmnist", path.parent, tuple(known_entries(known, path.parent)), guesses, found, MEDMNIST.title)


def _own(tables: dict[Path, tuple[str, ...]], content: FolderContent, asked: bool) -> Basis:
    """The one table that names the images and holds labels."""
    fitting: list[OwnTable] = []
    problems: list[str] = []
    for path in tables:
        try:
            fitting.append(examine_table(open_table(path), content))
        except DataError as error:
            problems.append(str(error))
    if not fitting:
        others = f" (and {len(problems) - 1} other tables)" if len(problems) > 1 else ""
        raise DataError(f"{problems[0]}{others}")
    if len(fitting) > 1:
        names = ", ".join(_inside(one.table.path, content.root) for one in fitting[:20])
        raise DataError(f"{content.root}: several tables list images with labels: {names}; name one with --table")
    found = fitting[0]
    table = found.table
    notes = [*table.notes, *_walk_notes(content)]
    if problems and not asked:
        notes.append(f"{len(problems)} other tables in the folder list no images with labels")
    if table.repeated:
        notes.append(f"several columns are called {', '.join(map(visible, table.repeated))}; they are not used")
    unnamed = len(content.images) - len(set(found.paths.files) - {""})
    if unnamed:
        notes.append(f"{unnamed:,} images in the folder are not in the table, and are not used")
    said = (
        f"{_images(content)} in {content.root}, table {_inside(table.path, content.root)} ({len(table.frame):,} rows, "
        f"{len(table.columns)} columns, separated by {_separator(table.separator)}, {table.encoding})"
    )
    options = tuple(option_entries(found, content))
    return Basis("table", content.root, options, found.guesses, said, notes=tuple(notes), files=_files(content))


def _folders(content: FolderContent, output: Path) -> Basis:
    """Folders named after labels; their table is written beside the experiment."""
    if not content.images:
        kinds = ", ".join(f"{number:,} {ending}" for ending, number in list(content.others.items())[:5])
        raise DataError(f"{content.root}: has no PNG, JPEG, TIFF or DICOM images and no table{_found(kinds)}")
    classes = find_classes(content)
    listing = output.with_name(f"{output.stem}_images.csv")
    classes.write(listing)
    files = np.array(classes.images, dtype=object)
    patients = find_patients(None, files, files, content, set())
    labels = Guess(
        {"label_column": LABEL} | _no_finding(classes),
        (LABEL,),
        f"the folder of each image, one of {len(classes.classes)}",
    )
    paths = Guess({"path_column": PATH}, (PATH,), f"the images in {content.root}, listed in {listing.name}")
    place = Entry(
        (*OPTIONS, "csv"), os.path.abspath(listing), ("Made from the folders. It names files: keep it to yourself.",)
    )
    options = [place, *(entry for guess in (paths, patients, labels) for entry in guess_entries(guess))]
    if any(classes.folds):
        lines = ("The folders also say training or test. To take these in place of folds by patient:",)
        options.append(Entry((*OPTIONS, "fold_column"), None, lines, instead=("fold_column: fold",), is_comment=True))
    guesses = {"images": paths, "patients": patients, "labels": labels}
    said = f"{_images(content)} in {content.root}, in folders named after labels"
    return Basis(
        "table", content.root, tuple(options), guesses, said, notes=_walk_notes(content), files=_files(content)
    )


def _no_finding(classes: ClassFolders) -> dict[str, str]:
    return next(({"no_finding": name} for name in classes.classes if is_no_finding(name)), {})


def _files(content: FolderContent) -> frozenset[str]:
    root = os.path.abspath(content.root)
    return frozenset(f"{root}/{name}" for name in content.images)


def _walk_notes(content: FolderContent) -> tuple[str, ...]:
    notes = []
    if not content.complete:
        notes.append("the folder has more files than were looked at, so counts of files are too small")
    if content.links:
        notes.append(f"{content.links:,} links lead to folders or out of the folder, and were not followed")
    return tuple(notes)


def _images(content: FolderContent) -> str:
    return (
        ", ".join(f"{number:,} {kind}" for kind, number in content.kinds.items()) + " images"
        if content.kinds
        else "no images"
    )


def _separator(separator: str) -> str:
    return "tabs" if separator == "\t" else repr(separator)


def _found(kinds: str) -> str:
    return f"; found: {kinds}" if kinds else ""
