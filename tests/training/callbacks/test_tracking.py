"""Every tick arrives at the tracker by images seen; what is not finite or not measured is left out."""

import math
from types import SimpleNamespace

from medgan_tf.gans.objective import AUXILIARY, METRICS
from medgan_tf.gans.penalties import PENALTIES
from medgan_tf.training.callbacks.fid import Evaluation, Verdict
from medgan_tf.training.callbacks.tracking import TrackTicks
from medgan_tf.training.state import Tick
from medgan_tf.training.tracking.tags import TAGS


class Noted:
    """A tracker that keeps what it is told."""

    def __init__(self):
        self.begun, self.told = [], []

    def begin(self, parameters):
        self.begun.append(dict(parameters))

    def measured(self, step, values):
        self.told.append((step, dict(values)))

    def end(self, status):
        raise NotImplementedError


def told(tick, fid=None):
    """What a tracker is told of one tick, and of the settings before."""
    tracker = Noted()
    callback = TrackTicks(tick, tracker, {"seed": 7}, fid)
    callback.on_train_begin()
    callback.on_epoch_end(0)
    assert tracker.begun == [{"seed": 7}]
    return tracker.told


def test_finite_values_are_told_by_their_tags():
    values = {"images_seen": 40, "loss_d": 5.0, "r1": math.nan, "seconds": 1.0, "fid": math.inf}
    assert told(Tick(0, 40, False, values)) == [(40, {"loss/discriminator": 5.0})]


def test_the_last_tick_also_tells_what_the_run_came_to():
    assert told(Tick(40, 80, True, {"r1": 0.5})) == [(80, {"penalty/r1": 0.5}), (80, {"final/images": 80})]


def fid_stop(stops, best, *history):
    history = [Evaluation(images, fid, 1.0) for images, fid in history]
    return SimpleNamespace(stops=stops, history=history, verdict=Verdict(best and Evaluation(*best, 1.0), 1, True))


def test_final_fid_is_that_of_the_exported_generator():
    last = Tick(40, 80, True, {})
    stopped = fid_stop(True, (40, 3.0), (40, 3.0), (80, 4.0))
    assert told(last, stopped)[-1] == (80, {"final/images": 80, "final/fid": 3.0})
    watched = fid_stop(False, (40, 3.0), (40, 3.0), (80, 4.0))
    assert told(last, watched)[-1] == (80, {"final/images": 80, "final/fid": 4.0})
    # An evaluation of an earlier generator says nothing about the last one; neither does one that failed.
    for fid in (fid_stop(False, None, (40, 3.0)), fid_stop(False, None, (80, math.nan)), fid_stop(True, None)):
        assert told(last, fid)[-1] == (80, {"final/images": 80})


def test_every_metric_of_training_has_a_tag():
    measured = {*METRICS, *AUXILIARY, *PENALTIES}
    assert measured - TAGS.keys() == set()
    assert len(set(TAGS.values())) == len(TAGS)
