"""Writes the chest phantom in the layout of CheXpert-v1.0-small (Irvin et al. 2019): train.csv and grey JPEGs."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from medgan_tf.cores import usable_cores
from medgan_tf.errors import DataError
from medgan_tf.files.atomic import atomic_path
from medgan_tf.files.csv_files import csv_lines
from medgan_tf.phantom.chest_anatomy import ChestAnatomy, draw_anatomy
from medgan_tf.phantom.chest_findings import FINDINGS, Study, draw_combination, draw_study
from medgan_tf.phantom.chest_lateral import render_lateral
from medgan_tf.phantom.chest_rendering import render_frontal
from medgan_tf.phantom.chest_view import draw_view
from medgan_tf.phantom.processes import worker_pool

COLUMNS = ("Path", "Sex", "Age", "Frontal/Lateral", "AP/PA", *FINDINGS)
_FOLDER = "CheXpert-v1.0-small"  # what every Path in train.csv starts with
_MAX_IMAGES = 4
_STUDIES = (0.24, 0.36, 0.24, 0.16)  # share of patients with 1, 2, 3 and 4 studies
_SAME_FINDINGS = 0.45  # chance that the next study shows the same findings again
_LATERAL = 0.14
_AP = 0.45


def write_chexpert_phantom(
    root: str | Path,
    patients: int,
    seed: int,
    image_size: tuple[int, int] = (320, 390),
    progress: Callable[[int, int], None] | None = None,
    workers: int | None = None,
) -> dict[str, int]:
    """Writes a labelled chest phantom; `root` becomes the CheXpert-v1.0-small folder.

    The same `patients`, `seed` and `image_size` give the same bytes with any number of workers.

    Args:
        root: Folder to write into; made if missing. It must not hold a train.csv or a train folder.
        patients: Number of patients, each with 1 to 4 images.
        seed: Seed of everything drawn.
        image_size: Usual short and long side, pixels; images are about this large, landscape or portrait.
        progress: Called as ``progress(patients_done, patients)``.
        workers: Processes; None means one per usable CPU core.

    Returns:
        Counts: patients, studies, images, frontal, lateral.

    Raises:
        DataError: If there is nothing to write, or something is in the way.
    """
    root = Path(root)
    if patients < 1:
        raise DataError(f"a phantom needs at least one patient. Received: patients={patients}")
    if min(image_size) < 64 or max(image_size) > 4096:
        raise DataError(
            f"phantom images must have sides of 64 to 4096 pixels. Received: image_size={tuple(image_size)}"
        )
    for name in ("train.csv", "train"):
        if (root / name).exists():
            raise DataError(f"{root / name} is already there; choose an empty folder for the phantom")
    root.mkdir(parents=True, exist_ok=True)
    rows: list[list[str]] = []
    draw = partial(_write_patient, str(root), seed, tuple(sorted(image_size)))
    with mapped(draw, range(1, patients + 1), workers) as results:
        for done, written in enumerate(results, 1):
            rows.extend(written)
            if progress is not None:
                progress(done, patients)
    _write_table(root / "train.csv", rows)
    lateral = sum(row[3] == "Lateral" for row in rows)
    studies = len({row[0].rsplit("/", 1)[0] for row in rows})
    return {
        "patients": patients,
        "studies": studies,
        "images": len(rows),
        "frontal": len(rows) - lateral,
        "lateral": lateral,
    }


@contextmanager
def mapped(task: Callable, items: range, workers: int | None) -> Iterator[Iterator]:
    """Results of `task` over `items`, in order, from a pool of processes or from this one."""
    count = workers if workers is not None else usable_cores()
    if count <= 1 or len(items) < 8:
        yield map(task, items)
        return
    with worker_pool(min(count, len(items))) as pool:
        yield pool.map(task, items, chunksize=4)


def _write_table(path: Path, rows: list[list[str]]) -> None:
    with atomic_path(path) as partial, open(partial, "w", newline="", encoding="utf-8") as file:
        file.writelines(csv_lines([COLUMNS, *rows]))


def _write_patient(root: str, seed: int, image_size: tuple[int, int], index: int) -> list[list[str]]:
    """Writes the images of one patient and returns their rows of the table."""
    rng = np.random.default_rng([seed, index])
    person = draw_anatomy(rng)
    rows: list[list[str]] = []
    studies = 1 + int(rng.choice(len(_STUDIES), p=_STUDIES))
    combination = draw_combination(rng)
    for number in range(1, studies + 1):
        if number > 1 and rng.random() > _SAME_FINDINGS:
            combination = draw_combination(rng)
        study = draw_study(rng, combination)
        views = ["frontal"] + (["lateral"] if rng.random() < _LATERAL else [])
        views = views[: _MAX_IMAGES - len(rows)]
        folder = f"train/patient{index:05d}/study{number}"
        if views:
            os.makedirs(os.path.join(root, folder), exist_ok=True)
        for position, kind in enumerate(views, 1):
            name = f"{folder}/view{position}_{kind}.jpg"
            ap = _write_image(os.path.join(root, name), person, study, kind == "frontal", image_size, rng)
            rows.append([f"{_FOLDER}/{name}", person.sex, str(person.age), kind.capitalize(), ap, *_words(study)])
    return rows


def _write_image(
    path: str, person: ChestAnatomy, study: Study, frontal: bool, image_size: tuple[int, int], rng: np.random.Generator
) -> str:
    """Renders and writes one JPEG; returns the AP/PA entry of the table."""
    ap = frontal and rng.random() < (_AP if len(study.severity) < 3 else 0.75)
    view = draw_view(rng, frontal, ap, *image_size)
    image = (render_frontal if frontal else render_lateral)(person, view, study.severity, rng)
    written = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 90])[1]
    with open(path, "wb") as file:
        file.write(written.tobytes())
    return ("AP" if ap else "PA") if frontal else ""


def _words(study: Study) -> list[str]:
    """The label columns as CheXpert writes them: 1.0, 0.0, -1.0 or empty."""
    return ["" if study.labels[finding] is None else f"{study.labels[finding]:.1f}" for finding in FINDINGS]
