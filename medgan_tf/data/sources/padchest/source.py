"""PadChest (Bustos et al. 2020): one table and folders 0 to 54 of 16-bit PNG images.

Columns that are read: ImageID (the file's name), ImageDir (its folder), PatientID, PatientBirth (a year),
StudyDate_DICOM (YYYYMMDD), PatientSex_DICOM, Projection, MethodLabel (Physician or RNN_model) and Labels, a list of
names as Python writes it: "['pleural effusion', ' pneumonia']". Blanks around a name are no part of it.
"""

from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd

from medgan_tf.data.images import read_grey
from medgan_tf.data.sources.padchest.settings import Options
from medgan_tf.data.tables.covariates import covariate_columns
from medgan_tf.data.tables.listing import BLANK_WORDS, csv_row, drop_duplicates, read_csv, refuse_blank
from medgan_tf.data.tables.name_lists import parse_list
from medgan_tf.data.tables.places import refuse_outside
from medgan_tf.data.tables.published_tables import (
    check_listed_images,
    find_table,
    keep_rows,
    named_states,
    searched_paths,
)
from medgan_tf.data.tables.table import Source, SourceTable
from medgan_tf.errors import DataError
from medgan_tf.registry import SOURCES

NORMAL = "normal"
FOLDER_NAMES = ("BIMCV-PadChest", "PadChest", "padchest")
OBTAINED = (
    "PadChest is obtained, after registration, from https://bimcv.cipf.es/bimcv-projects/padchest; data.root is the "
    "folder with the table and the unpacked folders 0 to 54"
)
_SEX, _PROJECTION, _BIRTH, _DATE = "PatientSex_DICOM", "Projection", "PatientBirth", "StudyDate_DICOM"
_COLUMNS = ("ImageID", "ImageDir", "PatientID", _SEX, _PROJECTION, _BIRTH, _DATE, "MethodLabel", "Labels")


@SOURCES.register("padchest")
class PadchestSource(Source):
    """PadChest.

    Args:
        root: The folder with the table and the images, or its parent.
        options: `data.options` of the experiment.
    """

    def __init__(self, root: str, options: Options):
        self.root = root
        self.options = options

    def read_table(self) -> SourceTable:
        """The images with usable labels, one finding for each name in the table; see `Source.read_table`."""
        options = self.options
        csv = find_table(self.root, [options.csv], FOLDER_NAMES, OBTAINED)
        rows = read_csv(csv, _COLUMNS)
        for column in ("ImageID", "PatientID"):
            refuse_blank(rows[column], csv)
        codes, lists = _named(rows["Labels"], csv)
        frame = pd.DataFrame({name: rows[name].str.strip() for name in _COLUMNS}).assign(code=codes)
        counts = {f"rows in {csv.name}": len(frame)}
        if options.projections is not None:
            frame, left = keep_rows(frame, _PROJECTION, options.projections, csv, "data.options.projections")
            counts["images of other projections left out"] = left
        if options.labelled_by == "physicians":
            frame, left = keep_rows(frame, "MethodLabel", ["Physician"], csv, "data.options.labelled_by")
            counts["images not labelled by a physician left out"] = left
        frame = _usable(frame, lists, options.leave_out, csv, counts)
        findings = tuple(sorted(set().union(*(lists[code] for code in frame["code"].unique()))))
        states = named_states([lists[code] for code in frame["code"]], findings)
        listed = {"image_id": frame["ImageID"], "path": frame["ImageID"], "patient_id": frame["PatientID"]}
        about = frame[["ImageDir", _SEX, _PROJECTION, _BIRTH, _DATE]]
        frame = pd.concat([pd.DataFrame(listed), about, pd.DataFrame(states, index=frame.index)], axis=1)
        frame, counts["repeated rows"] = drop_duplicates(frame, findings, csv)
        expected = [csv.parent / folder / name for folder, name in zip(frame["ImageDir"], frame["path"], strict=True)]
        frame["path"] = searched_paths(
            frame["path"].tolist(), csv.parent, expected, options.outside_root, self.counts_only
        )
        check_listed_images(frame["path"], self.root, csv, options.outside_root, self.counts_only)
        covariates = covariate_columns(frame[_SEX], _ages(frame[_BIRTH], frame[_DATE]), frame[_PROJECTION])
        frame = frame.drop(columns=list(about))
        no_finding = NORMAL if NORMAL in findings else None
        return SourceTable(frame, findings, counts, no_finding, covariates=covariates)

    def read_image(self, path: str) -> np.ndarray:
        """One radiograph, uint8 [H, W]; see `Source.read_image`."""
        if not self.options.outside_root:
            refuse_outside(path, self.root)
        return read_grey(path)


def _named(cells: pd.Series, csv: Path) -> tuple[np.ndarray, list[frozenset[str]]]:
    """For every cell the number of its list, and the lists: names without blanks around them, none for "nan"."""
    codes, texts = pd.factorize(cells.to_numpy(dtype=object))
    lists = []
    for number, text in enumerate(texts):
        try:
            names = [] if text.strip().lower() in BLANK_WORDS else parse_list(text)
            if any("|" in name for name in names):
                raise ValueError("a finding cannot have '|' in its name")
        except ValueError as error:
            row = csv_row(int((codes == number).argmax()))
            raise DataError(f"{csv}: {row}, column {cells.name!r}: expected a list of names: {error}") from error
        lists.append(frozenset(name.strip() for name in names) - {""})
    return codes, lists


def _usable(
    frame: pd.DataFrame, lists: list[frozenset[str]], unusable: tuple[str, ...], csv: Path, counts: dict[str, int]
) -> pd.DataFrame:
    """The images with labels, none of which is unusable. What is left out is counted."""
    why = [next((name for name in unusable if name in names), None if names else "") for names in lists]
    reasons = pd.Series([why[code] for code in frame["code"]], index=frame.index, dtype=object)
    found = Counter(reason for reason in reasons if reason is not None)
    counts["images without labels left out"] = found[""]
    counts |= {f"images with the label {name!r} left out": found[name] for name in unusable}
    kept = frame[[reason is None for reason in reasons]].reset_index(drop=True)
    if kept.empty:
        raise DataError(f"{csv}: no image has labels other than {', '.join(unusable)} (data.options.leave_out)")
    return kept


def _ages(births: pd.Series, dates: pd.Series) -> list[str]:
    """Years from the year of birth to the study; "" where one of them is unknown."""
    years = pd.to_numeric(dates.str[:4], errors="coerce") - pd.to_numeric(births, errors="coerce")
    return [str(int(age)) if age >= 0 else "" for age in years]
