"""MedMNIST and MedMNIST+ (Yang et al. 2023): one .npz file with small images in folds that its authors made.

Arrays: {train,val,test}_images, uint8 [N, S, S] or, in colour, [N, S, S, 3], and {train,val,test}_labels, integers
[N, 1], the number of the class, or [N, L] of 0 and 1. MedMNIST says nothing of patients.
"""

import shutil
import tempfile
import threading
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from medgan_tf.data.sources.medmnist.names import LABEL_NAMES, NO_FINDING
from medgan_tf.data.sources.medmnist.settings import Options
from medgan_tf.data.tables.table import LabelState, Source, SourceTable
from medgan_tf.errors import ConfigError, DataError
from medgan_tf.files.npz_streams import StreamedArray, list_arrays
from medgan_tf.registry import SOURCES

FOLDS = {"train": "train", "valid": "val", "test": "test"}
"""Our name of a fold to MedMNIST's."""
OBTAINED = (
    "MedMNIST files are obtained, without registration, from https://medmnist.com; data.root is the .npz file or its "
    "folder"
)
MOST_CLASSES = 100
IN_MEMORY = 2**30
"""Bytes of the grey images of a fold that are kept in memory; more are unpacked into a temporary file."""
_MOST_LABEL_BYTES = 2**28
_BLOCK_BYTES = 2**24


@SOURCES.register("medmnist")
class MedmnistSource(Source):
    """One file of MedMNIST. The pixels of a fold are unpacked when its first image is read.

    Args:
        root: The file or its folder.
        options: `data.options` of the experiment.
    """

    # The pixels lie in the file as they are, or deflated as one long stream, which every reader process would have to
    # unpack for itself.
    reads_in_processes = False

    def __init__(self, root: str, options: Options):
        self.root = root
        self.options = options
        self._pixels: dict[str, np.ndarray] = {}
        self._lock = threading.Lock()

    def read_table(self) -> SourceTable:
        """All images of the file in MedMNIST's folds, without patients; see `Source.read_table`."""
        file = self._file()
        arrays = list_arrays(file)
        images = {fold: _images(arrays, f"{theirs}_images", file) for fold, theirs in FOLDS.items()}
        labels = {fold: _labels(arrays, f"{theirs}_labels", file) for fold, theirs in FOLDS.items()}
        for fold, array in images.items():
            if array.shape[0] != len(labels[fold]):
                raise DataError(f"{file}: {array.shape[0]} images and {len(labels[fold])} labels in the fold {fold}")
        flag = self._flag(file)
        states, findings = _states(np.concatenate(list(labels.values())), flag, file)
        listed = [(fold, number) for fold, array in images.items() for number in range(array.shape[0])]
        frame = pd.DataFrame(
            {
                "image_id": [f"{fold}/{number}" for fold, number in listed],
                "path": [f"{file}#{fold}/{number}" for fold, number in listed],
                "patient_id": "",
            }
        )
        frame = pd.concat([frame, pd.DataFrame(states, columns=list(findings))], axis=1)
        counts = {f"images in MedMNIST's fold {theirs}": images[fold].shape[0] for fold, theirs in FOLDS.items()}
        return SourceTable(
            frame,
            findings,
            counts,
            no_finding=NO_FINDING.get(flag),
            folds=np.array([fold for fold, _ in listed], dtype=object),
            patients_known=False,
        )

    def read_image(self, path: str) -> np.ndarray:
        """One image, uint8 grey [S, S]; `path` is ``<file>#<fold>/<number>``. See `Source.read_image`."""
        file, _, place = path.rpartition("#")
        fold, _, number = place.partition("/")
        with self._lock:
            if fold not in self._pixels:
                name = f"{FOLDS[fold]}_images"
                self._pixels[fold] = _unpack(_images(list_arrays(file), name, Path(file)))
        return self._pixels[fold][int(number)]

    def file_of(self, path: str) -> str | None:
        """The .npz file; see `Source.file_of`."""
        return path.rpartition("#")[0]

    def _file(self) -> Path:
        root = Path(self.root)
        if self.options.file is not None:
            file = root / self.options.file
            if not file.is_file():
                raise DataError(f"no file {file} (data.options.file). {OBTAINED}")
            return file
        if root.is_file():
            return root
        found = sorted(root.glob("*.npz"))
        if not found:
            raise DataError(f"no .npz file in {root} (data.root). {OBTAINED}")
        if len(found) > 1:
            names = ", ".join(path.name for path in found[:10])
            raise DataError(f"{root} has {len(found)} .npz files ({names}); choose one with data.options.file")
        return found[0]

    def _flag(self, file: Path) -> str:
        flag = self.options.flag
        if flag is not None and flag not in LABEL_NAMES:
            raise ConfigError(f"data.options.flag: unknown {flag!r:.60}; known: {', '.join(LABEL_NAMES)}")
        return flag or file.stem.split("_")[0].lower()


def _array(arrays: dict[str, StreamedArray], name: str, file: Path) -> StreamedArray:
    if name not in arrays:
        found = ", ".join(list(arrays)[:10]) or "none"
        raise DataError(f"{file}: is no MedMNIST file: it has no array {name}; found: {found}. {OBTAINED}")
    return arrays[name]


def _images(arrays: dict[str, StreamedArray], name: str, file: Path) -> StreamedArray:
    array = _array(arrays, name, file)
    grey, colour = len(array.shape) == 3, len(array.shape) == 4 and array.shape[3] == 3
    if array.dtype != np.uint8 or not (grey or colour) or not all(0 < side <= 1024 for side in array.shape[1:3]):
        advice = "; volumes of MedMNIST3D cannot be used" if len(array.shape) == 4 else ""
        raise DataError(
            f"{file}: {name}: expected uint8 images [N, S, S] or [N, S, S, 3]. Received: {array.dtype} "
            f"{list(array.shape)}{advice}"
        )
    return array


def _labels(arrays: dict[str, StreamedArray], name: str, file: Path) -> np.ndarray:
    array = _array(arrays, name, file)
    if array.dtype.kind not in "iu" or len(array.shape) != 2 or not 0 < array.shape[1] <= MOST_CLASSES:
        raise DataError(
            f"{file}: {name}: expected integers [N, 1] or [N, L]. Received: {array.dtype} {list(array.shape)}"
        )
    return array.whole(_MOST_LABEL_BYTES).astype(np.int64)


def _states(labels: np.ndarray, flag: str, file: Path) -> tuple[np.ndarray, tuple[str, ...]]:
    """Label states int8 [N, L] of numbers of classes [N, 1] or of labels [N, L], and the L names."""
    several = labels.shape[1] > 1
    names = LABEL_NAMES.get(flag)
    least, most = int(labels.min(initial=0)), int(labels.max(initial=0))
    count = labels.shape[1] if several else len(names) if names else most + 1
    highest = 1 if several else min(count, MOST_CLASSES) - 1
    if least < 0 or most > highest:
        raise DataError(f"{file}: expected labels from 0 to {highest}. Received: {least} to {most}")
    if names and len(names) != count:
        raise DataError(f"{file}: {flag} has {len(names)} labels, this file {count}; see data.options.flag")
    positive = labels == 1 if several else labels == np.arange(count)
    states = np.where(positive, LabelState.POSITIVE, LabelState.NEGATIVE).astype(np.int8)
    return states, names or tuple(f"class_{number}" for number in range(count))


def _unpack(array: StreamedArray) -> np.ndarray:
    """Grey images uint8 [N, S, S]: in memory or, where that would be much, in a file that is gone when we are."""
    shape = array.shape[:3]
    rows = max(1, _BLOCK_BYTES // int(np.prod(array.shape[1:])))
    size = int(np.prod(shape, dtype=object))
    blocks = (_grey(block) for block in array.blocks(rows))
    if size <= IN_MEMORY:
        return np.concatenate([*blocks, np.empty((0, *shape[1:]), np.uint8)])
    place = tempfile.gettempdir()
    if shutil.disk_usage(place).free < size:
        raise DataError(
            f"{array.path}: {array.member} needs {size / 2**30:.1f} GiB in {place}, where less is free; name another "
            "folder for temporary files in the environment variable TMPDIR"
        )
    with tempfile.TemporaryFile(prefix="medgan-tf-", dir=place) as file:
        try:
            for block in blocks:
                file.write(block.data)
            file.flush()
        except OSError as error:
            raise DataError(f"{array.path}: cannot be unpacked into {place}: {error.strerror}") from error
        return np.memmap(file, np.uint8, "r", shape=shape)


def _grey(block: np.ndarray) -> np.ndarray:
    """Colour [N, S, S, 3] to luma (ITU-R BT.601), as other colour images; grey [N, S, S] stays."""
    if block.ndim == 3:
        return np.ascontiguousarray(block)
    count, height, width, _ = block.shape
    return cv2.cvtColor(block.reshape(count * height, width, 3), cv2.COLOR_RGB2GRAY).reshape(count, height, width)
