"""Starting weights of DenseNet-121: the published ImageNet file, a file of one's own, or random weights."""

import contextlib
import hashlib
import os
import sys
from pathlib import Path

import keras

from medgan_tf.config.schema import ClassifierConfig
from medgan_tf.errors import ConfigError, DataError
from medgan_tf.files.hashing import sha256_of
from medgan_tf.saved_models.weights_files import check_weights_file

FILE = "densenet121_weights_tf_dim_ordering_tf_kernels_notop.h5"
URL = f"https://storage.googleapis.com/tensorflow/keras-applications/densenet/{FILE}"
# Published with the file by Keras; a download that differs is refused.
MD5 = "30ee3e1110167f948a6b9946edeeb738"


def weights_file(config: ClassifierConfig) -> Path | None:
    """The file that `classifier.weights` names, fetched if that is allowed; None for random weights.

    Raises:
        ConfigError: A path that does not exist.
        DataError: The ImageNet file is not here and may not, or cannot, be fetched.
    """
    if config.weights == "none":
        return None
    if config.weights != "imagenet":
        path = Path(config.weights).expanduser()
        if not path.is_file():
            raise ConfigError(
                f"classifier.weights: expected imagenet, none or a weights file; there is no file {config.weights}"
            )
        return path
    path = Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser() / "models" / FILE
    if path.is_file():
        _check_published(path)
        return path
    if not config.download:
        also = "or --set classifier.download=true to fetch it (29 MB), "
        raise DataError(_unavailable("and classifier.download is false", also))
    try:
        # Keras prints its progress bar on standard output, which belongs to results.
        with contextlib.redirect_stdout(sys.stderr):
            return Path(keras.utils.get_file(FILE, URL, cache_subdir="models", file_hash=MD5))
    except Exception as error:  # Keras raises plain Exception for whatever urllib says
        reason = str(error).split("--")[-1].strip().splitlines()[0]
        raise DataError(_unavailable(f"and cannot be fetched ({reason})")) from error


def _check_published(path: Path) -> None:
    with open(path, "rb") as stream:
        digest = hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    if digest != MD5:
        raise DataError(f"{path} is not the published file: expected MD5 {MD5}, found {digest}; remove it")


def _unavailable(why: str, also: str = "") -> str:
    return (
        f"the ImageNet weights are not on this machine {why}: put {FILE} from {URL} anywhere and set "
        f"classifier.weights to its path, {also}or --set classifier.weights=none to start from random weights"
    )


def load_backbone(backbone: keras.Model, path: Path | None) -> None:
    """Loads a weights file into DenseNet-121 without top.

    Raises:
        DataError: It holds another network, or it is no plain file of weights.
    """
    if path is None:
        return
    check_weights_file(path)
    try:
        backbone.load_weights(str(path))
    except (ValueError, OSError, KeyError, IndexError) as error:
        reason = (str(error).splitlines() or [""])[0]
        raise DataError(f"{path} does not hold the weights of DenseNet-121 without top: {reason}") from error


def weights_identity(config: ClassifierConfig) -> str:
    """The starting weights in result files: `none`, `imagenet`, or the SHA-256 of the file."""
    if config.weights in ("none", "imagenet"):
        return config.weights
    return sha256_of(weights_file(config))
