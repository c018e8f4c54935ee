"""The network behind published FIDs (Szegedy et al. 2015, as released by Google): 2,048 features of the layer pool_3.

Given as a file, because nobody may redistribute it here: either the SavedModel of TF-GAN (output `pool_3`, input -1..1
at 299 pixels) or the frozen graph `classify_image_graph_def.pb` and its relatives. The hash is required, so that two
results are known to come from the same network.
"""

import hashlib
from pathlib import Path

import tensorflow as tf

from medgan_tf.errors import ConfigError, DataError
from medgan_tf.features.extractor import Extractor, ExtractorDescription, ExtractorRequest, check_sha256
from medgan_tf.features.preparation import grey_to_channels, resize_2015
from medgan_tf.features.saved_model import saved_model_sha256
from medgan_tf.registry import EXTRACTORS
from medgan_tf.saved_models.allowed_operations import DECODING
from medgan_tf.saved_models.inspection import (
    InspectedModel,
    check_file_size,
    inspect_graph,
    inspect_saved_model,
    parse_graph,
)
from medgan_tf.saved_models.loading import load_inspected

_SIDE = 299
_SIZE = 2048
_OUTPUT = "pool_3"
# The frozen graph resizes and scales between these two; the first takes pixels, the second what TF-GAN feeds.
_PIXEL_INPUT, _SCALED_INPUT = "ExpandDims", "Mul"


@EXTRACTORS.register("inception_2015")
def inception_2015_extractor(request: ExtractorRequest) -> Extractor:
    """The canonical FID network from a SavedModel folder or a frozen graph.

    Raises:
        ConfigError: Path or hash are not given.
        DataError: The file is missing, has another hash, or is another network.
    """
    if request.weights is None or request.sha256 is None:
        raise ConfigError(
            "extractor 'inception_2015' needs evaluation.fid.weights (a SavedModel folder or a frozen graph .pb with "
            f"an output {_OUTPUT}) and its evaluation.fid.sha256; the extractors 'classifier' and 'random' need no file"
        )
    path = Path(request.weights)
    if path.is_dir():
        inspected = inspect_saved_model(path)
        digest = saved_model_sha256(inspected)
        check_sha256(path, digest, request.sha256)
        pool, owner = _saved_model_pool(inspected)
    elif path.is_file():
        check_file_size(path)
        content = path.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        check_sha256(path, digest, request.sha256)
        pool, owner = _frozen_graph_pool(path, content), None
    else:
        raise DataError(f"no such file or folder: {path} (evaluation.fid.weights)")

    def network(images: tf.Tensor) -> tf.Tensor:
        return tf.reshape(pool(grey_to_channels(images, 3)), [-1, _SIZE])

    description = ExtractorDescription(
        name="inception_2015",
        feature_size=_SIZE,
        input="3 equal channels, (x - 128) / 128",
        resize=f"bilinear of TensorFlow 1 (no half-pixel centres) to {_SIDE} pixels",
        weights_sha256=digest,
        comparable=True,
    )
    extractor = Extractor(description, network)
    extractor.model = owner
    return extractor


def _scaled(images: tf.Tensor) -> tf.Tensor:
    return (resize_2015(images, _SIDE) - 128.0) / 128.0


def _saved_model_pool(inspected: InspectedModel):
    """TF-GAN's SavedModel: a callable object, or a signature, with an output `pool_3`."""
    path, model = inspected.path, load_inspected(inspected)
    signature = model.signatures.get("serving_default") or next(iter(model.signatures.values()), None)
    if signature is None or _OUTPUT not in signature.structured_outputs:
        outputs = sorted(signature.structured_outputs) if signature is not None else []
        raise DataError(f"{path} is not the FID network: expected an output {_OUTPUT!r}, found {outputs}")
    (argument,) = signature.structured_input_signature[1]
    return lambda images: signature(**{argument: _scaled(images)})[_OUTPUT], model


def _frozen_graph_pool(path: Path, content: bytes):
    """The tensor pool_3 of a GraphDef, fed with pixels where the graph resizes them itself."""
    graph = parse_graph(path, content)
    names = {node.name for node in graph.node}
    if _OUTPUT not in names or not {_PIXEL_INPUT, _SCALED_INPUT} & names:
        raise DataError(
            f"{path} is not the FID network: expected the operations {_OUTPUT} and {_PIXEL_INPUT} or {_SCALED_INPUT}"
        )
    inspect_graph(path, graph, also=DECODING)
    # Where the graph has it, its own resize and scaling are used: they are what published values were made with.
    entry = _PIXEL_INPUT if _PIXEL_INPUT in names else _SCALED_INPUT
    try:
        whole = tf.compat.v1.wrap_function(lambda: tf.graph_util.import_graph_def(graph, name=""), [])
        pool = whole.prune(f"{entry}:0", f"{_OUTPUT}:0")
    except (ValueError, tf.errors.OpError) as error:
        raise DataError(f"{path} cannot be used: {str(error).splitlines()[0]}") from error
    if entry == _SCALED_INPUT:
        return lambda images: pool(_scaled(images))
    return lambda images: pool(tf.cast(images, tf.float32))
