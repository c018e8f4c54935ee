"""Scalars for TensorBoard, after every tick."""

import math

import keras

from medgan_tf.files.event_file import EventFile
from medgan_tf.training.state import Tick


class TensorBoardScalars(keras.callbacks.Callback):
    """Losses, scores, gradient norms, speed and memory for TensorBoard, by images seen.

    Args:
        tick: The measured tick.
        events: Shared event file.
    """

    GROUPS = {
        "loss_d": "loss/discriminator",
        "loss_g": "loss/generator",
        "score_real": "score/real",
        "score_fake": "score/fake",
        "gradient_norm": "penalty/gradient_norm",
        "gradients_g": "gradients/generator",
        "gradients_d": "gradients/discriminator",
        "images_per_second": "speed/images_per_second",
        "fid": "fidelity/fid",
        "diversity": "watchdog/diversity",
        "rollbacks": "watchdog/rollbacks",
        "r_t": "score/r_t",
        "r1": "penalty/r1",
        "r2": "penalty/r2",
        "augmentation_strength": "augmentation/strength",
        "auxiliary_real": "auxiliary/real",
        "auxiliary_fake": "auxiliary/fake",
        "resolution": "growth/resolution",
        "fade": "growth/fade",
        "epsilon": "privacy/epsilon",
        "accuracy_fake": "privacy/accuracy_fake",
        "discriminator_steps": "privacy/discriminator_steps",
        "memory_gib": "memory/process_gib",
        "gpu_memory_gib": "memory/gpu_gib",
    }

    def __init__(self, tick: Tick, events: EventFile):
        super().__init__()
        self.tick = tick
        self.events = events

    def on_epoch_end(self, epoch, logs=None):
        values = self.tick.values
        finite = {tag: values[name] for name, tag in self.GROUPS.items() if math.isfinite(values.get(name, math.nan))}
        self.events.scalars(values["images_seen"], finite)
        self.events.flush()
