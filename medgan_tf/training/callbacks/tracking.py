"""Hands every tick to what follows the training: TensorBoard, and MLflow where it was asked for."""

import math
from collections.abc import Mapping

import keras

from medgan_tf.training.callbacks.fid import FidStop
from medgan_tf.training.state import Tick
from medgan_tf.training.tracking.tags import FINAL_FID, FINAL_IMAGES, tagged
from medgan_tf.training.tracking.tracker import Parameter, Tracker


class TrackTicks(keras.callbacks.Callback):
    """The settings before the first step, the numbers of each tick by images seen, and what the run came to.

    Args:
        tick: The measured tick.
        tracker: What follows the run.
        parameters: The settings of the run.
        fid: FID while training, or None.
    """

    def __init__(self, tick: Tick, tracker: Tracker, parameters: Mapping[str, Parameter], fid: FidStop | None = None):
        super().__init__()
        self.tick = tick
        self.tracker = tracker
        self.parameters = parameters
        self.fid = fid

    def on_train_begin(self, logs=None):
        self.tracker.begin(self.parameters)

    def on_epoch_end(self, epoch, logs=None):
        images_seen = self.tick.after
        self.tracker.measured(images_seen, tagged(self.tick.values))
        if self.tick.last:
            self.tracker.measured(images_seen, self._final(images_seen))

    def _final(self, images_seen: int) -> dict[str, float]:
        """Images seen, and FID of the generator that is exported: the best one where FID may stop the run."""
        best = self.fid.verdict.best if self.fid is not None and self.fid.stops else None
        last = self.fid.history[-1] if self.fid is not None and self.fid.history else None
        chosen = best or (last if last is not None and last.images_seen == images_seen else None)
        return {FINAL_IMAGES: images_seen} | (
            {FINAL_FID: chosen.fid} if chosen is not None and math.isfinite(chosen.fid) else {}
        )
