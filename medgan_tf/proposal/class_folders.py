"""Images without a table, in folders whose names are the labels: a table is made of the names."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from medgan_tf.errors import DataError
from medgan_tf.files.atomic import atomic_path
from medgan_tf.files.csv_files import csv_lines
from medgan_tf.files.plain_text import hidden_characters
from medgan_tf.proposal.folder import FolderContent
from medgan_tf.proposal.guesses.columns import is_fold_word

MOST_CLASSES = 100
_LEAST_IMAGES = 5
PATH, LABEL, FOLD = "path", "label", "fold"


@dataclass(frozen=True)
class ClassFolders:
    """What the folders of the images say.

    Attributes:
        images: The images, relative to the folder.
        labels: The label of each.
        folds: The word for training or test in the path of each; "" where there is none.
    """

    images: tuple[str, ...]
    labels: tuple[str, ...]
    folds: tuple[str, ...]

    @property
    def classes(self) -> tuple[str, ...]:
        """The different labels, sorted."""
        return tuple(sorted(set(self.labels)))

    def write(self, path: Path) -> None:
        """Writes the table that the source `table` reads. It holds names of files, so it stays with its owner."""
        rows = zip(self.images, self.labels, self.folds, strict=True)
        with atomic_path(path) as partial:
            partial.touch(mode=0o600)
            with open(partial, "w", newline="", encoding="utf-8") as file:
                file.writelines(csv_lines([(PATH, LABEL, FOLD), *rows]))


def find_classes(content: FolderContent) -> ClassFolders:
    """Labels from folders: of those around each image the deepest that is one of a few names with several images.

    Raises:
        DataError: The folders do not look like labels.
    """
    parts = [PurePosixPath(name).parts[:-1] for name in content.images]
    deepest = min(map(len, parts), default=0)
    # From the end: a/normal/x.png and b/normal/y.png have the same label.
    for level in range(1, deepest + 1):
        labels = [folders[-level] for folders in parts]
        names = set(labels)
        fits = 2 <= len(names) <= MOST_CLASSES and len(labels) >= _LEAST_IMAGES * len(names)
        if fits and not any(map(is_fold_word, names)):
            odd = next((name for name in sorted(names) if hidden_characters(name) or "|" in name), None)
            if odd is not None:
                raise DataError(f"{content.root}: the folder {odd!r} cannot be a label; rename it")
            folds = [next(filter(is_fold_word, folders), "") for folders in parts]
            return ClassFolders(content.images, tuple(labels), tuple(folds))
    found = ", ".join(f"{number:,} {ending}" for ending, number in list(content.others.items())[:5])
    raise DataError(
        f"{content.root}: has {len(content.images):,} images, but no table of them (CSV) and no folders named after "
        f"labels{f'; other files: {found}' if found else ''}; make a table with a row for each image: path, patient, "
        "and a column for each finding"
    )
