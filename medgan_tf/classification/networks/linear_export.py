"""A linear classifier as a SavedModel with the signatures of a network's, see `classification.export`."""

from pathlib import Path
from typing import Any

import tensorflow as tf

from medgan_tf.classification.export import save_classifier
from medgan_tf.classification.networks.logistic import Solution


class LinearModule(tf.Module):
    """The object that is saved: the extractor's function, and what follows it, in float32."""

    def __init__(self, solution: Solution, source, resolution: int):
        super().__init__(name="classifier")
        self.extractor, self.owner = source.network, getattr(source, "model", None)
        self.mean, self.scale, self.head, self.offsets = (
            tf.Variable(array, dtype=tf.float32, trainable=False) for array in solution.arrays()
        )
        images = tf.TensorSpec([None, resolution, resolution, 1], tf.uint8, name="images")
        self.features = tf.function(self._features, input_signature=[images], autograph=False)
        self.predict = tf.function(self._predict, input_signature=[images], autograph=False)

    def _features(self, images):
        found = tf.cast(self.extractor(images), tf.float32)
        return {"features": tf.ensure_shape(found, [None, self.mean.shape[0]])}

    def _predict(self, images):
        standard = (self._features(images)["features"] - self.mean) / self.scale
        return {"probabilities": tf.sigmoid(standard @ self.head + self.offsets)}


def export_linear(folder: Path, solution: Solution, source, resolution: int, card: dict[str, Any]) -> None:
    """Saves `model/` and `model.json` into `folder`.

    Args:
        folder: The classifier folder.
        solution: Weights and offsets.
        source: The extractor, which the model holds too.
        resolution: Side of the images.
        card: What `model.json` says.

    Raises:
        RunError: It could not be written; an earlier export is untouched.
    """
    save_classifier(folder, LinearModule(solution, source, resolution), solution.arrays(), card)
