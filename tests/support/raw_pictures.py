"""Source files that hold nothing but 16x16 pixels, and a plan of a dataset of them, read in this process."""

from pathlib import Path

import numpy as np
import pandas as pd

from medgan_tf.data.build_plan import BuildPlan
from medgan_tf.data.looks.record import PrivateRecord
from medgan_tf.data.tables.table import FoldTable, Source
from medgan_tf.errors import DataError

SIDE, COUNT = 16, 12
PER_SHARD = 3
FOLDS = ["train"] * 6 + ["valid"] * 3 + ["test"] * 3


class RawPictures(Source):
    """`path` is a file of 256 bytes; counts what was read."""

    reads_in_processes = False

    def __init__(self):
        self.read = []

    def read_table(self):
        raise NotImplementedError

    def read_image(self, path):
        self.read.append(int(Path(path).name))
        try:
            data = Path(path).read_bytes()
        except OSError as error:
            raise DataError(f"{path}: {error.strerror}") from error
        if len(data) != SIDE * SIDE:
            raise DataError(f"{path}: is truncated")
        return np.frombuffer(data, np.uint8).reshape(SIDE, SIDE)


class Notes:
    """Progress that remembers."""

    def __init__(self):
        self.notes = []

    def __call__(self, done, total=None, note=""):
        pass

    def note(self, text):
        self.notes.append(text)

    def __contains__(self, text):
        return any(text in note for note in self.notes)


def picture(value):
    """A first row of 255, so that the image is stored as it is, and `value` below."""
    pixels = np.full((SIDE, SIDE), value, np.uint8)
    pixels[0] = 255
    return pixels


def write_picture(folder, number, value=None):
    """One of the source files; by default with ten times its number below the first row."""
    path = folder / "raw" / f"{number:02}"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(picture(10 * number if value is None else value).tobytes())
    return path


def write_pictures(folder):
    """All source files."""
    return [write_picture(folder, number) for number in range(COUNT)]


def image_id(number):
    return f"{number:014x}"


def raw_plan(folder, **values):
    """Four shards of three images; files and plan lie in `folder`."""
    paths = [folder / "raw" / f"{number:02}" for number in range(COUNT)]
    frame = pd.DataFrame({"path": map(str, paths), "fold": FOLDS, "copy": 0})
    frame = frame.assign(image_id=frame.path, patient_id=frame.path)
    names = np.array([image_id(number) for number in range(COUNT)])
    defaults = {
        "path": folder / "dataset",
        "folds": FoldTable(frame, np.ones((COUNT, 1), np.uint8), ("finding",), ()),
        "image_ids": names,
        "patients": names,
        "build_hash": "0" * 64,
        "resolution": SIDE,
        "encoding": "raw",
        "max_unreadable": 0.5,
        "manifest_values": {"name": "raw"},
        "workers": 1,
        "per_shard": PER_SHARD,
        "record": PrivateRecord(folder / "private" / "raw-00000000"),
    }
    return BuildPlan(**{**defaults, **values})


def stored_pictures(dataset):
    """The value below the first row of every stored image, by its number."""
    found = {}
    for fold in ("train", "valid", "test"):
        arrays = dataset.read_fold(fold)
        for name, pixels in zip(arrays.image_ids, arrays.images, strict=True):
            values = np.unique(pixels[1:])
            assert (pixels[0] == 255).all() and len(values) == 1
            found[int(name, 16)] = int(values[0])
    return found
