"""Label tables of the sources that read a CSV file: to the folds, and every listed image."""

import codecs
import csv
import functools
import io
import os
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from raw_folders import write_ct

from fuzzing import csv_rows, raw_bytes
from fuzzing.target import Given, Target
from medgan_tf.config.schema import DataConfig
from medgan_tf.data.folds.assign import build_folds
from medgan_tf.data.sources.chexpert.source import FINDINGS
from medgan_tf.data.sources.rsna.source import TYPES
from medgan_tf.errors import DataError
from medgan_tf.registry import SOURCES

_PATIENTS, _IMAGES = 12, 4
_LONG_LINE = 200_000


@dataclass(frozen=True)
class _Variant:
    """A way to read a table.

    Attributes:
        source: Name of the source.
        csv: Name of the table in its folder.
        wanted: A column that must be found in the header.
        options: `data.options`.
        separator, encoding: As in the options.
    """

    source: str
    csv: str
    wanted: str
    options: dict[str, Any] = field(default_factory=dict)
    separator: str = ","
    encoding: str = "utf-8"


# For folds of so few patients.
_RULES = {"min_count": 0, "fold_fractions": (0.4, 0.3, 0.3)}
_COLUMNS = {"csv": "own.csv", "label_columns": ["Edema", "Mass"]}
_VARIANTS = {
    "columns": _Variant("table", "own.csv", "path", _COLUMNS),
    "states": _Variant(
        "table", "own.csv", "path", {**_COLUMNS, "states": {"1": "positive", "0": "negative", "": "negative"}}
    ),
    "names": _Variant("table", "own.csv", "path", {"csv": "own.csv", "label_column": "labels", "no_finding": "none"}),
    "lists": _Variant(
        "table",
        "own.csv",
        "path",
        {
            "csv": "own.csv",
            "label_column": "listed",
            "label_list": True,
            "path_template": "{path:.40}",
            "patients": "none",
            "search": True,
            "images": "images",
            "uncertain_marks": ["?"],
            "age_column": "Edema",
            "where": {"Mass": {"in": [0, 1, ""], "min": 0}},
            "merge": "majority",
            "reader_column": "patient",
        },
    ),
    "joined": _Variant(
        "table",
        "own.csv",
        "path",
        {
            **_COLUMNS,
            "merge": "any",
            "join": [{"csv": "own.csv", "key": {"path": "path"}, "columns": ["labels"]}],
            "fold_column": "labels",
            "fold_values": {"none": "test", "Edema|Mass": "test", "Edema": "train_valid"},
            "patient_pattern": "([0-9]+)[.]",
            "frame_column": "Mass",
        },
    ),
    "latin": _Variant(
        "table", "own.csv", "path", {**_COLUMNS, "encoding": "latin-1", "separator": ";"}, ";", "latin-1"
    ),
    "wide": _Variant("table", "own.csv", "path", {**_COLUMNS, "encoding": "utf-16", "separator": "\t"}, "\t", "utf-16"),
    "chexpert": _Variant("chexpert", "train.csv", "Path"),
    "rsna": _Variant("rsna", "stage_2_train.csv", "ID", {"header_workers": 1}),
}


class Table(Target):
    """Variants are ways to read a table, with the source, the labels' form, the encoding and the separator."""

    name = "table"
    suffix = ".csv"

    def seeds(self, folder: Path) -> list[Given]:
        """A table of our own, and those of small phantoms in the layouts of CheXpert and RSNA."""
        own = [["path", "patient", "Edema", "Mass", "labels", "listed"]]
        for number in range(3 * _PATIENTS):
            path = f"images/{number}.png" if number < _IMAGES else f"images/more/{number}.png"
            findings = ("none", "Edema|Mass", "Edema")[number % 3]
            states = ["1" if name in findings else ("0", "")[number % 2] for name in ("Edema", "Mass")]
            listed = str(findings.split("|")) if number % 2 else '["?Edema", "Mass"]'
            own.append([path, f"P{number % _PATIENTS}", *states, findings, listed])
        found = [
            Given(name, _joined(own, one.separator, csv.QUOTE_MINIMAL, one.encoding))
            for name, one in _VARIANTS.items()
            if one.source == "table"
        ]
        findings = [["Path", "Sex", "Age", "Frontal/Lateral", "AP/PA", *FINDINGS]]
        for number in range(2 * _PATIENTS):
            path = f"CheXpert-v1.0-small/train/patient{number % _PATIENTS:05d}/study1/view{number}_frontal.jpg"
            view = "Lateral" if number % 5 == 4 else "Frontal"
            states = [("1.0", "0.0", "-1.0", "")[(number + place) % 4] for place in range(len(FINDINGS))]
            findings.append([path, "Female", "50", view, "AP", *states])
        slices = [["ID", "Label"]]
        for number in range(_PATIENTS):
            positive = TYPES[number % 5]
            slices += [
                [f"ID_{number:09x}_{kind}", str(int(kind in (positive, "any") and number % 3 > 0))] for kind in TYPES
            ]
        found.append(Given("chexpert", _joined(findings, ",", csv.QUOTE_MINIMAL, "utf-8")))
        found.append(Given("rsna", _joined(slices, ",", csv.QUOTE_MINIMAL, "utf-8")))
        return found

    def prepare(self, folder: Path) -> None:
        """Images and, beside them, what is no image: a pipe, a folder, a device, links that lead out."""
        image = np.arange(64, dtype=np.uint8).reshape(8, 8)
        for number in range(_IMAGES):
            path = folder / "raw" / "images" / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(cv2.imencode(".png", image + number)[1].tobytes())
        for number in range(2 * _PATIENTS):
            path = (
                folder / "raw" / "train" / f"patient{number % _PATIENTS:05d}" / "study1" / f"view{number}_frontal.jpg"
            )
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(cv2.imencode(".jpg", image)[1].tobytes())
        for number in range(_PATIENTS):
            write_ct(folder / "raw" / "stage_2_train" / f"ID_{number:09x}.dcm", image.astype(int), f"P{number}")
        os.mkfifo(folder / "raw" / "images" / "pipe.png")
        (folder / "raw" / "images" / "zero.png").symlink_to("/dev/zero")
        (folder / "raw" / "images" / "link.png").symlink_to(folder.parent / "canary" / "secret.txt")
        (folder / "raw" / "images" / "circle.png").symlink_to("circle.png")

    def mutated(self, choice: random.Random, seeds: list[Given]) -> Given:
        """Mostly damage to cells, rows and columns."""
        given = choice.choice(seeds)
        one = _VARIANTS[given.variant]
        if choice.random() < 0.1:
            return Given(given.variant, raw_bytes.damaged(given.data, choice))
        rows = [list(row) for row in _rows(given.data, one.separator, one.encoding)]
        for _ in range(choice.choice((1, 1, 2, 4))):
            csv_rows.damage(rows, choice, _CELLS)
        quoting = choice.choice((csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL))
        data = _joined(rows, one.separator, quoting, one.encoding if choice.random() < 0.95 else "utf-8")
        return Given(given.variant, data)

    def parses(self, given: Given) -> bool:
        """Whether the header can be read and holds a column that is needed."""
        one = _VARIANTS[given.variant]
        text = given.data.decode("utf-8-sig" if one.encoding == "utf-8" else one.encoding, "replace")
        try:
            header = next(csv.reader(io.StringIO(text[:_LONG_LINE], newline=""), delimiter=one.separator), [])
        except csv.Error:
            return False
        return one.wanted in [name.strip() for name in header]

    def run(self, given: Given, folder: Path) -> str:
        """Reads the table, assigns folds and reads every image that is listed."""
        one = _VARIANTS[given.variant]
        (folder / "raw" / one.csv).write_bytes(given.data)
        config = DataConfig(source=one.source, root=str(folder / "raw"), options=one.options, **_RULES)
        source = SOURCES.get(one.source)(config.root, config.source_options())
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
def _rows(data: bytes, separator: str, encoding: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode(encoding), newline=""), delimiter=separator))


def _joined(rows: list[list[str]], separator: str, quoting: int, encoding: str) -> bytes:
    text = io.StringIO(newline="")
    table = csv.writer(text, delimiter=separator, quoting=quoting, lineterminator="\n")
    table.writerows(rows)
    errors = "replace" if encoding == "latin-1" else "surrogatepass"
    return codecs.encode(text.getvalue(), encoding, errors)


_CELLS = (
    *("images/pipe.png", "images/zero.png", "images/link.png", "images/circle.png", "images", ".", "images/../own.csv"),
    *(
        "../../canary/secret.csv",
        "images/../../../canary/secret.txt",
        "/dev/stdin",
        "images/0.png\x00",
        "./images/1.png",
    ),
    *(
        "images\\1.png",
        " 1 ",
        "1e0",
        "-1",
        "0.5",
        "2",
        "TRUE",
        "17.0",
        "Edema|",
        "|",
        "Edema|Edema",
        "none|Edema",
        "none",
        "[",
        "['Edema'",
        "[]",
        "[[['Mass']]]",
        "['Edema' \"Mass\"]",
        "[\\'",
        "sep=;",
    ),
    *(
        "ID_000000000_any",
        "ID_any",
        "ID_1_2_any",
        "ID__any",
        "patient00001/",
        "Frontal",
        "image_id",
        "patient_id",
        "combination",
    ),
)


TARGET = Table()
