"""Published label tables of chest radiographs: to the folds, and every listed image that is there."""

import csv
import functools
import io
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from raw_folders import write_ct

from fuzzing import csv_rows, raw_bytes
from fuzzing.target import Given, Target
from medgan_tf.config.schema import DataConfig, LabelPolicy
from medgan_tf.data.folds.assign import build_folds
from medgan_tf.data.sources.chexpert.source import FINDINGS
from medgan_tf.errors import DataError
from medgan_tf.registry import SOURCES

_PADCHEST = "PADCHEST_chest_x_ray_images_labels_160K_01.02.19.csv"
_IMAGES, _PATIENTS = 24, 12
_LONG_LINE = 200_000


@dataclass(frozen=True)
class _Variant:
    """The name of a source's table and of an image, a column that is needed, and `data.options`."""

    csv: str
    image: str
    wanted: str
    options: dict[str, Any] = field(default_factory=dict)


_VARIANTS = {
    "nih": _Variant("Data_Entry_2017.csv", "images_001/images/{}.png", "Finding Labels"),
    "padchest": _Variant(_PADCHEST, "0/{}.png", "Labels"),
    "vindr": _Variant("train.csv", "train/{}.png", "class_name"),
    "siim": _Variant("train-rle.csv", "a/b/{}.dcm", "EncodedPixels"),
    "rsna_pneumonia": _Variant(
        "stage_2_train_labels.csv", "stage_2_train_images/{}.dcm", "Target", {"class_info": None}
    ),
    "mimic_cxr": _Variant("mimic-cxr-2.0.0-metadata.csv", "files/p10/p1000000{}/s1/{}.jpg", "ViewPosition"),
}
_CELLS = (
    *("nan", "['", "[]", "['a', 'a|b']", "[[]]", "[" * 300, "['x" + "\\" * 9 + "']", "No Finding|Hernia", "|", "-1"),
    *("1 2 3", "../../canary/secret", "a/b", "/dev/stdin", "\x00", "Cardiomegaly", "No finding", "412", "057Y", "PA"),
)


class Published(Target):
    """Variants are the sources."""

    name = "published"
    suffix = ".csv"

    def seeds(self, folder: Path) -> list[Given]:
        """Tables of two dozen images each, with the published columns that are read and one that is not."""
        numbers = range(_IMAGES)
        pairs = [("Hernia", "Mass")[number % 2] for number in numbers]
        rows = {
            "nih": [
                ["Image Index", "Finding Labels", "x", "Patient ID", "Patient Age", "Patient Gender", "View Position"],
                *([f"{n}.png", pairs[n], "", str(n % _PATIENTS), "50", "F", "PA"] for n in numbers),
            ],
            "padchest": [
                ["", "ImageID", "ImageDir", "PatientID", "PatientBirth", "StudyDate_DICOM", "PatientSex_DICOM",
                 "Projection", "MethodLabel", "Labels"],
                *(["", f"{n}.png", "0", f"P{n % _PATIENTS}", "1950.0", "20100101", "M", "PA", "Physician",
                   f"['{pairs[n]}', ' pneumonia']"] for n in numbers),
            ],
            "vindr": [
                ["image_id", "class_name", "class_id", "rad_id", "x_min"],
                *([str(n), ("Cardiomegaly", "No finding")[n % 2], "", f"R{reader}", "1.0"]
                  for n in numbers for reader in range(3)),
            ],
            "siim": [["ImageId", " EncodedPixels"], *([str(n), ("-1", "5 6 7 8")[n % 2]] for n in numbers)],
            "rsna_pneumonia": [["patientId", "x", "Target"], *([str(n), "", str(n % 2)] for n in numbers)],
            "mimic_cxr": [
                ["dicom_id", "subject_id", "study_id", "ViewPosition"],
                *([str(n), f"1000000{n}", "1", "PA"] for n in numbers),
            ],
        }  # fmt: skip
        return [Given(name, _joined(table)) for name, table in rows.items()]

    def prepare(self, folder: Path) -> None:
        """The images, and the labels that MIMIC-CXR has in a table of their own."""
        image = np.arange(64, dtype=np.uint8).reshape(8, 8)
        for name, one in _VARIANTS.items():
            for number in range(_IMAGES):
                path = folder / name / one.image.format(number, number)
                path.parent.mkdir(parents=True, exist_ok=True)
                if path.suffix == ".dcm":
                    write_ct(path, image.astype(int), f"P{number}")
                else:
                    path.write_bytes(cv2.imencode(path.suffix, image)[1].tobytes())
        labels = [["subject_id", "study_id", *FINDINGS]]
        labels += [[f"1000000{n}", "1", *(("1.0", "", "-1.0")[(n + k) % 3] for k in range(14))] for n in range(_IMAGES)]
        (folder / "mimic_cxr" / "mimic-cxr-2.0.0-chexpert.csv").write_bytes(_joined(labels))

    def mutated(self, choice: random.Random, seeds: list[Given]) -> Given:
        """Mostly damage to cells, rows and columns."""
        given = choice.choice(seeds)
        if choice.random() < 0.1:
            return Given(given.variant, raw_bytes.damaged(given.data, choice))
        rows = [list(row) for row in _rows(given.data)]
        for _ in range(choice.choice((1, 1, 2, 4))):
            csv_rows.damage(rows, choice, _CELLS)
        return Given(given.variant, _joined(rows))

    def parses(self, given: Given) -> bool:
        """Whether the header can be read and holds a column that is needed."""
        text = given.data.decode("utf-8-sig", "replace")
        try:
            header = next(csv.reader(io.StringIO(text[:_LONG_LINE], newline="")), [])
        except csv.Error:
            return False
        return _VARIANTS[given.variant].wanted in [name.strip() for name in header]

    def run(self, given: Given, folder: Path) -> str:
        """Reads the table, assigns folds and reads every image that is listed."""
        one = _VARIANTS[given.variant]
        (folder / given.variant / one.csv).write_bytes(given.data)
        config = DataConfig(
            source=given.variant,
            root=str(folder / given.variant),
            options=one.options,
            min_count=0,
            fold_fractions=(0.4, 0.3, 0.3),
            policy=LabelPolicy(without_positive="keep"),
        )
        source = SOURCES.get(given.variant)(config.root, config.source_options())
        table = source.read_table()
        reasons = []
        for path in dict.fromkeys(table.frame["path"]):
            try:
                source.read_image(path)
            except DataError as error:
                reasons.append(str(error))
        folds = build_folds(table, config)
        return "\n".join([*reasons, *folds.label_names, repr(table.counts), folds.frame.to_string()])


@functools.cache
def _rows(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8"), newline="")))


def _joined(rows: list[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode("utf-8", "surrogatepass")


TARGET = Published()
