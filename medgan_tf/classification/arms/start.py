"""The weights that fine-tuning starts from: those of an exported classifier, read back and compared with their hash."""

from pathlib import Path

import numpy as np
import tensorflow as tf

from medgan_tf.classification.export import ClassifierModule, as_exported, weights_sha256
from medgan_tf.classification.network import build_network
from medgan_tf.config.schema import ClassifierConfig
from medgan_tf.errors import DataError
from medgan_tf.files.json_files import read_json
from medgan_tf.presentation.failures import one_line
from medgan_tf.saved_models.checkpoint_inspection import Variables


def exported_weights(folder: Path, label_count: int, resolution: int, config: ClassifierConfig) -> list[np.ndarray]:
    """The weights of the exported classifier in a folder, in the network's order.

    Args:
        folder: The classifier folder, with `model/` and `model.json`.
        label_count: L.
        resolution: R, side of the stored images, pixels.
        config: The section that it was trained with.

    Raises:
        DataError: There is none, or it does not hold the weights that `model.json` names.
    """
    again = "train it again with `medgan-tf classify --restart`"
    if not (folder / "model.json").is_file() or not (folder / "model" / "saved_model.pb").is_file():
        raise DataError(f"no classifier to start from in {folder}: expected model/ and model.json; {again}")
    Variables(folder / "model" / "variables")
    network = build_network(label_count, resolution, as_exported(config), seed=0)
    try:
        status = tf.train.Checkpoint(root=ClassifierModule(network)).read(str(folder / "model/variables/variables"))
        status.assert_existing_objects_matched()
    except (AssertionError, ValueError, tf.errors.OpError) as error:
        raise DataError(f"{folder / 'model'} cannot be read ({one_line(error)}); {again}") from error
    weights = network.get_weights()
    if weights_sha256(weights) != read_json(folder / "model.json").get("weights_sha256"):
        raise DataError(f"{folder / 'model'} does not hold the weights that model.json names; {again}")
    return weights
