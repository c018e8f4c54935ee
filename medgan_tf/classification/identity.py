"""How results and keys name a classifier: by hashes instead of paths, which may name people, and in words."""

from pathlib import Path
from typing import Any

from medgan_tf.classification.networks.applications import title_of_application
from medgan_tf.classification.networks.backbones import backbone_sha256
from medgan_tf.classification.settings import DENSENET, is_path
from medgan_tf.classification.weights import weights_file
from medgan_tf.config.schema import ClassifierConfig
from medgan_tf.errors import ConfigError
from medgan_tf.files.hashing import files_sha256, sha256_of

_OWN = "backbone of one's own"


def identities(config: ClassifierConfig) -> dict[str, str]:
    """The settings that name files, by what decides results: names stay, paths become the SHA-256 of what is there.

    `architecture` and `extractor` are in it only where they are paths.

    Raises:
        ConfigError: There is nothing at a path.
    """
    found = {"weights": weights_identity(config)}
    if config.has_own_backbone:
        found["architecture"] = backbone_sha256(config)
    if config.is_linear and is_path(config.extractor):
        found["extractor"] = _content(config.extractor, "extractor")
    return found


def weights_identity(config: ClassifierConfig) -> str:
    """The starting weights in result files: `none`, `imagenet`, or the SHA-256 of the file."""
    if config.weights in ("none", "imagenet"):
        return config.weights
    return _content(config.weights, "weights") if config.is_linear else sha256_of(weights_file(config))


def _content(text: str, name: str) -> str:
    path = Path(text).expanduser()
    if not path.exists():
        raise ConfigError(f"classifier.{name}: there is no file or folder {text}")
    return files_sha256(path) if path.is_dir() else sha256_of(path)


def settings_without_paths(config: ClassifierConfig) -> dict[str, Any]:
    """All settings as JSON values, for result files."""
    return config.model_dump(mode="json") | identities(config)


def architecture_identity(config: ClassifierConfig) -> str:
    """The name of the network, or the SHA-256 of a backbone by path."""
    return identities(config).get("architecture", config.architecture)


def title_of(config: ClassifierConfig) -> str:
    """The classifier in words, without the name of any file, e.g. `DenseNet-121`."""
    if config.architecture == DENSENET:
        return "DenseNet-121"
    if config.is_linear:
        own = is_path(config.extractor)
        name = f"a SavedModel ({identities(config)['extractor'][:12]})" if own else f"the extractor {config.extractor}"
        return f"logistic regression on features of {name}"
    if config.has_own_backbone:
        frozen = " (frozen; only the layer after it learns)" if Path(config.architecture).expanduser().is_dir() else ""
        return f"{_OWN} {architecture_identity(config)[:12]}{frozen}"
    return title_of_application(config.architecture)
