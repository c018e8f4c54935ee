"""What an exported generator computes, whether it comes as weights or as a SavedModel: two functions to images.

- ``generate(z float32 [N, Z], labels float32 [N, L]) -> images float32 [N, R, R, 1]``, about -1..1;
- ``sample(labels float32 [N, L], seed int64 []) -> images uint8 [N, R, R, 1]``, 0..255, noise from the seed.
"""

import keras
import tensorflow as tf

from medgan_tf.gans.draws import normal


class ImageFunctions(tf.Module):
    """A generator and its two functions.

    Args:
        generator: Keras model ``([z, labels]) -> images``.
    """

    def __init__(self, generator: keras.Model):
        super().__init__(name="generator")
        self.network = generator
        latents = tf.TensorSpec([None, generator.latent_size], tf.float32, name="z")
        labels = tf.TensorSpec([None, generator.label_count], tf.float32, name="labels")
        seed = tf.TensorSpec([], tf.int64, name="seed")
        # Autograph reads the source files again, and would fail if the package was updated during a run of days.
        self.generate = tf.function(self._generate, input_signature=[latents, labels], autograph=False)
        self.sample = tf.function(self._sample, input_signature=[labels, seed], autograph=False)

    def _generate(self, z, labels):
        return self.network([z, labels], training=False)

    def _sample(self, labels, seed):
        pair = tf.stack([seed, tf.zeros_like(seed)])
        images = self._generate(normal(pair, [tf.shape(labels)[0], self.network.latent_size]), labels)
        return tf.cast(tf.clip_by_value(tf.round(images * 127.5 + 127.5), 0.0, 255.0), tf.uint8)
