"""GANs that are kept between trainings of equal settings in one process, so that their graphs are traced once.

To make the networks and to trace and optimise the graphs of a step takes five seconds, a training of 160 images one.
Every training gets the GAN as it was when it was made: each variable made with it has its first value, each attribute
is what it was. So what a checkpoint does not hold is missing after a resume, as in a process of its own, which
`test_kills.py` and `test_version_before.py` use. For modules whose subject is the run around the networks.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import keras
import numpy as np
import pytest
import tensorflow as tf

from medgan_tf.gans.gan import ConditionalGan
from medgan_tf.gans.resolve import plan_phases
from medgan_tf.training import loop
from medgan_tf.training.callbacks import fid_measure, samples, watchdog
from medgan_tf.training.multi_step import MultiStepFunction

# What a GAN's graphs do not depend on.
AROUND = frozenset(
    "output total_images images_per_tick steps_per_call sample_ticks sample_columns sample_rows checkpoint_ticks "
    "keep_checkpoints tensorboard tracking tracking_uri watchdog".split()
)


class Kept(NamedTuple):
    """A GAN with the attributes and values that it was made with, and the functions traced for it."""

    gan: ConditionalGan
    attributes: dict
    values: list[tuple[tf.Variable, np.ndarray]]
    functions: dict


class KeptGans:
    """Stands in for what makes GANs, their training functions and their samplers, until `forget`."""

    def __init__(self, patch: pytest.MonkeyPatch):
        self._kept: dict[tuple, Kept] = {}
        self._make_gan, self._make_function = loop.make_gan, MultiStepFunction._make_function
        patch.setattr(loop, "make_gan", self.make_gan)
        patch.setattr(MultiStepFunction, "_make_function", lambda steps: self.make_function(steps))
        for module in (fid_measure, samples, watchdog):
            patch.setattr(module, "make_sampler", self._kept_sampler(module.make_sampler))

    def forget(self) -> None:
        """The next training makes everything anew."""
        self._kept.clear()

    def make_gan(self, experiment, dataset, labels, strategy) -> ConditionalGan:
        """In the place of `loop.make_gan`. A private training has a GAN of its own."""
        if experiment.private:
            return self._make_gan(experiment, dataset, labels, strategy)
        training = experiment.training.model_dump_json(exclude=set(AROUND))
        # A test may have replaced parts of the step by its own.
        step = (ConditionalGan.train_step, ConditionalGan.generator_loss, ConditionalGan.fit)
        settings = (experiment.gan.model_dump_json(), training, experiment.seed, dataset.resolution)
        key = (settings, labels.shape, labels.tobytes(), step)
        if key in self._kept:
            return _as_made(self._kept[key], experiment)
        values = []

        def noted(make: Callable, **options) -> tf.Variable:
            values.append(make(**options))
            return values[-1]

        with tf.variable_creator_scope(noted):
            gan = self._make_gan(experiment, dataset, labels, strategy)
        # A network that grows keeps in Python how far it has grown; variables of several replicas are not one value.
        if gan.structure == () and strategy.num_replicas_in_sync == 1:
            self._kept[key] = Kept(gan, dict(vars(gan)), [(variable, variable.numpy()) for variable in values], {})
        return gan

    def make_function(self, steps: MultiStepFunction) -> Callable:
        """In the place of `MultiStepFunction._make_function`."""
        functions = self._functions(steps.gan)
        # Where a phase ends is no part of a step.
        key = ("steps", replace(steps.gan.phase, end=0))
        if key not in functions:
            functions[key] = self._make_function(steps)
        return functions[key]

    def _kept_sampler(self, make: Callable) -> Callable:
        def make_sampler(gan, generator):
            functions, key = self._functions(gan), ("sampler", generator.name)
            if key not in functions:
                functions[key] = make(gan, generator)
            return functions[key]

        return make_sampler

    def _functions(self, gan: ConditionalGan) -> dict:
        return next((kept.functions for kept in self._kept.values() if kept.gan is gan), {})


def _as_made(kept: Kept, experiment) -> ConditionalGan:
    gan = kept.gan
    vars(gan).clear()
    vars(gan).update(kept.attributes)
    for variable, value in kept.values:
        variable.assign(value)
    # As `make_gan` leaves it, for a training of another length.
    keras.utils.set_random_seed(experiment.seed)
    gan.training_config = experiment.training
    gan.enter_phase(plan_phases(experiment.gan, gan.resolution, experiment.training)[0], begins=True)
    return gan
