"""A trained classifier, read back from its folder as a network whose input can be masked."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from medgan_tf.classification.export import ClassifierModule, weights_sha256
from medgan_tf.classification.network import build_network
from medgan_tf.classification.settings import DENSENET
from medgan_tf.config.schema import ClassifierConfig
from medgan_tf.errors import DataError
from medgan_tf.files.json_files import read_json
from medgan_tf.saved_models.checkpoint_inspection import Variables
from medgan_tf.saved_models.loading import load_saved_model
from medgan_tf.training.checkpoints import first_line


@dataclass(frozen=True)
class LoadedClassifier:
    """DenseNet-121, whose layers are known.

    Attributes:
        title: Its title in tables and figures.
        network: The network, as `build_network` makes it.
        label_names: L names.
        weights_sha256: SHA-256 of its weights.
    """

    title: str
    network: keras.Model
    label_names: tuple[str, ...]
    weights_sha256: str

    @property
    def image_size(self) -> int:
        """Side of the images that the backbone sees."""
        return self.backbone.input_shape[1]

    @property
    def backbone(self) -> keras.Model:
        """[N, S, S, 3] in the range of ImageNet to features [N, C]."""
        return next(layer for layer in self.network.layers if isinstance(layer, keras.Model))

    def resized(self, images: tf.Tensor) -> tf.Tensor:
        """uint8 [N, R, R, 1] to float32 [N, S, S, 1], 0..1, as the network does it."""
        x = self.network.get_layer("unit_range")(images)
        names = [layer.name for layer in self.network.layers]
        return self.network.get_layer("resized")(x) if "resized" in names else x

    def pixels(self, values: tf.Tensor) -> tf.Tensor:
        """float32 [N, h, w, 1], 0..1, to three channels in the range of ImageNet."""
        return self.network.get_layer("imagenet_range")(tf.concat([values] * 3, axis=3))

    def head(self, features: tf.Tensor) -> tf.Tensor:
        """Features [N, C] to probabilities [N, L]."""
        return self.network.get_layer("probabilities")(features)

    def whole(self, values: tf.Tensor) -> tf.Tensor:
        """float32 [N, S, S, 1], 0..1, to probabilities [N, L]."""
        return self.head(self.backbone(self.pixels(values), training=False))


@dataclass(frozen=True)
class SavedClassifier:
    """Any other classifier, as its SavedModel computes: patches are those of the stored image.

    Attributes:
        title, label_names, weights_sha256: As of `LoadedClassifier`.
        model: The SavedModel, with the signature `predict`.
        image_size: Side R of the stored images.
    """

    title: str
    model: Any
    label_names: tuple[str, ...]
    weights_sha256: str
    image_size: int
    backbone = None

    def resized(self, images: tf.Tensor) -> tf.Tensor:
        """uint8 [N, R, R, 1] to float32 [N, R, R, 1], 0..1."""
        return tf.cast(images, tf.float32) / 255.0

    def whole(self, values: tf.Tensor) -> tf.Tensor:
        """float32 [N, R, R, 1], 0..1, to probabilities [N, L]; values become whole grey values first."""
        images = tf.cast(tf.clip_by_value(tf.round(values * 255.0), 0.0, 255.0), tf.uint8)
        return self.model.signatures["predict"](images=images)["probabilities"]


def read_card(folder: Path) -> dict[str, Any]:
    """`model.json` of a classifier folder. Raises `DataError` where there is no exported classifier."""
    if not (folder / "model.json").is_file() or not (folder / "model" / "saved_model.pb").is_file():
        raise DataError(f"no classifier in {folder}: expected model.json and model/; `medgan-tf classify` makes them")
    return read_json(folder / "model.json")


def load_classifier(
    folder: Path, title: str, label_names: tuple[str, ...], resolution: int
) -> LoadedClassifier | SavedClassifier:
    """The classifier in a folder.

    Args:
        folder: Folder with `model/` and `model.json`.
        title: Its title in words.
        label_names: Labels that it must have been trained with.
        resolution: Side of the images that it must take.

    Raises:
        DataError: There is none, it was trained on other labels or sizes, or it is damaged.
    """
    card = read_card(folder)
    try:
        names, side, size = tuple(card["label_names"]), int(card["resolution"]), int(card["image_size"])
        expected = str(card["weights_sha256"])
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(
            f"{folder / 'model.json'} has a missing or wrong value ({error}); train the classifier again"
        ) from error
    if names != label_names:
        raise DataError(
            f"{folder} holds a classifier of the labels {', '.join(names)}; the dataset has {', '.join(label_names)}"
        )
    if side != resolution:
        raise DataError(
            f"{folder} holds a classifier of {side}x{side} images; the dataset's are {resolution}x{resolution}"
        )
    if card.get("architecture", DENSENET) != DENSENET:
        return SavedClassifier(title, _predictor(folder / "model"), names, expected, side)
    Variables(folder / "model/variables")
    try:
        network = build_network(len(names), side, ClassifierConfig(weights="none", image_size=size), seed=0)
        status = tf.train.Checkpoint(root=ClassifierModule(network)).read(str(folder / "model/variables/variables"))
        status.assert_existing_objects_matched()
    except (AssertionError, ValueError, OverflowError, MemoryError, tf.errors.OpError) as error:
        raise DataError(
            f"{folder / 'model'} cannot be read: {first_line(error)}; train the classifier again"
        ) from error
    found = weights_sha256(network.get_weights())
    if found != expected:
        raise DataError(f"{folder / 'model'} does not hold the weights that model.json names; train it again")
    return LoadedClassifier(title, network, names, found)


def _predictor(path: Path):
    """A SavedModel with the signature of a classifier. Raises `DataError` for another one."""
    model = load_saved_model(path)
    signature = model.signatures.get("predict")
    if signature is None or "probabilities" not in signature.structured_outputs:
        raise DataError(f"{path} has no signature predict that gives probabilities; train the classifier again")
    return model
