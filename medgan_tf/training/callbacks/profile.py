"""Records where the time of the steps goes, for TensorBoard's profile plugin."""

from pathlib import Path

import keras
import tensorflow as tf

from medgan_tf.files.atomic import atomic_path

_FILE = "host.xplane.pb"


class Profile(keras.callbacks.Callback):
    """Records the calls from one step of this start of the run to another, host and devices.

    See ``tensorboard --logdir runs`` with the package `tensorboard-plugin-profile`.

    Args:
        folder: Folder that TensorBoard reads.
        steps: First and last step, counted from 1; calls that contain them are recorded whole.
    """

    def __init__(self, folder: Path, steps: tuple[int, int]):
        super().__init__()
        self.folder = folder
        self.first, self.last = steps
        self.before = 0
        self.recording = self.done = False

    def on_train_batch_begin(self, batch, logs=None):
        # `batch` is the first step of a call, counted from 0 within the tick.
        if not self.recording and not self.done and self.before + batch + self.model.steps_per_execution >= self.first:
            tf.profiler.experimental.start(str(self.folder))
            self.recording = True

    def on_train_batch_end(self, batch, logs=None):
        if self.recording and self.before + batch + 1 >= self.last:
            self._stop()

    def on_epoch_end(self, epoch, logs=None):
        self.before += self.params["steps"]

    def on_train_end(self, logs=None):
        if self.recording:
            self._stop()

    def _stop(self) -> None:
        tf.profiler.experimental.stop()
        self.recording, self.done = False, True
        for file in self.folder.glob("plugins/profile/*/*.xplane.pb"):
            _without_host(file)


def _without_host(file: Path) -> None:
    """Takes the name of the machine out of a recording and out of its file name."""
    # Only a recording needs it, and it is no public part of TensorFlow.
    from tensorflow.tsl.profiler.protobuf import xplane_pb2

    recording = xplane_pb2.XSpace.FromString(file.read_bytes())
    if recording.hostnames or file.name != _FILE:
        del recording.hostnames[:]
        with atomic_path(file.with_name(_FILE)) as partial:
            partial.write_bytes(recording.SerializeToString())
        if file.name != _FILE:
            file.unlink()
