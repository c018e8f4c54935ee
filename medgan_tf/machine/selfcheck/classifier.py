"""Part `classifier`: images/s of training DenseNet-121, with all work around its steps."""

import functools
from dataclasses import asdict

import tensorflow as tf

from medgan_tf.machine.classifier_benchmark import classifier_here
from medgan_tf.machine.selfcheck.cases import REPORTED, Case, Outcome

_FORMATS = {"float32": "float32", "bfloat16": "mixed_bfloat16"}


def cases() -> list[Case]:
    """The quickstart's size; on a GPU the paper's, too. `float32` is TF32 on a GPU that has it, as in trainings."""
    gpu = bool(tf.config.list_physical_devices("GPU"))
    # On two cores DenseNet-121 takes a third of a second for a step, besides half a minute for its graphs.
    steps = 10 if gpu else 2
    sizes = ((32, 32), (224, 32)) if gpu else ((32, 32),)
    return [
        Case(f"{side} pixels, {name}", False, functools.partial(measured, side, batch, name, steps))
        for side, batch in sizes
        for name in _FORMATS
    ]


def measured(side: int, batch: int, number_format: str, steps: int) -> Outcome:
    """Trains for a few epochs of a few steps, in turns with bare steps of a plain network of Keras."""
    speed = classifier_here(side, batch, _FORMATS[number_format], steps)
    text = f"{speed.training_rate:.1f} img/s, {speed.training_fraction:.2f} of a plain Keras network's rate"
    values = {name: value for name, value in asdict(speed).items() if name != "precision"}
    return Outcome(REPORTED, text, {"number_format": number_format, **values})
