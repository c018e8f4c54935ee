"""A SavedModel that only sees brightness and contrast."""

from pathlib import Path

import tensorflow as tf


class Brightness(tf.Module):
    """Mean and standard deviation of the pixels."""

    @tf.function(input_signature=[tf.TensorSpec([None, None, None, 1], tf.uint8, name="images")], autograph=False)
    def features(self, images):
        values = tf.cast(images, tf.float32)
        mean = tf.reduce_mean(values, axis=[1, 2, 3])
        return {"features": tf.stack([mean, tf.math.reduce_std(values, axis=[1, 2, 3])], axis=1)}


def write_brightness_model(path: Path) -> Path:
    model = Brightness()
    tf.saved_model.save(model, str(path), signatures={"features": model.features})
    return path
