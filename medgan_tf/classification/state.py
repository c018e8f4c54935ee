"""Files from which an interrupted training of the classifier goes on: arrays and a list of epochs."""

import logging
import math
from pathlib import Path
from typing import Any

import numpy as np

from medgan_tf.errors import DataError, RunError
from medgan_tf.files.atomic import atomic_path
from medgan_tf.files.json_files import parse_json
from medgan_tf.files.npz_files import read_arrays
from medgan_tf.files.result_files import json_text

log = logging.getLogger(__name__)


class TrainingState:
    """The newest and the best epoch of one training, in a folder that is removed when the training is finished.

    Args:
        folder: Made when something is saved.
        key: Hash of everything that decides the result; a state with another key is not resumed.
    """

    def __init__(self, folder: Path, key: str):
        self.folder = folder
        self.key = key

    def save(self, weights: list, optimizer: list, history: list[dict[str, Any]], is_best: bool) -> None:
        """Saves the epoch that just ended. Raises `RunError` when it cannot be written; the one before stays."""
        # The best first: interrupted in between, the epoch is repeated and gives the same weights again.
        if is_best:
            self._write("best", {"weights": weights}, {"key": self.key, "epoch": len(history)})
        self._write("last", {"weights": weights, "optimizer": optimizer}, {"key": self.key, "history": history})

    def load_last(self) -> tuple[list[np.ndarray], list[np.ndarray], list[dict[str, Any]]] | None:
        """Weights, optimizer variables and history of the newest epoch; None to begin from the start."""
        read = self._read("last")
        return None if read is None else (read[0]["weights"], read[0]["optimizer"], _history(read[1]["history"]))

    def load_best(self) -> list[np.ndarray] | None:
        """Weights of the best epoch."""
        read = self._read("best")
        return None if read is None else read[0]["weights"]

    def remove(self) -> None:
        """Removes the files, and the folder if nothing else is in it."""
        for name in ("last", "best"):
            self._path(name).unlink(missing_ok=True)
        if self.folder.is_dir() and not any(self.folder.iterdir()):
            self.folder.rmdir()

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.npz"

    def _write(self, name: str, parts: dict[str, list], description: dict[str, Any]) -> None:
        arrays = {f"{part}-{i:04d}": np.asarray(a) for part, values in parts.items() for i, a in enumerate(values)}
        try:
            with atomic_path(self._path(name)) as partial:
                np.savez(partial, description=np.array(json_text(description)), **arrays)
        except OSError as error:
            raise RunError(
                f"cannot write {self.folder}: {error.strerror}; the epoch before is kept, the same command resumes"
            ) from error

    def _read(self, name: str) -> tuple[dict[str, list[np.ndarray]], dict[str, Any]] | None:
        path = self._path(name)
        if not path.is_file():
            return None
        try:
            arrays = read_arrays(path)
            # Version 0.1 wrote NaN.
            description = parse_json(str(arrays.pop("description")), finite=False)
            parts: dict[str, list[np.ndarray]] = {"weights": [], "optimizer": []}
            for key in sorted(arrays):
                parts[key.split("-")[0]].append(arrays[key])
            fits = description["key"] == self.key
        except (DataError, ValueError, KeyError, TypeError) as error:
            log.warning("%s cannot be read (%s); the classifier is trained from the start", path, type(error).__name__)
            return None
        return (parts, description) if fits else None


def _history(epochs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The epochs as they were: a mean AUC that is not defined is NaN, for which the file has null."""
    return [{**epoch, "mean_auc": math.nan} if epoch.get("mean_auc", 0) is None else epoch for epoch in epochs]
