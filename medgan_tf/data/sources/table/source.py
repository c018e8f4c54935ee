"""Any CSV file with a path, a patient and labels: PNG, JPEG, TIFF or DICOM images.

Labels are columns of their own (`label_columns`), or names in one column (`label_column`), as in the NIH's
"Cardiomegaly|Effusion".
"""

from pathlib import Path

import numpy as np
import pandas as pd

from medgan_tf.data.dicom.image import read_dicom
from medgan_tf.data.dicom.recognition import is_dicom
from medgan_tf.data.image_files.options import GreyOptions
from medgan_tf.data.images import read_grey
from medgan_tf.data.sources.table.folds import given_folds
from medgan_tf.data.sources.table.labels import label_columns, label_states
from medgan_tf.data.sources.table.paths import (
    file_and_frame,
    frame_marks,
    image_files,
    listed_paths,
    path_columns,
    split_marks,
)
from medgan_tf.data.sources.table.patients import header_patients, listed_patients, patient_columns
from medgan_tf.data.sources.table.rows import read_rows
from medgan_tf.data.sources.table.settings import Options
from medgan_tf.data.tables.covariates import covariate_columns
from medgan_tf.data.tables.listing import check_images_exist, drop_duplicates, find_folder, refuse_blank
from medgan_tf.data.tables.merging import merge_rows
from medgan_tf.data.tables.places import check_places, refuse_outside
from medgan_tf.data.tables.table import Source, SourceTable
from medgan_tf.registry import SOURCES

MERGE_HINT = "; if images have several rows, e.g. of boxes or readers, set data.options.merge to any, majority or all"
_FOLD, _READER = "fold", "reader"
_RESERVED = ("image_id", "path", "patient_id")


@SOURCES.register("table")
class TableSource(Source):
    """Images listed in a CSV file of the user's own.

    Args:
        root: Folder of the CSV file.
        options: `data.options` of the experiment.
    """

    def __init__(self, root: str, options: Options):
        self.root = root
        self.options = options

    def read_table(self) -> SourceTable:
        """All images of the CSV with their label states; see `Source.read_table`."""
        options = self.options
        hint = "data.root is the folder of your label table, data.options.csv its name"
        folder = find_folder(self.root, options.csv, (), hint)
        csv = folder / options.csv
        counts: dict[str, int] = {}
        frame, findings, about = self._listed(folder, counts)
        others = [*about, "path", *([_FOLD] if _FOLD in frame else [])]
        if options.merge is None:
            frame, counts["repeated rows dropped"] = drop_duplicates(frame, [*findings, *others], csv, MERGE_HINT)
        else:
            readers = _READER if _READER in frame else None
            frame, gone = merge_rows(frame, findings, options.merge, csv, readers, options.no_finding)
            counts["rows merged into others"] = gone
        frame = self._placed(frame, folder, counts)
        return SourceTable(
            frame[[*_RESERVED, *findings]],
            findings,
            counts,
            no_finding=options.no_finding,
            covariates=frame[about] if about else None,
            folds=frame[_FOLD].to_numpy(dtype=object) if _FOLD in frame else None,
            patients_known=options.patients != "none",
        )

    def _listed(self, folder: Path, counts: dict[str, int]) -> tuple[pd.DataFrame, tuple[str, ...], list[str]]:
        """What the table says of each row: path, image, patient, states, covariates, fold and reader."""
        options = self.options
        csv = folder / options.csv
        covariates = {"sex": options.sex_column, "age": options.age_column, "view": options.view_column}
        single = [options.image_id_column, options.frame_column, options.fold_column, options.reader_column]
        wanted = [*path_columns(options), *patient_columns(options), *label_columns(options)]
        wanted += [column for column in [*single, *covariates.values()] if column is not None]
        rows = read_rows(folder, options, wanted, counts)
        paths = listed_paths(rows, options, csv)
        image_ids = paths
        if options.image_id_column is not None:
            refuse_blank(rows[options.image_id_column], csv)
            image_ids = rows[options.image_id_column].str.strip()
        elif options.frame_column is not None:
            image_ids = paths + frame_marks(rows[options.frame_column], csv)
        columns: dict[str, object] = {
            "image_id": image_ids,
            "path": paths,
            "patient_id": listed_patients(rows, paths, options, csv),
        }
        given = {name: rows[column] for name, column in covariates.items() if column is not None}
        about = covariate_columns(**given)
        columns |= {} if about is None else {name: about[name].to_numpy() for name in about}
        folds = given_folds(rows, image_ids, paths, options, folder, counts)
        columns |= {} if folds is None else {_FOLD: folds}
        if options.reader_column is not None:
            refuse_blank(rows[options.reader_column], csv)
            columns[_READER] = rows[options.reader_column].str.strip()
        if options.frame_column is not None:
            columns["path"] = paths + frame_marks(rows[options.frame_column], csv)
        findings, states = label_states(rows, options, csv, columns)
        frame = pd.DataFrame({**columns, **states}, index=rows.index)
        if folds is not None:
            frame = frame[frame[_FOLD] != ""]
        return frame, findings, list(given)

    def _placed(self, frame: pd.DataFrame, folder: Path, counts: dict[str, int]) -> pd.DataFrame:
        """The images with the paths of their files and, where these tell it, their patients."""
        options, csv = self.options, folder / self.options.csv
        frame = frame.reset_index(drop=True)
        listed, marks = split_marks(frame["path"]) if options.frame_column is not None else (frame["path"], "")
        look = not self.counts_only or options.patient_from is not None
        files = pd.Series(image_files(listed, folder, options, look), dtype=object)
        if not options.outside_root:
            check_places(files, self.root, csv)
        if not self.counts_only:
            check_images_exist(files, csv)
        frame["path"] = files + marks
        if options.patient_from is None:
            return frame
        root = None if options.outside_root else self.root
        frame["patient_id"] = header_patients(listed, files, options, root, not self.counts_only, csv)
        known = frame["patient_id"] != ""
        counts["images without a patient in their header left out"] = int((~known).sum())
        return frame[known].reset_index(drop=True)

    def read_image(self, path: str) -> np.ndarray:
        """One image, uint8 grey [H, W]; see `Source.read_image`."""
        options = self.options
        file, frame = (path, None) if options.frame_column is None else file_and_frame(path)
        frame = options.frame if frame is None else frame
        if not options.outside_root:
            refuse_outside(file, self.root)
        if is_dicom(file):
            return read_dicom(file, options.window, frame)
        return read_grey(file, GreyOptions(options.window, options.slope, options.intercept, frame, options.scale_to))

    def file_of(self, path: str) -> str | None:
        """The file of an image, without its frame; see `Source.file_of`."""
        return path if self.options.frame_column is None else file_and_frame(path)[0]
