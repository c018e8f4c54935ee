"""What decides whether a result is up to date: the options that count, and the files that it was made from."""

import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from medgan_tf.config.section import Section
from medgan_tf.features.settings import FeatureSettings
from medgan_tf.files.hashing import files_sha256, sha256_of
from medgan_tf.files.result_files import read_json

# These decide how something is computed, not what comes out.
_NOT_RESULT = {"batch", "download"}


def deciding(settings: Section) -> dict[str, Any]:
    """The options of a section that decide the result, as JSON values."""
    return settings.model_dump(mode="json", exclude=_NOT_RESULT)


def is_result_of(path: Path, settings: Section) -> bool:
    """Whether a result file, which keeps its `settings`, was made with these ones.

    A command with an option of its own writes to the same place as the workflow, so being there is not enough.

    Raises:
        DataError: The file is damaged.
    """
    if not path.is_file():
        return False
    written = read_json(path).get("settings")
    try:
        return deciding(type(settings).model_validate_json(json.dumps(written))) == deciding(settings)
    except ValidationError:
        return False


def extractor_sha256(settings: FeatureSettings, classifier: Path) -> str:
    """SHA-256 of the extractor's files; "" where the installed packages decide them.

    Args:
        settings: The section that names the extractor.
        classifier: SavedModel of the experiment's real-trained classifier, whether or not it exists.
    """
    own = classifier if settings.extractor == "classifier" else Path(settings.extractor)
    path = Path(settings.weights) if settings.weights else own
    return sha256_of(path) if path.is_file() else files_sha256(path)
