"""The trained classifier as a SavedModel that needs nothing but TensorFlow.

Signatures:

- ``predict(images uint8 [N, R, R, 1]) -> {"probabilities": float32 [N, L]}``;
- ``features(images uint8 [N, R, R, 1]) -> {"features": float32 [N, C]}``, the globally pooled last layer;
  C = 1024 for DenseNet-121.

Beside the folder, `model.json` says what the columns are and what the model was made from.
"""

import collections
import functools
import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from medgan_tf.classification.network import build_network, layers_of
from medgan_tf.classification.networks.backbones import FrozenBackbone
from medgan_tf.classification.settings import DENSENET
from medgan_tf.config.schema import ClassifierConfig
from medgan_tf.errors import RunError
from medgan_tf.files.atomic import atomic_path, replace_folder
from medgan_tf.files.result_files import json_text


class ClassifierModule(tf.Module):
    """The object that is saved or read: the network's variables and its two functions.

    Its variables have the names that they have in a saved Keras network, so that what was saved as one is read too.
    """

    def __init__(self, network: keras.Model):
        super().__init__(name="classifier")
        self.network = _variables_of(network)
        resolution = network.input.shape[1]
        images = tf.TensorSpec([None, resolution, resolution, 1], tf.uint8, name="images")
        # Traced and saved once; both signatures call it.
        both = functools.partial(_both, network)
        self.both = tf.function(both, input_signature=[images], autograph=False)
        self.features = tf.function(self._features, input_signature=[images], autograph=False)
        self.predict = tf.function(self._predict, input_signature=[images], autograph=False)

    def _features(self, images):
        return {"features": self.both(images)[0]}

    def _predict(self, images):
        return {"probabilities": self.both(images)[1]}


def _both(network: keras.Model, images: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    return tuple(network(images, training=False))


def _variables_of(network: keras.Model) -> tf.Module | keras.Model:
    """The network's variables, each at the path from the network to it, and nothing else of the network.

    Of a Keras network TensorFlow would save thousands of Python objects, and trace functions for serving that nobody
    calls: four fifths of the time of an export. A frozen backbone holds more than variables, so it is saved whole.
    """
    if any(isinstance(layer, FrozenBackbone) for layer in layers_of(network)):
        return network
    view, root = tf.train.TrackableView(network), tf.Module()
    seen, waiting = {id(network): network}, collections.deque([((), network)])
    # Breadth first, as TensorFlow looks for the name of a variable.
    while waiting:
        path, parent = waiting.popleft()
        for name, child in view.children(parent).items():
            if id(child) in seen:
                continue
            seen[id(child)] = child
            if isinstance(child, keras.Variable):
                _place(root, (*path, name), child.value)
            else:
                waiting.append(((*path, name), child))
    return root


def _place(root: tf.Module, path: tuple[str, ...], variable: tf.Variable) -> None:
    for name in path[:-1]:
        if not hasattr(root, name):
            setattr(root, name, tf.Module())
        root = getattr(root, name)
    setattr(root, path[-1], variable)


def weights_sha256(weights: Sequence[np.ndarray]) -> str:
    """SHA-256 over shapes and values of the weights, in the network's order."""
    digest = hashlib.sha256()
    for array in weights:
        digest.update(f"{array.shape} {array.dtype}".encode() + np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def export_classifier(
    folder: Path, weights: Sequence[np.ndarray], config: ClassifierConfig, card: dict[str, Any]
) -> None:
    """Saves `model/` and `model.json` into `folder`, computing in float32 whatever the network was trained in.

    Args:
        folder: The classifier folder.
        weights: Weights of a network from `build_network`.
        config: The section it was trained with.
        card: `label_names`, `resolution`, and whatever else `model.json` should say.

    Raises:
        RunError: It could not be written; an earlier export is untouched.
    """
    # Outside any strategy, so that plain variables are saved and the model loads on one CPU.
    network = build_network(len(card["label_names"]), card["resolution"], as_exported(config), seed=0)
    network.set_weights(weights)
    save_classifier(folder, ClassifierModule(network), weights, card)


def as_exported(config: ClassifierConfig) -> ClassifierConfig:
    """The settings of the network that is saved; its weights are set afterwards."""
    plain = {"precision": "float32"}
    # Of other networks the form may depend on the start.
    return config.model_copy(update=plain | ({"weights": "none"} if config.architecture == DENSENET else {}))


def save_classifier(folder: Path, module: tf.Module, weights: Sequence[np.ndarray], card: dict[str, Any]) -> None:
    """Saves `model/` with the functions `features` and `predict` of a module, and `model.json`.

    Raises:
        RunError: It could not be written; an earlier export is untouched.
    """
    target, partial = folder / "model", folder / ".partial-model"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(partial, ignore_errors=True)
        signatures = {"features": module.features, "predict": module.predict}
        tf.saved_model.save(module, str(partial), signatures=signatures)
        replace_folder(partial, target)
        text = json_text({"format_version": 1, **card, "weights_sha256": weights_sha256(weights)}, indent=2)
        with atomic_path(folder / "model.json") as description:
            description.write_text(text + "\n", encoding="utf-8")
    except (OSError, tf.errors.OpError) as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise RunError(f"the classifier could not be written to {target}: {str(error).splitlines()[0]}") from error
