"""Makes an extractor from its name in an experiment."""

from dataclasses import replace
from pathlib import Path

from medgan_tf.config.schema import FidConfig
from medgan_tf.errors import ConfigError
from medgan_tf.features.extractor import Extractor, ExtractorRequest
from medgan_tf.features.saved_model import saved_model_extractor
from medgan_tf.registry import EXTRACTORS


def check_extractor(name: str) -> None:
    """Raises `ConfigError` when `load_extractor` would not know the name. Reads no weights and no images."""
    if name.replace("-", "_") not in EXTRACTORS.names() and not (Path(name) / "saved_model.pb").is_file():
        raise ConfigError(
            f"unknown feature extractor {name!r}; known: {', '.join(EXTRACTORS.names())}, or the folder of a SavedModel"
        )


def load_extractor(name: str, request: ExtractorRequest | None = None) -> Extractor:
    """A registered extractor by name (`inception-2015` and `inception_2015` are the same), or a SavedModel by its path.

    Raises:
        ConfigError: The name is neither registered nor a folder, or the extractor lacks a setting.
        DataError: Its weights are missing, damaged or not those asked for.
    """
    request = request or ExtractorRequest()
    check_extractor(name)
    registered = name.replace("-", "_")
    if registered in EXTRACTORS.names():
        return EXTRACTORS.get(registered)(request)
    return saved_model_extractor(Path(name), request.sha256)


def configured_extractor(settings: FidConfig, classifier: Path, name: str | None = None) -> Extractor:
    """The extractor that an experiment asks for.

    Args:
        settings: Section `evaluation.fid`.
        classifier: SavedModel of the experiment's real-trained classifier, whether or not it exists.
        name: Another extractor than `settings.extractor`, with weights of its own.
    """
    request = ExtractorRequest(settings.weights, settings.sha256, settings.download, classifier)
    if name is not None and name.replace("-", "_") != settings.extractor.replace("-", "_"):
        request = replace(request, weights=None, sha256=None)
    return load_extractor(name or settings.extractor, request)
