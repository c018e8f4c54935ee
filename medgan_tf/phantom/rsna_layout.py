"""Writes head CT in the layout of the RSNA haemorrhage data: one CSV of labels and one DICOM file per slice.

    <root>/stage_2_train.csv            ID,Label: six rows per image, ID_xxxxxxxxx_epidural ... _subdural, _any
    <root>/stage_2_train/ID_xxxxxxxxx.dcm

The oddities of the public files occur here too, in small numbers: ids listed twice with equal labels; 12-bit values
whose header calls them unsigned and gives an intercept of 0; padding of -2000 outside the scanner's circle; windows
given as two values.
"""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from medgan_tf.cores import usable_cores
from medgan_tf.errors import DataError
from medgan_tf.files.atomic import atomic_path
from medgan_tf.files.csv_files import csv_lines
from medgan_tf.phantom.head_bleeds import FINDINGS
from medgan_tf.phantom.head_series import SLICE_DISTANCE, draw_series, render_series
from medgan_tf.phantom.processes import worker_pool

CSV_NAME, IMAGE_FOLDER = "stage_2_train.csv", "stage_2_train"
LABEL_NAMES = (*FINDINGS, "any")
PADDING = -2000
_MISLABELLED_EVERY = 16  # patients

STORED_FORMS = ("signed16", "unsigned12", "mislabelled12")
"""Ways to store HU. signed16: HU + 1024 in 16 bits. unsigned12: HU + 1024 in 12 bits. mislabelled12: HU as a 12-bit
two's complement, but PixelRepresentation says unsigned and RescaleIntercept is 0, as in a few of the public files."""


@dataclass(frozen=True)
class SliceHeader:
    """The values of a slice's DICOM header beside its pixels.

    Attributes:
        image_id, patient_id: ``ID_`` and 9 or 8 hexadecimal digits.
        series: Any text that is the same for the slices of a series; the UIDs are derived from it.
        number: Place in the series, from 0 below.
        spacing: Pixel size in mm.
        thickness: Distance of slices in mm.
        stored: One of `STORED_FORMS`.
        padded_beyond: Radius in mm around the image centre beyond which pixels are padding, or None. signed16 only.
        double_window: Whether the window is given as two equal values.
    """

    image_id: str
    patient_id: str
    series: str
    number: int
    spacing: tuple[float, float]
    thickness: float
    stored: str = "signed16"
    padded_beyond: float | None = None
    double_window: bool = False


def write_slice(folder: Path, hounsfield: np.ndarray, header: SliceHeader) -> Path:
    """Writes one slice as a CT Image Storage file named after its image id (DICOM PS3.3, C.8.2).

    Args:
        folder: An existing folder.
        hounsfield: int16 [H, W], HU in -1024..3071 (for mislabelled12 in -1000..3095).
        header: The rest.
    """
    stored, signed, bits, intercept = _store(hounsfield, header)
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = CTImageStorage
    dataset.SOPClassUID = CTImageStorage
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = _uid(f"image {header.image_id}")
    dataset.Modality = "CT"
    dataset.PatientID = header.patient_id
    dataset.StudyInstanceUID = _uid(f"study {header.series}")
    dataset.SeriesInstanceUID = _uid(f"series {header.series}")
    dataset.StudyID = ""
    rows, columns = hounsfield.shape
    corner = [-(columns - 1) / 2 * header.spacing[1], -(rows - 1) / 2 * header.spacing[0]]
    height = header.number * header.thickness
    dataset.ImagePositionPatient = [f"{value:.6f}" for value in (*corner, height)]
    dataset.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    dataset.PixelSpacing = [f"{value:.6f}" for value in header.spacing]
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.Rows, dataset.Columns = rows, columns
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, bits, bits - 1
    dataset.PixelRepresentation = int(signed)
    dataset.WindowCenter, dataset.WindowWidth = ([40, 40], [80, 80]) if header.double_window else (40, 80)
    dataset.RescaleIntercept, dataset.RescaleSlope = intercept, 1
    dataset.PixelData = stored.astype("<i2" if signed else "<u2").tobytes()
    path = folder / f"{header.image_id}.dcm"
    part = path.with_suffix(".part")
    dataset.save_as(part, enforce_file_format=True)
    os.replace(part, path)
    return path


def write_label_table(path: Path, rows: list[tuple[str, np.ndarray]]) -> None:
    """Writes the CSV: six rows for each (image id, labels uint8 [5]), in the given order."""
    with atomic_path(path) as partial, open(partial, "w", newline="", encoding="ascii") as file:
        file.writelines(csv_lines([("ID", "Label")]))
        for image_id, labels in rows:
            values = zip(LABEL_NAMES, (*labels, max(labels)), strict=True)
            file.writelines(csv_lines((f"{image_id}_{name}", int(value)) for name, value in values))


def write_rsna_phantom(
    root: str | Path,
    patients: int,
    seed: int,
    image_size: int = 256,
    progress: Callable[[int, int], None] | None = None,
    *,
    truncated: int = 0,
    workers: int = 0,
) -> dict[str, int]:
    """Writes synthetic head CT of `patients` patients, 4 to 10 slices each, about half of them without a bleed.

    Args:
        root: Folder to write to; made if missing. It must not hold such data already.
        patients: Number of patients, at least 1.
        seed: Every pixel, label and name is a function of it, whatever the number of workers.
        image_size: Rows and columns.
        progress: Called with (patients done, patients).
        truncated: Number of DICOM files to cut short, as one of the public files is.
        workers: Processes; 0 for one per usable CPU core.

    Returns:
        Counts of patients, images, images by finding, and of each oddity.

    Raises:
        DataError: `root` holds the data already, or cannot be written to.
        ValueError: A count out of range.
    """
    if patients < 1 or image_size < 32 or truncated < 0:
        raise ValueError(
            "expected patients >= 1, image_size >= 32, truncated >= 0. "
            f"Received: patients={patients}, image_size={image_size}, truncated={truncated}"
        )
    with new_rsna_folder(Path(root)) as folder:
        jobs = [(folder, seed, number, image_size) for number in range(patients)]
        written: list[_Written] = []
        for done, slices in enumerate(_each(jobs, workers or usable_cores()), start=1):
            written += slices
            if progress is not None:
                progress(done, patients)
        return _finish(Path(root), folder, written, patients, np.random.default_rng([seed, 1]), truncated)


@dataclass(frozen=True)
class _Written:
    """One image that was written."""

    image_id: str
    labels: np.ndarray
    mislabelled: bool
    padded: bool


@contextmanager
def new_rsna_folder(root: Path) -> Iterator[Path]:
    """A folder for the DICOM files under a temporary name in `root`, deleted again on any error.

    Raises:
        DataError: `root` holds such data already, or cannot be written to.
    """
    for name in (CSV_NAME, IMAGE_FOLDER):
        if (root / name).exists():
            raise DataError(f"{root / name} exists already; delete it or choose another folder to write RSNA data to")
    part = root / f"{IMAGE_FOLDER}.part"
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        yield part
    except OSError as error:
        raise DataError(f"cannot write RSNA data to {root}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def finish_rsna_folder(root: Path, folder: Path, rows: list[tuple[str, np.ndarray]]) -> None:
    """Gives the finished `folder` of DICOM files its name in `root` and writes the CSV, as `write_label_table` does."""
    os.replace(folder, root / IMAGE_FOLDER)
    write_label_table(root / CSV_NAME, rows)


def _each(jobs: list[tuple], workers: int) -> Iterator[list[_Written]]:
    """Results of `_write_patient` in the order of the jobs."""
    if min(workers, len(jobs) // 4) <= 1:
        yield from map(_write_patient, jobs)
        return
    with worker_pool(workers) as pool:
        yield from pool.map(_write_patient, jobs, chunksize=2)


def _write_patient(job: tuple[Path, int, int, int]) -> list[_Written]:
    """Draws, renders and writes one patient."""
    folder, seed, number, image_size = job
    rng = np.random.default_rng([seed, 0, number])
    patient, plan, levels = draw_series(rng, image_size)
    patient_id = f"ID_{_digest(f'{seed} patient {number}')[:8]}"
    # a scanner stores all slices of a series alike
    stored = "unsigned12" if rng.random() < 0.28 else "signed16"
    if number % _MISLABELLED_EVERY == _MISLABELLED_EVERY // 2:
        stored = "mislabelled12"
    beyond = patient.field_of_view if stored == "signed16" else None
    double_window = bool(rng.random() < 0.2)
    written = []
    for index, one in enumerate(render_series(rng, patient, plan, levels)):
        image_id = f"ID_{_digest(f'{seed} patient {number} slice {index}')[:9]}"
        spacing = (patient.frame.spacing,) * 2
        header = SliceHeader(
            image_id, patient_id, f"{seed} {number}", index, spacing, SLICE_DISTANCE, stored, beyond, double_window
        )
        write_slice(folder, one.hounsfield, header)
        written.append(_Written(image_id, one.labels, stored == "mislabelled12", beyond is not None))
    return written


def _finish(
    root: Path, folder: Path, written: list[_Written], patients: int, rng: np.random.Generator, truncated: int
) -> dict[str, int]:
    """Cuts files short, names the folder, writes the CSV in shuffled order with a few ids twice; returns the counts."""
    order = rng.permutation(len(written))
    rows = [(written[index].image_id, written[index].labels) for index in order]
    twice = min(4, len(rows) // 10)
    for index in rng.permutation(len(rows))[:twice]:
        rows.insert(int(rng.integers(len(rows))), rows[index])
    cut = [written[index].image_id for index in rng.permutation(len(written))[:truncated]]
    for image_id in cut:
        path = folder / f"{image_id}.dcm"
        os.truncate(path, path.stat().st_size // 2)
    finish_rsna_folder(root, folder, rows)
    labels = np.array([one.labels for one in written])
    counts = {"patients": patients, "images": len(written), "images without a bleed": int((labels.max(1) == 0).sum())}
    counts |= {name: int(labels[:, column].sum()) for column, name in enumerate(FINDINGS)}
    return counts | {
        "ids twice in the CSV": twice,
        "images with padding": sum(one.padded for one in written),
        "images with a mislabelled pixel type": sum(one.mislabelled for one in written),
        "truncated files": len(cut),
    }


def _store(hounsfield: np.ndarray, header: SliceHeader) -> tuple[np.ndarray, bool, int, int]:
    """Stored values, whether signed, bits stored and rescale intercept (DICOM PS3.3, C.7.6.3 and C.11.1)."""
    values = hounsfield.astype(np.int32)
    if header.stored == "signed16":
        values = values + 1024
        if header.padded_beyond is not None:
            rows, columns = (
                (np.arange(size) - (size - 1) / 2) * step
                for size, step in zip(hounsfield.shape, header.spacing, strict=True)
            )
            values[np.hypot(rows[:, None], columns[None, :]) > header.padded_beyond] = PADDING
        return values, True, 16, -1024
    if header.stored == "unsigned12":
        return values + 1024, False, 12, -1024
    if header.stored == "mislabelled12":
        return np.mod(np.maximum(values, -1000), 4096), False, 12, 0
    raise ValueError(f"expected one of {STORED_FORMS}. Received: stored={header.stored!r}")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _uid(text: str) -> str:
    """A UID derived from a text (DICOM PS3.5, B.2: ``2.25.`` and a 128-bit integer)."""
    return f"2.25.{int(_digest(text)[:32], 16)}"
