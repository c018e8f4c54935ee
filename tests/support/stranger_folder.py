"""The images of a synthetic dataset, exported as PNG files and a CSV, as a stranger would hand them over."""

import csv
import random
import shutil
from pathlib import Path

from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.synthesis.png_folder import write_pngs


def shuffled_export(dataset: DatasetFolder, folder: Path, seed: int = 0) -> Path:
    """Other file names in one flat folder, the rows of the CSV and its columns in another order, `row` kept."""
    exported = write_pngs(dataset, folder.with_name(f"{folder.name}-plain"))
    rows = read_csv(exported / "labels.csv")
    chance = random.Random(seed)
    chance.shuffle(rows)
    folder.mkdir()
    for number, row in enumerate(rows):
        name = f"{number:04d}.png"
        shutil.copy(exported / row["path"], folder / name)
        row["path"] = name
    columns = list(rows[0])
    chance.shuffle(columns)
    write_csv(folder / "labels.csv", [{name: row[name] for name in columns} for row in rows])
    return folder


def read_csv(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write_csv(path: Path, rows: list[dict]) -> None:
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
