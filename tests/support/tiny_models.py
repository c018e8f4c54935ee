"""Small SavedModels and graphs that stand for the large networks."""

from pathlib import Path

import numpy as np
import tensorflow as tf

IMAGES = np.random.default_rng(0).integers(0, 256, (5, 32, 32, 1), dtype=np.uint8)


class MeansModel(tf.Module):
    """`features`: mean and second moment of the pixels, and twice the mean, of uint8 [N, R, R, 1]."""

    def __init__(self, side=None, channels=1, dtype=tf.uint8, rank=2, argument="images"):
        super().__init__()
        self.gain = tf.Variable(2.0)
        self.rank = rank
        specification = tf.TensorSpec([None, side, side, channels], dtype, name=argument)
        self.features = tf.function(self._features, input_signature=[specification], autograph=False)

    def _features(self, images):
        values = tf.cast(images, tf.float32)
        mean = tf.reduce_mean(values, axis=[1, 2, 3])
        stacked = tf.stack([mean, tf.reduce_mean(values**2, axis=[1, 2, 3]) / 255, self.gain * mean], axis=1)
        return {"features": stacked if self.rank == 2 else stacked[:, :, None]}


def write_means_model(path: Path, signature="features", **options) -> Path:
    model = MeansModel(**options)
    tf.saved_model.save(model, str(path), signatures={signature: model.features})
    return path


def write_frozen_pool(path: Path, entry="ExpandDims") -> Path:
    """A graph with the names of the FID network: `pool_3` holds the mean of the input 2,048 times, plus 0, 1, 2, ..."""
    graph = tf.Graph()
    with graph.as_default():
        fed = tf.compat.v1.placeholder(tf.float32, [None, None, None, 3], name="placeholder")
        images = tf.identity(fed, name=entry)
        mean = tf.reduce_mean(images, axis=[1, 2, 3], keepdims=True)
        tf.identity(mean + tf.range(2048, dtype=tf.float32), name="pool_3")
    path.write_bytes(graph.as_graph_def().SerializeToString())
    return path


def means(images: np.ndarray) -> np.ndarray:
    """What `MeansModel` makes of images, in NumPy."""
    values = images.astype(np.float64)
    mean, square = values.mean(axis=(1, 2, 3)), (values**2).mean(axis=(1, 2, 3)) / 255
    return np.stack([mean, square, 2 * mean], axis=1)
