"""A real CT volume of the head, read from a file and written as DICOM slices in the RSNA layout.

For trying the pipeline on real pixels. A volume has no labels, and its slices are one person's.
"""

import gzip
import hashlib
import plistlib
import tarfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import numpy as np

from medgan_tf.errors import DataError
from medgan_tf.files.regular_files import open_regular
from medgan_tf.phantom.head_bleeds import FINDINGS
from medgan_tf.phantom.rsna_layout import (
    LABEL_NAMES,
    SliceHeader,
    finish_rsna_folder,
    new_rsna_folder,
    write_slice,
)

LOWEST, HIGHEST = -1024, 3071
"""HU that twelve bits can hold."""

LABEL_RULES = ("none", "level")

_LARGEST_VOLUME = 2**28  # voxels: 512 MiB
_LARGEST_ARCHIVE = 2**31  # bytes, unpacked
_LARGEST_FILE = 2**31  # bytes
_LARGEST_PLIST = 2**20  # bytes
_MOST_MEMBERS = 1000


@dataclass(frozen=True)
class CtVolume:
    """Slices of one person, as radiologists look at them.

    Attributes:
        hounsfield: int16 [S, H, W] in HU, lowest slice first, nose towards row 0, patient's right at column 0.
        spacing: Distance of slices, rows and columns in mm.
    """

    hounsfield: np.ndarray
    spacing: tuple[float, float, float]


def read_volume(
    path: str | Path, flip_rows: bool | None = None, spacing: tuple[float, float, float] = (1.0, 1.0, 1.0)
) -> CtVolume:
    """Reads an InVesalius project (``.inv3``) or a NumPy array (``.npy``); nothing is unpacked to disk.

    Args:
        path: The file.
        flip_rows: Turn every slice upside down; None does so for InVesalius, which stores rows from back to front.
        spacing: mm between slices, rows and columns of a ``.npy``; a project states its own.

    Raises:
        DataError: Missing or damaged file, another format, no int16 volume, or values that are no HU.
    """
    path = Path(path)
    if not path.is_file():
        raise DataError(f"no CT volume at {path}; expected an InVesalius .inv3 project or a .npy array")
    if path.suffix.lower() == ".inv3":
        volume, flip = _read_project(path), True
    elif path.suffix.lower() == ".npy":
        volume, flip = CtVolume(_read_array(path), spacing), False
    else:
        raise DataError(f"{path.name}: expected an InVesalius .inv3 project or a .npy array. Received: {path.suffix!r}")
    values = volume.hounsfield
    if values.min() > -500 or values.max() < 100 or values.min() < -5000:
        raise DataError(
            f"{path.name}: values of {values.min()}..{values.max()} are no HU of a head (air -1000, bone above 700); "
            "rescale the volume first"
        )
    if flip if flip_rows is None else flip_rows:
        values = values[:, ::-1]
    return CtVolume(np.clip(values, LOWEST, HIGHEST).astype(np.int16), volume.spacing)


def write_volume(
    volume: CtVolume,
    root: str | Path,
    patients: int = 1,
    label_by: str = "none",
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, int]:
    """Writes each slice as a DICOM file and the CSV of the RSNA layout.

    Args:
        volume: The slices.
        root: Folder to write to; must not hold RSNA data yet.
        patients: Pseudo-patients among whom the slices are dealt in contiguous slabs. They are all one person: for
            trying the pipeline only, never for a result.
        label_by: "none" writes every label as 0, for they are unknown. "level" marks the lower, middle and upper third
            of the volume under the first three column names, which then mean nothing else.
        progress: Called with (slices done, slices).

    Returns:
        Counts of images, patients, and images by label that occurs.

    Raises:
        DataError: More patients than slices, or a folder that cannot be used.
        ValueError: An unknown rule.
    """
    count = len(volume.hounsfield)
    if label_by not in LABEL_RULES:
        raise ValueError(f"expected label_by one of {LABEL_RULES}. Received: label_by={label_by!r}")
    if not 1 <= patients <= count:
        raise DataError(f"{count} slices cannot be dealt to {patients} pseudo-patients; choose 1 to {count} of them")
    content = hashlib.sha256(volume.hounsfield.tobytes()).hexdigest()
    labels = np.zeros((count, len(FINDINGS)), np.uint8)
    if label_by == "level":
        labels[np.arange(count), np.arange(count) * 3 // count] = 1
    slabs = [index for index, slab in enumerate(np.array_split(np.arange(count), patients)) for _ in slab]
    rows = []
    with new_rsna_folder(Path(root)) as folder:
        for number, (pixels, slab) in enumerate(zip(volume.hounsfield, slabs, strict=True)):
            image_id = "ID_" + _digest(content, "slice", number)[:9]
            patient_id = "ID_" + _digest(content, "slab", slab)[:8]
            header = SliceHeader(
                image_id, patient_id, f"{content} {slab}", number, volume.spacing[1:], volume.spacing[0]
            )
            write_slice(folder, pixels, header)
            rows.append((image_id, labels[number]))
            if progress is not None:
                progress(number + 1, count)
        finish_rsna_folder(Path(root), folder, rows)
    marked = {name: int(total) for name, total in zip(LABEL_NAMES, labels.sum(0), strict=False) if total}
    return {"images": count, "patients": patients} | marked


def _digest(*parts: object) -> str:
    return hashlib.sha256(" ".join(map(str, parts)).encode()).hexdigest()


def _read_array(path: Path) -> np.ndarray:
    open_regular(path, _LARGEST_FILE).close()
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise DataError(f"{path.name} is no readable .npy array: {error}") from error
    _check_shape(path, array.shape, str(array.dtype))
    return np.array(array)


def _check_shape(path: Path, shape: tuple[int, ...], dtype: str) -> None:
    if dtype != "int16" or len(shape) != 3 or min(shape) < 1 or np.prod(shape, dtype=object) > _LARGEST_VOLUME:
        raise DataError(
            f"{path.name}: expected an int16 volume [slices, rows, columns] of at most {_LARGEST_VOLUME:,} voxels. "
            f"Received: dtype={dtype}, shape={shape}"
        )


def _read_project(path: Path) -> CtVolume:
    """Volume and spacing of an InVesalius 3 project: a tar.gz with main.plist and the raw matrix it names."""
    try:
        with (
            open_regular(path, _LARGEST_FILE) as packed,
            _Unpacked(packed, path) as unpacked,
            tarfile.open(fileobj=unpacked, mode="r:") as archive,
        ):
            members = _members(path, archive)
            project = _plist(path, archive, members)
            shape, spacing, name = _describe(path, project)
            member = members.get(name)
            size = int(np.prod(shape)) * 2
            if member is None or member.size != size:
                found = "no such file" if member is None else f"{member.size} bytes"
                raise DataError(f"{path.name}: expected {name} of {size} bytes for shape {shape}. Received: {found}")
            unpacked.most_at_once = 2 * _LARGEST_VOLUME
            data = archive.extractfile(member).read(size)
    except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
        raise DataError(f"{path.name} is no InVesalius project (a tar.gz), or it is damaged: {error}") from error
    # little-endian: InVesalius writes its machine's order, and no big-endian machine runs it
    return CtVolume(np.frombuffer(data, "<i2").reshape(shape), spacing)


class _Unpacked(gzip.GzipFile):
    """The unpacked archive, refused when it is too large: the headers of a tar can claim any size for themselves."""

    def __init__(self, packed: BinaryIO, path: Path):
        super().__init__(fileobj=packed)
        self._path = path
        self.most_at_once = _LARGEST_PLIST

    def read(self, size: int = -1) -> bytes:
        if size < 0 or size > self.most_at_once or self.tell() + size > _LARGEST_ARCHIVE:
            raise DataError(
                f"{self._path.name} unpacks to more than {_LARGEST_ARCHIVE:,} bytes; no head CT is that large"
            )
        return super().read(size)


def _members(path: Path, archive: tarfile.TarFile) -> dict[str, tarfile.TarInfo]:
    """Regular files by their bare names; folders in the archive are of no interest, as nothing is unpacked."""
    members, total = {}, 0
    for number, member in enumerate(archive):
        total += max(member.size, 0)
        if number == _MOST_MEMBERS:
            raise DataError(f"{path.name} holds more than {_MOST_MEMBERS:,} files; an InVesalius project has a few")
        if total > _LARGEST_ARCHIVE:
            raise DataError(f"{path.name} unpacks to more than {_LARGEST_ARCHIVE:,} bytes; no head CT is that large")
        if member.isfile():
            members[PurePosixPath(member.name).name] = member
    return members


def _plist(path: Path, archive: tarfile.TarFile, members: dict[str, tarfile.TarInfo]) -> dict:
    member = members.get("main.plist")
    if member is None or member.size > _LARGEST_PLIST:
        raise DataError(f"{path.name}: expected a main.plist inside, as InVesalius 3 writes it; found none")
    try:
        project = plistlib.loads(archive.extractfile(member).read(_LARGEST_PLIST))
    except Exception as error:  # plistlib lets errors of its parsers through, of many types
        raise DataError(f"{path.name}: main.plist cannot be read: {error}") from error
    return project if isinstance(project, dict) else {}


def _describe(path: Path, project: dict) -> tuple[tuple[int, int, int], tuple[float, float, float], str]:
    """Shape [slices, rows, columns], spacing in the same order (mm) and the name of the raw file, all checked."""
    if str(project.get("modality", "CT")).upper() != "CT":
        raise DataError(f"{path.name}: expected a CT. Received: modality={project['modality']!r}")
    matrix = project.get("matrix")
    try:
        shape = tuple(int(size) for size in matrix["shape"])
        dtype, name = str(matrix["dtype"]), PurePosixPath(str(matrix["filename"])).name
        columns, rows, slices = (float(value) for value in project["spacing"])
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(
            f"{path.name}: main.plist lacks matrix (shape, dtype, filename) or spacing: {error!r}"
        ) from error
    _check_shape(path, shape, dtype)
    if not all(0.05 < value < 50 for value in (slices, rows, columns)):
        raise DataError(f"{path.name}: expected spacings in mm. Received: spacing={project['spacing']}")
    return shape, (slices, rows, columns), name
