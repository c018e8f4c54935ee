"""InceptionV3 with ImageNet weights, as Keras ships it: 2,048 features from the global average pool.

Known difference from published FIDs: those use the network of 2015 (`inception_2015`), with other weights and another
resize, so the values differ. Compare values of the same extractor only.
"""

import os
from pathlib import Path

import keras
import tensorflow as tf

from medgan_tf.errors import DataError
from medgan_tf.features.extractor import Extractor, ExtractorDescription, ExtractorRequest, check_sha256
from medgan_tf.features.preparation import grey_to_channels, resize_smooth
from medgan_tf.files.hashing import sha256_of
from medgan_tf.registry import EXTRACTORS
from medgan_tf.saved_models.weights_files import check_weights_file

FILE = "inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5"
URL = f"https://storage.googleapis.com/tensorflow/keras-applications/inception_v3/{FILE}"
_SIDE = 299
_SIZE = 2048


@EXTRACTORS.register("inception")
def inception_extractor(request: ExtractorRequest) -> Extractor:
    """Keras's InceptionV3: grey repeated to three channels, resized to 299 pixels, scaled to -1..1.

    Raises:
        DataError: The weights are not on this machine, may not or cannot be downloaded, or do not fit.
    """
    path = weights_file(request)
    digest = sha256_of(path)
    check_sha256(path, digest, request.sha256)
    check_weights_file(path)
    try:
        model = keras.applications.InceptionV3(
            include_top=False, weights=str(path), pooling="avg", input_shape=(_SIDE, _SIDE, 3)
        )
    except (OSError, ValueError, KeyError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise DataError(f"{path} does not hold InceptionV3 weights without the top layer: {reason:.120}") from error
    model.trainable = False

    def network(images: tf.Tensor) -> tf.Tensor:
        return model(resize_smooth(grey_to_channels(images, 3), _SIDE) / 127.5 - 1.0, training=False)

    description = ExtractorDescription(
        name="inception",
        feature_size=_SIZE,
        input="3 equal channels, -1..1",
        resize=f"bilinear with antialiasing to {_SIDE} pixels",
        weights_sha256=digest,
        comparable=True,
    )
    extractor = Extractor(description, network)
    extractor.model = model
    return extractor


def weights_file(request: ExtractorRequest) -> Path:
    """The file of the weights. It is downloaded first if that is needed and allowed."""
    if request.weights is not None:
        path = Path(request.weights)
        if not path.is_file():
            raise DataError(f"no such file: {path} (evaluation.fid.weights); expected {FILE} from {URL}")
        if path.suffix not in (".h5", ".keras"):
            raise DataError(f"{path} (evaluation.fid.weights): expected a file that ends in .h5, such as {FILE}")
        return path
    cached = keras_home() / "models" / FILE
    if cached.is_file():
        return cached
    if not request.download:
        raise DataError(_missing(cached, "Keras may fetch it with --set evaluation.fid.download=true"))
    try:
        # Without the hash of Keras's own code a broken download would be kept.
        return Path(keras.utils.get_file(FILE, URL, cache_subdir="models", file_hash=MD5))
    except Exception as error:
        # Keras raises bare Exception around whatever the network said.
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise DataError(_missing(cached, f"the download failed ({reason:.100})")) from error


MD5 = "bcbd6486424b2319ff4ef7d526e38f63"
"""Hash of the file that Keras offers, as Keras's own code states it."""


def keras_home() -> Path:
    """Keras's folder for downloads."""
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")


def _missing(cached: Path, what: str) -> str:
    return (
        f"extractor 'inception' needs {FILE}, which is not in {cached.parent}: {what}; or get it from {URL} and give "
        "--set evaluation.fid.weights=FILE (or --weights FILE); the extractors 'classifier' and 'random' need no "
        "download"
    )
