"""A trained classifier, read back from its folder as a network whose input can be masked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np
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


class SharedNetwork:
    """One network for several classifiers of one form, with the weights of one of them at a time.

    To build DenseNet-121 and to trace it takes longer than all masks of an image.

    Args:
        network: The network, as `build_network` makes it.
    """

    def __init__(self, network: keras.Model):
        self.network = network
        self._weights: Sequence[np.ndarray] | None = None
        self._whole: Callable[[tf.Tensor], tf.Tensor] | None = None

    def take(self, weights: Sequence[np.ndarray]) -> None:
        """Takes these weights, unless it has them."""
        if self._weights is not weights:
            self.network.set_weights(weights)
            self._weights = weights

    def forget(self) -> None:
        """Says that its weights may be nobody's."""
        self._weights = None

    def traced(self, whole: Callable[[tf.Tensor], tf.Tensor]) -> Callable[[tf.Tensor], tf.Tensor]:
        """The function from values to probabilities, traced once for all classifiers."""
        if self._whole is None:
            self._whole = tf.function(whole, autograph=False, reduce_retracing=True)
        return self._whole


@dataclass(frozen=True)
class LoadedClassifier:
    """DenseNet-121, whose layers are known.

    Attributes:
        title: Its title in tables and figures.
        network: The network, as `build_network` makes it.
        label_names: L names.
        weights_sha256: SHA-256 of its weights.
        shared: The network again, where other classifiers may use it too; `ready` gives it the weights of this one.
        weights: Its weights, where it shares the network.
    """

    title: str
    network: keras.Model
    label_names: tuple[str, ...]
    weights_sha256: str
    shared: SharedNetwork | None = field(default=None, compare=False, repr=False)
    weights: Sequence[np.ndarray] = field(default=(), compare=False, repr=False)

    def ready(self) -> None:
        """Call it before anything is computed: another classifier may have used the network."""
        if self.shared is not None:
            self.shared.take(self.weights)

    def traced(self) -> Callable[[tf.Tensor], tf.Tensor]:
        """`whole` as a TensorFlow function; see `ready`."""
        return (self.shared or SharedNetwork(self.network)).traced(self.whole)

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

    def ready(self) -> None:
        """Its network is its own, so there is nothing to do."""

    def traced(self) -> Callable[[tf.Tensor], tf.Tensor]:
        """`whole` as a TensorFlow function."""
        return tf.function(self.whole, autograph=False, reduce_retracing=True)

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
    folder: Path,
    title: str,
    label_names: tuple[str, ...],
    resolution: int,
    like: LoadedClassifier | SavedClassifier | None = None,
) -> LoadedClassifier | SavedClassifier:
    """The classifier in a folder.

    Args:
        folder: Folder with `model/` and `model.json`.
        title: Its title in words.
        label_names: Labels that it must have been trained with.
        resolution: Side of the images that it must take.
        like: A classifier that was loaded with the same labels and resolution. Where both have the same form they
            share one network.

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
    shared = like.shared if isinstance(like, LoadedClassifier) and like.image_size == size else None
    try:
        if shared is None:
            config = ClassifierConfig(weights="none", image_size=size)
            shared = SharedNetwork(build_network(len(names), side, config, seed=0))
        shared.forget()
        module = ClassifierModule(shared.network)
        status = tf.train.Checkpoint(root=module).read(str(folder / "model/variables/variables"))
        status.assert_existing_objects_matched()
    except (AssertionError, ValueError, OverflowError, MemoryError, tf.errors.OpError) as error:
        raise DataError(
            f"{folder / 'model'} cannot be read: {first_line(error)}; train the classifier again"
        ) from error
    weights = shared.network.get_weights()
    found = weights_sha256(weights)
    if found != expected:
        raise DataError(f"{folder / 'model'} does not hold the weights that model.json names; train it again")
    return LoadedClassifier(title, shared.network, names, found, shared, weights)


def _predictor(path: Path):
    """A SavedModel with the signature of a classifier. Raises `DataError` for another one."""
    model = load_saved_model(path)
    signature = model.signatures.get("predict")
    if signature is None or "probabilities" not in signature.structured_outputs:
        raise DataError(f"{path} has no signature predict that gives probabilities; train the classifier again")
    return model
