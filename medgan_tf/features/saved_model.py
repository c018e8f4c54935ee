"""SavedModels as feature extractors. They are other people's files, so they come in through `saved_models.loading`."""

import hashlib
from pathlib import Path

import tensorflow as tf

from medgan_tf.errors import DataError
from medgan_tf.features.extractor import Extractor, ExtractorDescription, check_sha256
from medgan_tf.features.preparation import grey_to_channels, resize_smooth
from medgan_tf.files.hashing import sha256_of
from medgan_tf.saved_models.inspection import FILE, InspectedModel, inspect_saved_model
from medgan_tf.saved_models.loading import load_inspected

_HELP = (
    "an extractor is a SavedModel with a signature `features` (or `serving_default`) of one uint8 or float32 input "
    "[N, R, R, 1 or 3], 0..255, and one output [N, D]"
)

_MOST_LOADED = 2
_LOADED: dict[tuple[str, str, str], Extractor] = {}
"""Those loaded last, by name, folder and hash. Several rooms of evidence ask for one and the same, and loading a large
network takes longer than its features of a thousand images."""


def saved_model_extractor(path: Path, sha256: str | None = None, name: str = "saved_model") -> Extractor:
    """A SavedModel with a signature `features` or `serving_default`.

    Grey images are repeated to three channels, and resized, where the signature's shape asks for it. The files are
    checked and hashed at each call; a model that this process has loaded before is not loaded again.

    Args:
        path: The folder.
        sha256: Expected hash, see `saved_model_sha256`.
        name: Name in the description.

    Raises:
        DataError: The model is refused or cannot be loaded, has another hash, or its signature is not that of an
            extractor.
    """
    inspected = inspect_saved_model(path)
    found = saved_model_sha256(inspected)
    check_sha256(path, found, sha256)
    key = name, str(path.resolve()), found
    if key not in _LOADED:
        made = _extractor(inspected, found, name)
        while len(_LOADED) >= _MOST_LOADED:
            del _LOADED[next(iter(_LOADED))]
        _LOADED[key] = made
    return _LOADED[key]


def _extractor(inspected: InspectedModel, sha256: str, name: str) -> Extractor:
    """The extractor of a model that was checked and has this hash."""
    path, model = inspected.path, load_inspected(inspected)
    signature = model.signatures.get("features") or model.signatures.get("serving_default")
    if signature is None:
        raise DataError(f"{path} has the signatures {sorted(model.signatures)}; {_HELP}")
    inputs, outputs = signature.structured_input_signature[1], signature.structured_outputs
    if not isinstance(inputs, dict) or not isinstance(outputs, dict):
        raise DataError(f"{path} has a signature without names; {_HELP}")
    chosen = "features" if "features" in outputs else next(iter(outputs), "")
    if len(inputs) != 1 or (len(outputs) != 1 and chosen != "features"):
        raise DataError(f"{path} has inputs {sorted(inputs)} and outputs {sorted(outputs)}; {_HELP}")
    ((argument, specification),) = inputs.items()
    channels, side = _checked_input(path, specification)
    size = outputs[chosen].shape[-1]
    if outputs[chosen].shape.rank != 2 or size is None:
        raise DataError(f"{path} gives {outputs[chosen].shape}; {_HELP}")

    def network(images: tf.Tensor) -> tf.Tensor:
        images = grey_to_channels(images, channels)
        if side is not None and side != images.shape[1]:
            images = tf.clip_by_value(tf.round(resize_smooth(images, side)), 0.0, 255.0)
        return signature(**{argument: tf.cast(images, specification.dtype)})[chosen]

    description = ExtractorDescription(
        name=name,
        feature_size=size,
        input=f"{channels} channel{'s' if channels > 1 else ''}, 0..255, {specification.dtype.name}",
        resize=f"bilinear with antialiasing to {side} pixels, rounded" if side else "none outside the model",
        weights_sha256=sha256,
        comparable=True,
    )
    extractor = Extractor(description, network)
    # The variables live as long as this object.
    extractor.model = model
    return extractor


def _checked_input(path: Path, specification: tf.TensorSpec) -> tuple[int, int | None]:
    """Channels and side of the signature's input."""
    shape = specification.shape
    if shape.rank != 4 or shape[3] not in (1, 3) or specification.dtype not in (tf.uint8, tf.float32):
        raise DataError(f"{path} takes {specification.dtype.name} {shape}; {_HELP}")
    if shape[1] != shape[2] or shape[0] is not None:
        raise DataError(f"{path} takes {shape}: expected square images in batches of any size; {_HELP}")
    return shape[3], shape[1]


def saved_model_sha256(inspected: InspectedModel) -> str:
    """SHA-256 over the graph as it was checked and the files of the variables, by name and content."""
    digest = hashlib.sha256(FILE.encode() + b"\0" + hashlib.sha256(inspected.content).digest())
    for file in sorted(inspected.variables.folder.iterdir()):
        digest.update(file.name.encode() + b"\0" + bytes.fromhex(sha256_of(file)))
    return digest.hexdigest()
