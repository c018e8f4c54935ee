"""Scalars arrive in the event file by images seen; what is not finite or not measured is left out."""

import math

import tensorflow as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from medgan_tf.files.event_file import EventFile
from medgan_tf.gans.objective import AUXILIARY, METRICS
from medgan_tf.gans.penalties import PENALTIES
from medgan_tf.training.callbacks.tensorboard import TensorBoardScalars
from medgan_tf.training.state import Tick


def test_finite_values_are_written(tmp_path):
    scalars = TensorBoardScalars(Tick(), EventFile(tmp_path))
    for seen, penalty in ((40, math.nan), (80, 0.5)):
        scalars.tick.values = {"images_seen": seen, "loss_d": seen / 8, "r1": penalty, "seconds": 1.0}
        scalars.on_epoch_end(0)
    events = EventAccumulator(str(tmp_path)).Reload()
    found = {
        tag: [(event.step, tf.make_ndarray(event.tensor_proto).item()) for event in events.Tensors(tag)]
        for tag in events.Tags()["tensors"]
    }
    assert found == {"loss/discriminator": [(40, 5.0), (80, 10.0)], "penalty/r1": [(80, 0.5)]}


def test_every_metric_of_training_has_a_tag():
    measured = {*METRICS, *AUXILIARY, *PENALTIES}
    assert measured - TensorBoardScalars.GROUPS.keys() == set()
