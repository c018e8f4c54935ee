"""The privacy audit of an experiment's run, or of any folders."""

from pathlib import Path
from typing import Any

from medgan_tf.config.run_folders import real_folder, run_folder
from medgan_tf.config.schema import Experiment
from medgan_tf.data.records.manifest import FOLDS
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.errors import MedganError
from medgan_tf.evidence.image_sets import ImageSet
from medgan_tf.evidence.privacy.annex.input_hashes import Places, SetOfImages, recorded
from medgan_tf.evidence.privacy.annex.write import write_annex
from medgan_tf.evidence.privacy.audit import Audit, audit, save_audit
from medgan_tf.evidence.privacy.foreign import Foreign
from medgan_tf.evidence.privacy.inputs import Discriminator, Model
from medgan_tf.evidence.privacy.membership.discriminator_scores import checkpoint_discriminator
from medgan_tf.evidence.privacy.settings import PrivacyConfig
from medgan_tf.evidence.release_sets import ReleaseFolders, ReleaseSets, release_inputs
from medgan_tf.evidence.run_guarantee import run_guarantee
from medgan_tf.files.lenient_reader import LenientReader
from medgan_tf.files.result_files import plain
from medgan_tf.presentation.progress import Progress

FOLDERS = "folders of images"
"""The subject of an audit without an experiment."""


def run_audit(
    experiment: Experiment,
    settings: PrivacyConfig,
    target: Path | None,
    folders: ReleaseFolders | None = None,
    progress: Progress | None = None,
) -> tuple[Audit, list[Path]]:
    """Audits the synthetic dataset and the checkpoint of an experiment's run, or any folders.

    For folders there is no attack on the model.

    Args:
        experiment: The experiment. For folders only its classifier is used, if that is the extractor.
        settings: Section `evaluation.privacy`, perhaps changed.
        target: Folder of the results; None writes nothing.
        folders: Folders in place of the experiment's own.
        progress: Shows how far the work is.

    Returns:
        The audit and the files written.

    Raises:
        ConfigError, DataError: Sets or extractor cannot be had.
    """
    sets, store = release_inputs(experiment, settings, folders, progress)
    model = Model() if folders else _model(experiment)
    found = audit(sets, settings, store, model, progress, seed=experiment.seed)
    if target is None:
        return found, []
    found.result["audited"] = _recorded(experiment, settings, folders, sets)
    if model.guarantee is not None:
        found.result["guarantee"] = model.guarantee.as_json()
    return found, [*save_audit(target, found), *write_annex(target, plain(found.result), FOLDERS)]


def _recorded(
    experiment: Experiment, settings: PrivacyConfig, folders: ReleaseFolders | None, sets: ReleaseSets
) -> dict[str, Any]:
    """What the result keeps about the audit itself, with the hashes of its inputs."""
    if folders is None:
        run, subject = run_folder(experiment), f"{experiment.name}, {run_folder(experiment).path.name}"
        places = Places.of_run(run, Path(experiment.dataset_dir))
    else:
        subject = FOLDERS
        places = Places(extractor=real_folder(experiment).classifier / "model")
    images = {"train": sets.train, "held_out": sets.held_out, "synthetic": sets.synthetic}
    described = {name: SetOfImages(one.sha256, _folds(one)) for name, one in images.items()}
    return recorded(places, described, settings, subject)


def _folds(images: ImageSet) -> list[str]:
    """The folds that a set is of, in their order; none for image files."""
    return [fold for fold in FOLDS if fold in set(images.folds)]


def _model(experiment: Experiment) -> Model:
    if experiment.external is not None:
        return Model(experiment, foreign=Foreign.of(experiment))
    run = run_folder(experiment)
    return Model(experiment, _discriminator(experiment), guarantee=run_guarantee(LenientReader(run.path), run))


def _discriminator(experiment: Experiment) -> Discriminator | MedganError:
    """The discriminator of the newest checkpoint, or the reason why there is none; it becomes a row of the result."""
    try:
        return checkpoint_discriminator(experiment, DatasetFolder(experiment.dataset_dir))
    except MedganError as error:
        return error
