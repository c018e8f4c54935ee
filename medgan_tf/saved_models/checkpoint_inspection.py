"""The check of a SavedModel's variables: numbers that are really there, and nothing that restores itself."""

from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf import trackable_object_graph_pb2

from medgan_tf.errors import DataError
from medgan_tf.saved_models.bounded_parsing import parse_message
from medgan_tf.saved_models.findings import shown

OBJECTS = "_CHECKPOINTABLE_OBJECT_GRAPH"
_LARGEST_INDEX = 2**24
_DAMAGED = "copy or export it again"


class Variables:
    """The values of a SavedModel's variables, checked before any is read.

    Args:
        folder: The folder `variables`.

    Attributes:
        stored: Bytes in the files of the values.
        objects: The objects that own the variables, as the checkpoint lists them.

    Raises:
        DataError: The folder or a file is not what it should be, or a variable is larger than the file.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        files = sorted(folder.iterdir()) if folder.is_dir() else []
        for file in files:
            check_plain_file(file)
        index = folder / "variables.index"
        if index not in files:
            raise DataError(f"no variables in {folder}: expected variables.index there; {_DAMAGED}")
        if index.stat().st_size > _LARGEST_INDEX:
            raise DataError(f"{index} is larger than {_LARGEST_INDEX >> 20} MB, so it is no index of variables")
        self.stored = sum(file.stat().st_size for file in files if ".data-" in file.name)
        try:
            self._reader = tf.train.load_checkpoint(str(folder / "variables"))
            self._shapes = self._reader.get_variable_to_shape_map()
            self._dtypes = self._reader.get_variable_to_dtype_map()
        except (ValueError, RuntimeError, tf.errors.OpError) as error:
            raise self._damaged(error) from error
        self._check_sizes()
        self.objects = self._read_objects()

    def _damaged(self, error: Exception) -> DataError:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        return DataError(f"{self.folder} is damaged: {reason}; {_DAMAGED}")

    def _check_sizes(self) -> None:
        whole = 0
        for name, shape in self._shapes.items():
            dtype = self._dtypes[name]
            if dtype == tf.string:
                if shape:
                    raise DataError(f"{self.folder} is refused: the variable {shown(name)} holds texts")
            elif dtype in (tf.variant, tf.resource):
                raise DataError(f"{self.folder} is refused: the variable {shown(name)} is no number")
            else:
                whole += int(np.prod(shape, dtype=object)) * np.dtype(dtype.as_numpy_dtype).itemsize
        if whole > self.stored:
            raise DataError(
                f"{self.folder} is refused: its variables would take {whole:,} bytes, but its files have "
                f"{self.stored:,}; {_DAMAGED}"
            )

    def _read_objects(self) -> trackable_object_graph_pb2.TrackableObjectGraph:
        if OBJECTS not in self._shapes:
            raise DataError(f"{self.folder} is refused: it does not say which object owns which variable; {_DAMAGED}")
        found = trackable_object_graph_pb2.TrackableObjectGraph()
        parse_message(self.read(OBJECTS), found, self.folder, "a list of the objects that own the variables")
        for one in found.nodes:
            if one.HasField("registered_saver"):
                name = shown(one.registered_saver.name)
                raise DataError(f"{self.folder} is refused: an object is restored by the registered function {name}")
        return found

    def read(self, key: str) -> np.ndarray | bytes:
        """A variable's value. Raises `DataError` if it cannot be read."""
        try:
            return self._reader.get_tensor(key)
        except (ValueError, RuntimeError, tf.errors.OpError) as error:
            raise self._damaged(error) from error


def check_plain_file(file: Path) -> None:
    """Raises `DataError` for a folder, pipe or device, whose reading may never end. A link to a file is a file."""
    if not file.is_file():
        raise DataError(f"{file} is refused: expected a file, not a folder, pipe, device or broken link")
