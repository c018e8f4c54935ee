"""Event files for TensorBoard whose names and content do not say on which machine they were written.

`tf.summary.create_file_writer` puts the host name into the name of every file, and leaves no way to keep it out. The
format itself is simple: records of one `Event` message each, as `tf.summary` writes them.
"""

import time
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from medgan_tf.files.atomic import atomic_path

_FIRST = tf.compat.v1.Event(file_version="brain.Event:2")
# Before all others, as TensorBoard takes the first record of a kind that it finds.
_RECORD = "events.out.tfevents.0000000000.0000.record"


class EventFile:
    """One new file in a folder that TensorBoard reads; earlier files there are gone on with.

    The file is made by the first event. Only the process that has opened it writes it.

    Args:
        folder: The folder; made when it is missing.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self._writer: tf.io.TFRecordWriter | None = None

    def scalars(self, step: int, values: dict[str, float]) -> None:
        """Adds numbers, by tag."""
        parts = {tag: tf.make_tensor_proto(np.float32(value)) for tag, value in values.items()}
        self._add(step, "scalars", parts)

    def picture(self, step: int, tag: str, png: bytes, width: int, height: int) -> None:
        """Adds a picture, as the bytes of a PNG file of that size in pixels."""
        self._add(step, "images", {tag: tf.make_tensor_proto([str(width).encode(), str(height).encode(), png])})

    def summary(self, step: int, summary: tf.compat.v1.Summary) -> None:
        """Adds what a plugin of TensorBoard has made."""
        self._write(tf.compat.v1.Event(step=step, summary=summary))

    def record(self, summary: tf.compat.v1.Summary) -> None:
        """Writes what a folder has once, into a file of its own, in place of what was written there before."""
        with atomic_path(self.folder / _RECORD) as partial:
            writer = tf.io.TFRecordWriter(str(partial))
            writer.write(_dated(_FIRST))
            writer.write(_dated(tf.compat.v1.Event(summary=summary)))
            writer.close()

    def flush(self) -> None:
        """Hands everything to the operating system, so that TensorBoard sees it."""
        if self._writer is not None:
            self._writer.flush()

    def close(self) -> None:
        """Closes the file; a later event would start another one."""
        if self._writer is not None:
            self._writer.close()
        self._writer = None

    def _add(self, step: int, plugin: str, parts: dict[str, Any]) -> None:
        data = tf.compat.v1.SummaryMetadata.PluginData(plugin_name=plugin)
        metadata = tf.compat.v1.SummaryMetadata(plugin_data=data)
        for tag, tensor in parts.items():
            value = tf.compat.v1.Summary.Value(tag=tag, tensor=tensor, metadata=metadata)
            self._write(tf.compat.v1.Event(step=step, summary=tf.compat.v1.Summary(value=[value])))

    def _write(self, event: tf.compat.v1.Event) -> None:
        if self._writer is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._writer = tf.io.TFRecordWriter(str(self._new_path()))
            self._writer.write(_dated(_FIRST))
        self._writer.write(_dated(event))

    def _new_path(self) -> Path:
        """A name that TensorBoard sorts behind those of earlier starts."""
        second, number = int(time.time()), 0
        while (path := self.folder / f"events.out.tfevents.{second:010d}.{number:04d}.v2").exists():
            number += 1
        return path


def _dated(event: tf.compat.v1.Event) -> bytes:
    """An event with the time of now, as it stands in a file."""
    dated = tf.compat.v1.Event(wall_time=time.time())
    dated.MergeFrom(event)
    return dated.SerializeToString()
