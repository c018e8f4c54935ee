"""What the owner of the data keeps about the raw files of a dataset, beside the table of pseudonyms and as private.

Sizes, times and digests of real pictures tell who has a picture whether it is in a dataset, so they stay out of the
dataset folder. They lie in `data.private_dir`; their names start as that of the table of pseudonyms
does:

- ``<start>-<content>.looks.csv``: the look at every image that was read, by pseudonym. `<content>` is the start of the
  hash of the shards: the record belongs to these pixels, and a dataset that was replaced cannot be taken for it.
- ``<start>.unreadable.csv``: image, path, and why it cannot be read; for all such images. No file where there are none.
- ``<start>.constant.csv``: image and path of the images that have one grey level only.
- ``<start>.duplicates.csv``: the images of every picture that occurs under several patients.
- ``<start>.marks.csv``: image, path and marks of images with text, and of DICOM headers that say what they should not;
  ``<start>.marks.png`` shows the first images with text.
"""

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from operator import itemgetter
from pathlib import Path

from medgan_tf.data.looks.compact import CompactLooks
from medgan_tf.data.looks.look import Look, is_mark
from medgan_tf.data.pseudonyms import write_private_bytes, write_private_rows, write_private_table
from medgan_tf.errors import DataError
from medgan_tf.files.csv_files import csv_rows
from medgan_tf.files.regular_files import read_regular

_COLUMNS = ("image", "size", "modified", "digest", "shape_hash", "marks")
_LARGEST = 2**31
_PSEUDONYM, _DIGEST, _SHAPE = 14, 32, 16


class PrivateRecord:
    """The private files about the raw files of one dataset.

    Args:
        start: Folder and first part of their names, e.g. ``private/quickstart-0f3a91c2``.
    """

    def __init__(self, start: Path):
        self.start = start
        self.unreadable_list = self._named(".unreadable.csv")
        self.constant_list = self._named(".constant.csv")
        self.duplicates_list = self._named(".duplicates.csv")
        self.marks_list = self._named(".marks.csv")
        self.marks_sheet = self._named(".marks.png")
        self.way_back = self._named(".csv")

    def write_way_back(self, rows: Iterable[tuple[str, str, str, str, str]]) -> None:
        """Replaces the table of pseudonyms; see `write_private_table`. Raises `DataError` if it cannot be written."""
        try:
            write_private_table(self.way_back, rows)
        except OSError as error:
            raise _cannot_write(self.way_back, error) from error

    def looks_file(self, content: str) -> Path:
        """The file of the looks for shards with this hash (`Manifest.shards_sha256`)."""
        return self._named(f"-{content[:8]}.looks.csv")

    def read_looks(self, content: str) -> dict[str, Look] | None:
        """The looks by image pseudonym; None if there is no such record, or it is damaged."""
        path = self.looks_file(content)
        if not path.is_file():
            return None
        try:
            lines = read_regular(path, _LARGEST).decode("ascii").splitlines()
            header, *rows = csv_rows(lines)
            return dict(map(_look, rows)) if tuple(header) == _COLUMNS else None
        except (DataError, ValueError, csv.Error):
            return None

    def write_looks(self, content: str, looks: Mapping[str, Look]) -> None:
        """Replaces the record of these shards. Raises `DataError` if it cannot be written."""
        rows = (
            (image, look.size, look.modified, look.digest, look.shape_hash, " ".join(look.marks))
            for image, look in (looks.items() if isinstance(looks, CompactLooks) else sorted(looks.items()))
        )
        self._write(self.looks_file(content), _COLUMNS, rows)

    def write_unreadable(self, rows: Iterable[tuple[str, str, str]]) -> Path | None:
        """Lists unreadable images: (pseudonym, path, reason). Returns the file, None if there are none."""
        return self._write_list(self.unreadable_list, ("image", "path", "reason"), rows)

    def write_constant(self, rows: Iterable[tuple[str, str]]) -> Path | None:
        """Lists images of one grey level: (pseudonym, path). Returns the file, None if there are none."""
        return self._write_list(self.constant_list, ("image", "path"), rows)

    def write_duplicates(self, rows: Iterable[tuple]) -> Path | None:
        """Lists duplicates: (number of the picture, equal or near, image, patient, fold, path). Returns the file, None
        if there are none."""
        header = ("picture", "pixels", "image", "patient", "fold", "path")
        return self._write_list(self.duplicates_list, header, rows, key=lambda row: (row[0], row[-1]))

    def write_marks(self, rows: Iterable[tuple[str, str, str]]) -> Path | None:
        """Lists marked images: (pseudonym, path, marks). Returns the file, None if there are none."""
        return self._write_list(self.marks_list, ("image", "path", "marks"), rows)

    def write_sheet(self, png: bytes | None) -> Path | None:
        """Replaces the contact sheet of images with text, or removes it. Returns the file, None if there is none."""
        try:
            if png is not None:
                write_private_bytes(self.marks_sheet, [png])
                return self.marks_sheet
            self.marks_sheet.unlink(missing_ok=True)
        except OSError as error:
            raise _cannot_write(self.marks_sheet, error) from error
        return None

    def paths(self) -> list[str]:
        """The paths in the table of pseudonyms; none if it cannot be read."""
        try:
            text = read_regular(self.way_back, _LARGEST).decode("utf-8", "surrogateescape")
            return [row[2] for row in list(csv_rows(io.StringIO(text, newline="")))[1:]]
        except (DataError, csv.Error, IndexError):
            return []

    def _named(self, end: str) -> Path:
        return self.start.with_name(self.start.name + end)

    def _write_list(
        self, path: Path, header: tuple[str, ...], rows: Iterable[tuple], key: Callable = itemgetter(1)
    ) -> Path | None:
        rows = sorted(rows, key=key)
        if rows:
            self._write(path, header, rows)
            return path
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise _cannot_write(path, error) from error
        return None

    def _write(self, path: Path, header: tuple[str, ...], rows: Iterable[Iterable]) -> None:
        try:
            write_private_rows(path, header, rows)
        except OSError as error:
            raise _cannot_write(path, error) from error


def _cannot_write(path: Path, error: OSError) -> DataError:
    return DataError(f"cannot write the private record {path}: {error.strerror}; set data.private_dir")


def _look(row: list[str]) -> tuple[str, Look]:
    image, size, modified, digest, shape, marks = row
    words = tuple(marks.split())
    lengths = (len(bytes.fromhex(image)), len(bytes.fromhex(digest)), len(bytes.fromhex(shape)))
    if lengths != (_PSEUDONYM // 2, _DIGEST // 2, _SHAPE // 2) or not all(map(is_mark, words)):
        raise ValueError("no look")
    return image, Look(int(size), int(modified), digest, shape, words)
