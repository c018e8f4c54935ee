"""The state of growth: what a phase sets, how a resolution fades in, and its form in Keras's files."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from medgan_tf.gans.growth import Growth
from medgan_tf.gans.schedule import Phase

FADING = Phase(16, True, 100, 200, 10, 0.1, 0.1)


@pytest.mark.parametrize(("seen", "fade"), [(100, 0.0), (150, 0.5), (190, 0.9), (200, 1.0), (300, 1.0)])
def test_fade_rises_linearly(seen, fade):
    growth = Growth(32)
    growth.enter_phase(FADING)
    assert (growth.structure, float(growth.fade.numpy())) == ((1, True), 1.0)
    growth.fade_in(tf.constant(seen, tf.int64), FADING)
    assert growth.fade.numpy() == np.float32(fade)


def test_no_fade_in_a_phase_that_stabilises():
    growth = Growth(32)
    stabilising = Phase(16, False, 100, 200, 10, 0.1, 0.1)
    growth.enter_phase(stabilising)
    growth.fade_in(tf.constant(110, tf.int64), stabilising)
    assert (growth.structure, float(growth.fade.numpy())) == ((1, False), 1.0)


def test_blend_by_hand():
    growth = Growth(32)
    growth.set_level_of_detail(1.75)
    np.testing.assert_allclose(growth.blend(tf.constant([0.0, 4.0]), tf.constant([8.0, 0.0])), [2.0, 3.0])


@pytest.mark.parametrize("level_of_detail", [0.0, 1.0, 0.3])
def test_an_equal_state_from_plain_values(level_of_detail):
    growth = Growth(64)
    growth.set_level_of_detail(level_of_detail)
    config = keras.saving.serialize_keras_object(growth)
    again = keras.saving.deserialize_keras_object(config)
    assert isinstance(again, Growth)
    assert (again.resolution, again.structure) == (64, growth.structure)
    assert again.fade.numpy() == growth.fade.numpy()
    again.set_level_of_detail(2.0)
    assert growth.level_of_detail() == pytest.approx(level_of_detail)
