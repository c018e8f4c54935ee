"""SavedModels as feature extractors: other people's files, so everything about them is checked before use.

A SavedModel holds a graph of TensorFlow operations and no Python code. Operations that touch files or call into Python
have no place in an extractor; a model with one is refused.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path

import tensorflow as tf

from medgan_tf.errors import DataError
from medgan_tf.features.extractor import Extractor, ExtractorDescription, check_sha256
from medgan_tf.features.preparation import grey_to_channels, resize_smooth

REFUSED_OPERATIONS = frozenset(
    "PyFunc PyFuncStateless EagerPyFunc ReadFile WriteFile MatchingFiles PrintV2 Print Save SaveSlices "
    "DebugIdentity DebugIdentityV2 FixedLengthRecordReaderV2 TextLineReaderV2 WholeFileReaderV2".split()
)
# Saving and restoring variables is part of every SavedModel, but not of what a signature computes.
_REFUSED_IN_SIGNATURE = REFUSED_OPERATIONS | {"SaveV2", "RestoreV2", "MergeV2Checkpoints"}
_HELP = (
    "an extractor is a SavedModel with a signature `features` (or `serving_default`) of one uint8 or float32 input "
    "[N, R, R, 1 or 3], 0..255, and one output [N, D]"
)


def saved_model_extractor(path: Path, sha256: str | None = None, name: str = "saved_model") -> Extractor:
    """A SavedModel with a signature `features` or `serving_default`.

    Grey images are repeated to three channels, and resized, where the signature's shape asks for it.

    Args:
        path: The folder.
        sha256: Expected hash, see `saved_model_sha256`.
        name: Name in the description.

    Raises:
        DataError: The model cannot be loaded, has another hash, or its signature is not that of an extractor.
    """
    found = saved_model_sha256(path)
    check_sha256(path, found, sha256)
    model = load_saved_model(path)
    signature = model.signatures.get("features") or model.signatures.get("serving_default")
    if signature is None:
        raise DataError(f"{path} has the signatures {sorted(model.signatures)}; {_HELP}")
    inputs, outputs = signature.structured_input_signature[1], signature.structured_outputs
    chosen = "features" if "features" in outputs else next(iter(outputs), "")
    if len(inputs) != 1 or (len(outputs) != 1 and chosen != "features"):
        raise DataError(f"{path} has inputs {sorted(inputs)} and outputs {sorted(outputs)}; {_HELP}")
    ((argument, specification),) = inputs.items()
    channels, side = _checked_input(path, specification)
    size = outputs[chosen].shape[-1]
    if outputs[chosen].shape.rank != 2 or size is None:
        raise DataError(f"{path} gives {outputs[chosen].shape}; {_HELP}")
    refuse_operations(path, signature.graph.as_graph_def())

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
        weights_sha256=found,
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


def load_saved_model(path: Path):
    """`tf.saved_model.load` with one-line errors."""
    try:
        return tf.saved_model.load(str(path))
    except (OSError, ValueError, KeyError, tf.errors.OpError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise DataError(f"{path} cannot be loaded as a SavedModel: {reason}") from error


def saved_model_sha256(path: Path) -> str:
    """SHA-256 over graph and variables, by name and content. Raises `DataError` where there is no SavedModel."""
    if not (path / "saved_model.pb").is_file():
        raise DataError(f"no SavedModel in {path}: expected saved_model.pb there")
    digest = hashlib.sha256()
    variables = path / "variables"
    for file in (path / "saved_model.pb", *(sorted(variables.iterdir()) if variables.is_dir() else ())):
        digest.update(file.name.encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def refuse_operations(path: Path, graph) -> None:
    """Raises `DataError` for a graph with an operation that touches files or calls Python."""
    functions = (node for function in graph.library.function for node in function.node_def)
    found = sorted(_operations(graph.node) | _operations(functions))
    refused = [name for name in found if name in _REFUSED_IN_SIGNATURE]
    if refused:
        raise DataError(f"{path} is refused: it holds the operation {refused[0]}, which no feature extractor needs")


def _operations(nodes: Iterable) -> set[str]:
    return {node.op for node in nodes}
