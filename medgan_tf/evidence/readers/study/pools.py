"""The images that a study may draw from: a fold of a dataset folder, or a folder of PNG files."""

import csv
import hashlib
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from medgan_tf.data.reading.grey import check_memory, read_greys
from medgan_tf.data.records.manifest import FILE_NAME, FOLDS
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.data.tables.combinations import combination_name
from medgan_tf.data.tables.csv_reader import table_text
from medgan_tf.errors import DataError
from medgan_tf.evidence.readers.study.key import Origin
from medgan_tf.synthesis.external.columns import OPTIONAL

UNLABELLED = "(no labels)"
_LARGEST_LABELS = 2**24


@dataclass(frozen=True)
class ImagePool:
    """Images of one kind.

    Attributes:
        images: uint8 [N, R, R].
        combinations: N names of label combinations.
        origins: N pseudonyms, or hashes of the files, that lead back to the image.
        patients: N pseudonyms; "" where unknown.
        label_names: Names of the labels; None for images without labels.
        origin: Where the images come from.
    """

    images: np.ndarray
    combinations: tuple[str, ...]
    origins: tuple[str, ...]
    patients: tuple[str, ...]
    label_names: tuple[str, ...] | None
    origin: Origin

    def __len__(self) -> int:
        return len(self.images)


def load_pool(path: str | Path, kind: str, fold: str | None = None) -> ImagePool:
    """Reads a pool.

    Args:
        path: A dataset folder, or a folder of square grey PNG files (with its subfolders), with or without the
            labels.csv that ``generate --png`` writes.
        kind: real or synthetic, for the check of the manifest and for messages.
        fold: The only fold to take from a dataset folder; None takes all. Not for PNG files.

    Raises:
        DataError: There are no images, they are damaged or of different sizes, or the set is of the other kind.
    """
    path = Path(path)
    if (path / FILE_NAME).is_file():
        return _from_dataset(DatasetFolder(path), kind, fold)
    files = sorted(path.rglob("*.png")) if path.is_dir() else []
    if not files:
        maker = "prepare" if kind == "real" else "generate"
        raise DataError(
            f"no {kind} images in {path}: expected a dataset folder with {FILE_NAME}, or PNG files; "
            f"`medgan-tf {maker}` makes one"
        )
    return _from_files(path, files, kind)


def _from_dataset(dataset: DatasetFolder, kind: str, fold: str | None) -> ImagePool:
    manifest = dataset.manifest
    if manifest.kind != kind:
        raise DataError(f"{dataset.path}: expected a {kind} dataset; its manifest says {manifest.kind}")
    folds = [name for name in FOLDS if manifest.images[name] and fold in (None, name)]
    if not folds:
        raise DataError(f"{dataset.path}: the {fold or 'whole'} fold holds no images")
    parts = [dataset.read_fold(name) for name in folds]
    vectors = np.concatenate([part.labels for part in parts]).astype(np.uint8)
    return ImagePool(
        images=np.concatenate([part.images[..., 0] for part in parts]),
        combinations=tuple(combination_name(vector, dataset.label_names) for vector in vectors),
        origins=tuple(str(name) for part in parts for name in part.image_ids),
        patients=tuple(str(name) for part in parts for name in part.patients),
        label_names=dataset.label_names,
        origin=Origin(
            name=manifest.name,
            fold="+".join(folds),
            sha256=hashlib.sha256((dataset.path / FILE_NAME).read_bytes()).hexdigest(),
        ),
    )


def _from_files(folder: Path, files: list[Path], kind: str) -> ImagePool:
    labels, label_names = _labels(folder)
    images, whole = [], hashlib.sha256()
    for file, image in zip(files, read_greys(map(str, files)), strict=True):
        if image.shape[0] != image.shape[1] or image.shape != (images[0] if images else image).shape:
            raise DataError(
                f"{file}: expected a square image of the size of the others; received {image.shape[1]}x{image.shape[0]}"
            )
        if not images:
            check_memory(folder, len(files), image.shape[0])
        images.append(image)
        whole.update(image.tobytes())
    names = [file.relative_to(folder).as_posix() for file in files]
    for name in names if labels else ():
        if name not in labels:
            raise DataError(f"{folder / 'labels.csv'}: has no line for {name}")
    return ImagePool(
        images=np.stack(images),
        combinations=tuple(labels.get(name, UNLABELLED) for name in names),
        # A hash, because file names may hold identifiers.
        origins=tuple(hashlib.sha256(image.tobytes()).hexdigest()[:14] for image in images),
        patients=("",) * len(files),
        label_names=label_names,
        origin=Origin(name=f"{kind} PNG files", fold="", sha256=whole.hexdigest()),
    )


def _labels(folder: Path) -> tuple[dict[str, str], tuple[str, ...] | None]:
    """File to label combination, and the label names, from labels.csv (path, fold, one column per label).

    Columns that an import of synthetic images knows, such as row, are no labels.
    """
    path = folder / "labels.csv"
    if not path.exists():
        return {}, None
    header, *rows = list(csv.reader(io.StringIO(table_text(path, _LARGEST_LABELS), newline=""))) or [[]]
    if header[:2] != ["path", "fold"] or len(header) < 3:
        raise DataError(f"{path}: expected the columns path, fold and one per label; received {','.join(header)}")
    places = [place for place, name in enumerate(header) if place > 1 and name not in OPTIONAL]
    names = tuple(header[place] for place in places)
    labels = {}
    for number, row in enumerate(rows, start=2):
        cells = [row[place] for place in places] if len(row) == len(header) else [""]
        if set(cells) - {"0", "1"}:
            raise DataError(f"{path}, line {number}: expected {len(header)} cells and labels of 0 and 1")
        labels[row[0]] = combination_name(np.array(cells, int), names)
    return labels, names
