"""A linear classifier as a SavedModel with the signatures of a network's, see `classification.export`."""

from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from medgan_tf.classification.export import save_classifier, weights_sha256
from medgan_tf.classification.networks.logistic import Solution
from medgan_tf.errors import DataError
from medgan_tf.files.json_files import read_json
from medgan_tf.presentation.failures import one_line
from medgan_tf.saved_models.checkpoint_inspection import Variables

_NAMES = ("mean", "scale", "head", "offsets")


class LinearModule(tf.Module):
    """The object that is saved: the extractor's function, and what follows it, in float64 as it was fitted."""

    def __init__(self, solution: Solution, source, resolution: int):
        super().__init__(name="classifier")
        self.extractor, self.owner = source.network, getattr(source, "model", None)
        self.mean, self.scale, self.head, self.offsets = (
            tf.Variable(array, dtype=tf.float64, trainable=False) for array in solution.arrays()
        )
        images = tf.TensorSpec([None, resolution, resolution, 1], tf.uint8, name="images")
        self.features = tf.function(self._features, input_signature=[images], autograph=False)
        self.predict = tf.function(self._predict, input_signature=[images], autograph=False)

    def _features(self, images):
        found = tf.cast(self.extractor(images), tf.float32)
        return {"features": tf.ensure_shape(found, [None, self.mean.shape[0]])}

    def _predict(self, images):
        features = tf.cast(self._features(images)["features"], tf.float64)
        probabilities = tf.sigmoid((features - self.mean) / self.scale @ self.head + self.offsets)
        return {"probabilities": tf.cast(probabilities, tf.float32)}


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


def exported_solution(folder: Path) -> list[np.ndarray]:
    """The arrays of the exported linear classifier in a folder, see `Solution.arrays`.

    Raises:
        DataError: There is none, or it does not hold the weights that `model.json` names.
    """
    variables, card = folder / "model/variables", folder / "model.json"
    if not card.is_file() or not variables.is_dir():
        raise DataError(f"no classifier in {folder}: expected model.json and model/; `medgan-tf classify` makes them")
    Variables(variables)
    try:
        reader = tf.train.load_checkpoint(str(variables / "variables"))
        arrays = [np.asarray(reader.get_tensor(f"{name}/.ATTRIBUTES/VARIABLE_VALUE")) for name in _NAMES]
    except (ValueError, tf.errors.OpError) as error:
        raise DataError(f"{folder / 'model'} cannot be read: {one_line(error)}; train the classifier again") from error
    if weights_sha256(arrays) != read_json(card).get("weights_sha256"):
        raise DataError(f"{folder / 'model'} does not hold the weights that model.json names; train it again")
    return arrays
