"""The experiment's own classifier, trained on real images: features that know the findings, without any download."""

from pathlib import Path

from medgan_tf.errors import DataError
from medgan_tf.features.extractor import Extractor, ExtractorRequest
from medgan_tf.features.saved_model import saved_model_extractor
from medgan_tf.registry import EXTRACTORS


@EXTRACTORS.register("classifier")
def classifier_extractor(request: ExtractorRequest) -> Extractor:
    """The features before the last layer of the SavedModel in `weights`, or of the experiment's own real classifier.

    Raises:
        DataError: There is no classifier yet.
    """
    path = Path(request.weights) if request.weights else request.classifier
    if path is None or not (path / "saved_model.pb").is_file():
        raise DataError(
            f"extractor 'classifier' needs the classifier trained on real images; nothing in {path}. Train it with "
            "`medgan-tf classify`, give another one with --set evaluation.fid.weights=FOLDER, or use the extractor "
            "'random' for a smoke run"
        )
    return saved_model_extractor(path, request.sha256, name="classifier")
