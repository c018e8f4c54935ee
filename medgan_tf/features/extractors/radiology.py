"""An encoder that was trained on radiological images: 1,024 features of a DenseNet-121, or those of a SavedModel.

Given as a file, because nobody may redistribute it here: the Keras weights of DenseNet-121 without top that RadImageNet
(Mei et al. 2022: CT, MR and ultrasound) gives its users, or a SavedModel of another encoder, such as one of chest
radiographs. PyTorch's files of weights (.pt, .pth) are programs as well as numbers, and are not opened. The hash is
required, so that two results are known to come from the same network.
"""

import warnings
from pathlib import Path

import keras
import tensorflow as tf

from medgan_tf.errors import ConfigError, DataError
from medgan_tf.features.extractor import Extractor, ExtractorDescription, ExtractorRequest, check_sha256
from medgan_tf.features.preparation import grey_to_channels, resize_smooth
from medgan_tf.features.saved_model import saved_model_extractor
from medgan_tf.files.hashing import sha256_of
from medgan_tf.registry import EXTRACTORS
from medgan_tf.saved_models.weights_files import check_weights_file

FILE = "RadImageNet-DenseNet121-notop.h5"
URL = "https://github.com/BMEII-AI/RadImageNet"
_SIDE = 224
_SIZE = 1024
# As the training scripts of RadImageNet feed it: Keras's means of ImageNet in the order blue, green, red, then 1/255.
_MEANS = (103.939, 116.779, 123.68)


@EXTRACTORS.register("radiology")
def radiology_extractor(request: ExtractorRequest) -> Extractor:
    """The encoder in `weights`: a file of weights, or the folder of a SavedModel.

    Raises:
        ConfigError: File or hash are not given.
        DataError: The file is missing, has another hash, or is another network.
    """
    if request.weights is None or request.sha256 is None:
        raise ConfigError(
            f"extractor 'radiology' needs evaluation.fid.weights ({FILE}, see {URL}, or the folder of a SavedModel of "
            "another radiological encoder) and its evaluation.fid.sha256 (or --weights FILE --sha256 HASH); the "
            "extractors 'classifier' and 'random' need no file"
        )
    path = Path(request.weights)
    if path.is_dir():
        return saved_model_extractor(path, request.sha256, name="radiology")
    if not path.is_file():
        raise DataError(f"no such file or folder: {path} (evaluation.fid.weights); expected {FILE}, see {URL}")
    if path.suffix != ".h5":
        raise DataError(
            f"{path} (evaluation.fid.weights): expected a file of Keras weights that ends in .h5, such as {FILE}, or "
            "the folder of a SavedModel; PyTorch weights have to be converted first (docs/fidelity.md)"
        )
    check_sha256(path, sha256_of(path), request.sha256)
    check_weights_file(path)
    try:
        # Keras only warns of a layer that it finds no weights for, and leaves it as it was drawn.
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)
            model = keras.applications.DenseNet121(
                include_top=False, weights=str(path), pooling="avg", input_shape=(_SIDE, _SIDE, 3)
            )
    except (OSError, ValueError, KeyError, IndexError, UserWarning) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise DataError(f"{path} does not hold DenseNet-121 weights without the top layer: {reason:.120}") from error
    model.trainable = False

    def network(images: tf.Tensor) -> tf.Tensor:
        return model((resize_smooth(grey_to_channels(images, 3), _SIDE) - _MEANS) / 255.0, training=False)

    description = ExtractorDescription(
        name="radiology",
        feature_size=_SIZE,
        input="3 channels, (x - 103.939, 116.779, 123.68) / 255",
        resize=f"bilinear with antialiasing to {_SIDE} pixels",
        weights_sha256=request.sha256,
        comparable=True,
    )
    extractor = Extractor(description, network)
    extractor.model = model
    return extractor
