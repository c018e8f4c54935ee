"""Backbones by path: a `.keras` file, which is trained on, or a SavedModel, which is frozen. Both through the one door.

Input size and channels are found from the graph. Features are its output, averaged over places if it has any.
"""

from dataclasses import dataclass
from pathlib import Path

import keras
import tensorflow as tf

from medgan_tf.config.schema import ClassifierConfig
from medgan_tf.errors import ConfigError, DataError
from medgan_tf.files.hashing import files_sha256, sha256_of
from medgan_tf.saved_models.inspection import FILE
from medgan_tf.saved_models.keras_archives import load_keras_archive
from medgan_tf.saved_models.loading import load_saved_model

# Mean and variance of grey values in 0..1, after which they lie in a range.
_IMAGENET = [0.485, 0.456, 0.406], [0.229**2, 0.224**2, 0.225**2]
_RANGES = {"0..255": ([0.0], [1 / 255**2]), "0..1": ([0.0], [1.0]), "-1..1": ([0.5], [0.25])}
_HELP = "a backbone takes one batch of square images [N, S, S, 1 or 3] and gives features [N, C] or [N, h, w, C]"


@dataclass(frozen=True)
class OwnBackbone:
    """A backbone that was given as a path.

    Attributes:
        layer: Layer or model from float32 [N, S, S, channels] to features [N, C] or [N, h, w, C].
        side: The only side S that it takes; None takes any.
        channels: 1 or 3.
        pooled: Whether the features have no places.
    """

    layer: keras.layers.Layer
    side: int | None
    channels: int
    pooled: bool


@keras.saving.register_keras_serializable(package="medgan_tf")
class FrozenBackbone(keras.layers.Layer):
    """A signature of a SavedModel as a layer. Its variables are not trained.

    Args:
        model: What `load_saved_model` gives.
        argument: Name of the signature's input.
        output: Name of the output that is used.
        kind: Type of the input: float32, or uint8 for grey values in 0..255.
    """

    def __init__(self, model, signature, argument: str, output: str, kind: tf.DType):
        super().__init__(trainable=False, dtype="float32", name="frozen_backbone")
        # Held, so that the variables live as long as the layer and are saved with it.
        self.model, self.signature = model, signature
        self.argument, self.result, self.kind = argument, output, kind

    def call(self, images):
        """Float32 [N, S, S, C] to the signature's output."""
        if self.kind == tf.uint8:
            images = tf.clip_by_value(tf.round(images), 0.0, 255.0)
        found = self.signature(**{self.argument: tf.cast(images, self.kind)})[self.result]
        return tf.stop_gradient(tf.cast(found, tf.float32))


def read_backbone(config: ClassifierConfig) -> OwnBackbone:
    """The backbone at the path `classifier.architecture`.

    Raises:
        ConfigError: There is no such file or folder.
        DataError: It is refused, damaged, has another hash, or is no backbone.
    """
    path = backbone_path(config)
    found = backbone_sha256(config)
    if config.sha256 is not None and found != config.sha256:
        raise DataError(
            f"{path} is not the backbone asked for: expected SHA-256 {config.sha256[:12]}... (classifier.sha256), "
            f"found {found[:12]}..."
        )
    return _from_saved_model(path) if path.is_dir() else _from_keras(path)


def backbone_path(config: ClassifierConfig) -> Path:
    """The path of the backbone. Raises `ConfigError` if there is no `.keras` file and no SavedModel."""
    path = Path(config.architecture).expanduser()
    if not (path / FILE).is_file() and not (path.is_file() and path.suffix == ".keras"):
        raise ConfigError(
            "classifier.architecture: expected a .keras file or the folder of a SavedModel; there is none at "
            f"{config.architecture}"
        )
    return path


def backbone_sha256(config: ClassifierConfig) -> str:
    """SHA-256 of the file, or over the files of the folder."""
    path = backbone_path(config)
    return files_sha256(path) if path.is_dir() else sha256_of(path)


def own_value_range(config: ClassifierConfig) -> tuple[list[float], list[float]]:
    """Mean and variance that bring grey values in 0..1 to `classifier.input_range`, for three channels."""
    if config.input_range == "imagenet":
        return _IMAGENET
    mean, variance = _RANGES[config.input_range]
    return mean * 3, variance * 3


def _from_keras(path: Path) -> OwnBackbone:
    model = load_keras_archive(path)
    if len(model.inputs or ()) != 1 or len(model.outputs or ()) != 1:
        raise DataError(f"{path} has {len(model.inputs or ())} inputs and {len(model.outputs or ())} outputs; {_HELP}")
    model.trainable = True
    return _described(path, model, model.inputs[0].shape, model.outputs[0].shape)


def _from_saved_model(path: Path) -> OwnBackbone:
    model = load_saved_model(path)
    signature = model.signatures.get("features") or model.signatures.get("serving_default")
    if signature is None:
        raise DataError(f"{path} has the signatures {sorted(model.signatures)}; expected features or serving_default")
    inputs, outputs = signature.structured_input_signature[1], signature.structured_outputs
    chosen = "features" if "features" in outputs else next(iter(outputs), "")
    if len(inputs) != 1 or (len(outputs) != 1 and chosen != "features"):
        raise DataError(f"{path} has the inputs {sorted(inputs)} and the outputs {sorted(outputs)}; {_HELP}")
    ((argument, given),) = inputs.items()
    if given.dtype not in (tf.float32, tf.uint8):
        raise DataError(f"{path} takes {given.dtype.name}: expected float32 or uint8; {_HELP}")
    layer = FrozenBackbone(model, signature, argument, chosen, given.dtype)
    return _described(path, layer, tuple(given.shape), tuple(outputs[chosen].shape))


def _described(path: Path, layer: keras.layers.Layer, given: tuple, result: tuple) -> OwnBackbone:
    if len(given) != 4 or given[1] != given[2] or given[3] not in (1, 3) or given[0] is not None:
        raise DataError(f"{path} takes {tuple(given)}; {_HELP}")
    if len(result) not in (2, 4) or result[-1] is None:
        raise DataError(f"{path} gives {tuple(result)}; {_HELP}")
    return OwnBackbone(layer, given[1], given[3], len(result) == 2)


def check_range(config: ClassifierConfig, backbone: OwnBackbone) -> None:
    """Raises `ConfigError` for a range that a backbone cannot have asked for."""
    kind = getattr(backbone.layer, "kind", tf.float32)
    if kind == tf.uint8 and config.input_range != "0..255":
        raise ConfigError(
            f"classifier.input_range: {config.architecture} takes whole numbers of 0..255. Received: "
            f"input_range={config.input_range!r}"
        )
