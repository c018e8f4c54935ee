"""The only place that loads a SavedModel: after the check, and exactly what was checked."""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import tensorflow as tf

from medgan_tf.errors import DataError
from medgan_tf.saved_models.inspection import FILE, InspectedModel, inspect_saved_model


def load_saved_model(path: str | Path):
    """A SavedModel, checked and loaded. The result is what `tf.saved_model.load` gives.

    Raises:
        DataError: There is none, it is damaged, or it holds something that a model has no need of.
    """
    return load_inspected(inspect_saved_model(path))


def load_inspected(inspected: InspectedModel):
    """Loads a SavedModel that was checked: the bytes that were checked, even if the file has changed since.

    Raises:
        DataError: TensorFlow cannot load it, or it has no signatures.
    """
    path = inspected.path
    with tempfile.TemporaryDirectory(prefix="medgan-model-") as name:
        folder = Path(name)
        try:
            (folder / FILE).write_bytes(inspected.content)
            for part in ("variables", "assets"):
                _show_folder(path / part, folder / part)
            model = tf.saved_model.load(str(folder))
        except Exception as error:
            # A file that was made to be wrong meets assertions, missing keys and wrong types in TensorFlow's Python.
            reason = (str(error).splitlines() or [type(error).__name__])[0].replace(name, str(path))
            raise DataError(f"{path} cannot be loaded as a SavedModel: {reason}") from error
    if not isinstance(getattr(model, "signatures", None), Mapping):
        raise DataError(f"{path} has no signatures; export it again with tf.saved_model.save(..., signatures=...)")
    return model


def _show_folder(source: Path, target: Path) -> None:
    """Makes a folder visible at another place; as a copy where the system has no links."""
    if source.is_dir():
        try:
            target.symlink_to(source.resolve(), target_is_directory=True)
        except OSError:
            shutil.copytree(source, target)
