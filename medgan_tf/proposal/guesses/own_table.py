"""Options of the source `table` for a table that is none of the published datasets'."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from medgan_tf.data.tables.covariates import view_of
from medgan_tf.files.plain_text import visible
from medgan_tf.files.yaml_text import dump_yaml_value
from medgan_tf.proposal.folder import FolderContent
from medgan_tf.proposal.guesses.columns import first_called, holds_folds, quoted
from medgan_tf.proposal.guesses.guess import Guess
from medgan_tf.proposal.guesses.labels import find_labels
from medgan_tf.proposal.guesses.paths import FoundPaths, find_paths
from medgan_tf.proposal.guesses.patients import find_patients
from medgan_tf.proposal.table_file import TextTable
from medgan_tf.proposal.yaml_file import Entry

OPTIONS = ("data", "options")


@dataclass(frozen=True)
class OwnTable:
    """What was found out about a table.

    Attributes:
        table: The table.
        paths, patients, labels: What leads to images, patients and labels.
    """

    table: TextTable
    paths: FoundPaths
    patients: Guess
    labels: Guess

    @property
    def guesses(self) -> dict[str, Guess]:
        """The guesses by what they are about."""
        return {"images": self.paths.guess, "patients": self.patients, "labels": self.labels}


def examine_table(table: TextTable, content: FolderContent) -> OwnTable:
    """Finds path, patient and labels of a table.

    Raises:
        DataError: There is no column with names of images, or none with labels.
    """
    paths = find_paths(table, content)
    taken = set(paths.guess.columns)
    patients = find_patients(table, paths.files, paths.listed, content, taken)
    labels = find_labels(table, taken | set(patients.columns), patients.columns)
    return OwnTable(table, paths, patients, labels)


def option_entries(found: OwnTable, content: FolderContent) -> Iterator[Entry]:
    """The options, each with where it comes from."""
    table = found.table
    yield _entry("csv", _place(table.path, content.root))
    if table.separator != ",":
        yield _entry("separator", table.separator)
    if table.encoding != "utf-8":
        yield _entry("encoding", table.encoding, confirm="; ".join(table.notes))
    for guess in (found.paths.guess, found.patients, found.labels):
        yield from guess_entries(guess)
    yield from _covariates(table)
    yield from _rows(found)


def guess_entries(guess: Guess) -> Iterator[Entry]:
    """The options of one guess; reason and doubts stand above the first."""
    for number, (name, value) in enumerate(guess.options.items()):
        first, last = number == 0, number == len(guess.options) - 1
        yield Entry(
            (*OPTIONS, name),
            value,
            (guess.why,) if first else (),
            guess.confirm if first else "",
            guess.instead if last else (),
        )


def _entry(name: str, value: Any, *comments: str, confirm: str = "") -> Entry:
    return Entry((*OPTIONS, name), value, comments, confirm)


def _place(table: Path, root: Path) -> str:
    """The table relative to data.root; its whole path where it lies elsewhere."""
    inside = os.path.relpath(os.path.abspath(table), os.path.abspath(root)).replace(os.sep, "/")
    return os.path.abspath(table) if inside.startswith("../") else inside


def _covariates(table: TextTable) -> Iterator[Entry]:
    """Sex, age and view, and columns that are only mentioned: the folds of others."""
    for kind in ("sex", "age", "view"):
        name = first_called(table.columns, kind)
        if name is not None:
            yield _entry(f"{kind}_column", name)
            lateral = kind == "view" and {view_of(cell) for cell in table.frame[name].unique()[:20]}
            if lateral and "lateral" in lateral and lateral & {"PA", "AP", "frontal"}:
                yield from _frontal(table, name)
    name = next((name for name in table.columns if holds_folds(table.frame[name])), None)
    if name is not None:
        lines = (f"Column {quoted(name)} divides the images into folds. To take these in place of folds by patient:",)
        yield Entry((*OPTIONS, "fold_column"), None, lines, instead=(f"fold_column: {visible(name)}",), is_comment=True)


def _frontal(table: TextTable, name: str) -> Iterator[Entry]:
    """How to leave out lateral views, as a comment: a GAN has no label that tells them from frontal ones."""
    frontal = [cell for cell in table.frame[name].unique()[:20] if view_of(cell) in ("PA", "AP", "frontal")]
    lines = ("There are lateral views, too. To leave them out, as the paper does:",)
    yield Entry(
        (*OPTIONS, "where"), None, lines, instead=(f"where: {dump_yaml_value({name: frontal})}",), is_comment=True
    )


def _rows(found: OwnTable) -> Iterator[Entry]:
    """What to do about images with several rows that do not say the same."""
    files = pd.Series(found.table.frame[found.paths.column])
    repeated = files[files != ""].duplicated(keep=False)
    if not repeated.any():
        return
    columns = [*found.patients.columns, *found.labels.columns]
    rows = found.table.frame.loc[repeated[repeated].index, columns]
    if rows.groupby(files[rows.index]).nunique().max().max() > 1:
        images = files[rows.index].nunique()
        yield _entry(
            "merge",
            "any",
            f"{images:,} images have several rows that differ, such as boxes or readers",
            confirm="a finding of any row is a finding of the image; majority or all ask for more rows",
        )
