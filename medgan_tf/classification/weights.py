"""Starting weights of the classifier: Keras's published ImageNet file, a file of one's own, or random weights."""

import contextlib
import hashlib
import sys
from pathlib import Path

import keras

from medgan_tf.classification.keras_files import DENSENET_FILE, keras_file
from medgan_tf.classification.networks.applications import PublishedFile, published_weights
from medgan_tf.classification.settings import DENSENET
from medgan_tf.config.schema import ClassifierConfig
from medgan_tf.errors import ConfigError, DataError
from medgan_tf.saved_models.weights_files import check_weights_file

URL = f"https://storage.googleapis.com/tensorflow/keras-applications/densenet/{DENSENET_FILE}"
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
    file = published_file(config.architecture)
    path = keras_file(file.name)
    if path.is_file():
        _check_published(path, file)
        return path
    size = " (29 MB)" if config.architecture == DENSENET else ""
    if not config.download:
        also = f"or --set classifier.download=true to fetch it{size}, "
        raise DataError(_unavailable(file, "and classifier.download is false", also))
    try:
        # Keras prints its progress bar on standard output, which belongs to results.
        with contextlib.redirect_stdout(sys.stderr):
            return Path(keras.utils.get_file(file.name, file.url, cache_subdir="models", file_hash=file.hash))
    except Exception as error:  # Keras raises plain Exception for whatever urllib says
        reason = str(error).split("--")[-1].strip().splitlines()[0]
        raise DataError(_unavailable(file, f"and cannot be fetched ({reason})")) from error


def published_file(architecture: str) -> PublishedFile:
    """The file that Keras publishes for a network of `keras.applications`."""
    # The one of the paper is known without building the network.
    return PublishedFile(DENSENET_FILE, URL, MD5) if architecture == DENSENET else published_weights(architecture)


def is_published(file: Path, architecture: str) -> bool:
    """Whether a file is, byte by byte, the one that Keras publishes for a network."""
    return _digest(file, published_file(architecture)) == published_file(architecture).hash


def _check_published(path: Path, file: PublishedFile) -> None:
    digest = _digest(path, file)
    if digest != file.hash:
        raise DataError(
            f"{path} is not the published file: expected {_kind(file)} {file.hash}, found {digest}; remove it"
        )


def _digest(path: Path, file: PublishedFile) -> str:
    """The hash of a file of the kind that Keras states."""
    with open(path, "rb") as stream:
        kind = _kind(file)
        return hashlib.file_digest(stream, lambda: hashlib.new(kind.lower(), usedforsecurity=False)).hexdigest()


def _kind(file: PublishedFile) -> str:
    return "SHA256" if len(file.hash) == 64 else "MD5"


def _unavailable(file: PublishedFile, why: str, also: str = "") -> str:
    return (
        f"the ImageNet weights are not on this machine {why}: put {file.name} from {file.url} anywhere and set "
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
