"""Built-in synthetic anatomy: made where it is missing, then read by the reader of the dataset whose layout it has."""

import logging
import time
from pathlib import Path

import numpy as np

from medgan_tf.data.sources.phantom.settings import Options
from medgan_tf.data.tables.table import Source, SourceTable
from medgan_tf.errors import DataError
from medgan_tf.phantom.folder import build_phantom, is_complete
from medgan_tf.registry import SOURCES

_LOG = logging.getLogger(__name__)
_READERS = {"chest": "chexpert", "head": "rsna"}
_SECONDS_BETWEEN_NOTES = 5.0


@SOURCES.register("phantom")
class PhantomSource(Source):
    """Labelled synthetic radiographs (chest) or CT slices (head).

    `read_table` first makes the phantom in `root` unless a complete one with the same options is there; a folder that
    holds anything else is never touched.

    Args:
        root: Folder of the phantom; need not exist.
        options: `data.options` of the experiment.
    """

    def __init__(self, root: str, options: Options):
        self.root = root
        self.options = options
        name = _READERS[options.modality]
        self._reader = SOURCES.get(name)(str(root), SOURCES.settings(name).Options())
        self.reads_in_processes = self._reader.reads_in_processes

    def read_table(self) -> SourceTable:
        """All images with their label states; makes the phantom first if need be. See `Source.read_table`.

        Raises `DataError` if `root` holds something other than a phantom or cannot be written, or, when only counting,
        if the phantom is not there.
        """
        options = self.options
        self._reader.counts_only = self.counts_only
        if not self.counts_only:
            build_phantom(self.root, options.modality, options.patients, options.seed, _Notes(Path(self.root).name))
        elif not is_complete(self.root, options.modality, options.patients, options.seed):
            raise DataError(
                f"{self.root}: the phantom is not there, and counting writes nothing; make it first with medgan-tf "
                "prepare or medgan-tf phantom"
            )
        return self._reader.read_table()

    def read_image(self, path: str) -> np.ndarray:
        """One image, uint8 grey [H, W]; see `Source.read_image`."""
        return self._reader.read_image(path)

    def file_of(self, path: str) -> str | None:
        """See `Source.file_of`."""
        return self._reader.file_of(path)


class _Notes:
    """Progress for the log: a line when the build starts, then one every few seconds, with the remaining time."""

    def __init__(self, name: str):
        self._name = name
        self._start = self._last = time.monotonic()
        self._begun = False

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if not self._begun:
            _LOG.info("making the phantom %s: %d patients", self._name, total)
            self._begun = True
        if now - self._last < _SECONDS_BETWEEN_NOTES and done < total:
            return
        self._last = now
        remaining = (now - self._start) / done * (total - done)
        _LOG.info("phantom: %d of %d patients, %.0f s remaining", done, total, remaining)
