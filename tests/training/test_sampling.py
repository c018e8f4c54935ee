"""Samples are the generator's own images, also after it has grown."""

from types import SimpleNamespace

import numpy as np
import tensorflow as tf

from medgan_tf.training.sampling import make_sampler


def test_samples_are_the_generators_images_of_its_present_structure():
    gan, traced = SimpleNamespace(structure=(8,)), []

    def generator(inputs, training):
        z, labels = inputs
        traced.append((gan.structure, training))
        # A Python value, as the layers in use of a growing generator are: fixed when the graph is traced.
        return tf.reduce_sum(z, axis=1) * gan.structure[0] + labels[:, 0]

    sample = make_sampler(gan, generator)
    z, labels = np.array([[1, 2], [3, 4]], np.float32), np.array([[0.5], [0.25]], np.float32)
    images = sample(z, labels)
    assert isinstance(images, np.ndarray)
    np.testing.assert_array_equal(images, [24.5, 56.25])
    np.testing.assert_array_equal(sample(z + 1, labels), [40.5, 72.25])
    assert traced == [((8,), False)]
    gan.structure = (16,)
    np.testing.assert_array_equal(sample(z, labels), [48.5, 112.25])
    assert traced[1:] == [((16,), False)]
