"""Whether a result is up to date: its options, and the hashes of the files that it was made from."""

import json
from pathlib import Path

from pydantic import ValidationError

from medgan_tf.config.renamed import with_new_names
from medgan_tf.config.section import Section, deciding
from medgan_tf.features.settings import FeatureSettings
from medgan_tf.files.hashing import files_sha256, sha256_of
from medgan_tf.files.json_files import read_json


def is_result_of(path: Path, settings: Section) -> bool:
    """Whether a result file, which keeps its `settings`, was made with these ones.

    A command with an option of its own writes to the same place as the workflow, so being there is not enough.

    Raises:
        DataError: The file is damaged.
    """
    if not path.is_file():
        return False
    written = read_json(path).get("settings")
    if not isinstance(written, dict):
        return False
    model = type(settings)
    try:
        return deciding(model.model_validate_json(json.dumps(with_new_names(written, model)))) == deciding(settings)
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
