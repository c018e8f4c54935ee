"""The privacy audit of an experiment's run, or of any folders."""

from pathlib import Path

from medgan_tf.config.schema import Experiment
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.errors import MedganError
from medgan_tf.evidence.privacy.audit import Audit, audit, save_audit
from medgan_tf.evidence.privacy.inputs import Discriminator, Model
from medgan_tf.evidence.privacy.membership.discriminator_scores import checkpoint_discriminator
from medgan_tf.evidence.privacy.settings import PrivacyConfig
from medgan_tf.evidence.release_sets import ReleaseFolders, release_inputs
from medgan_tf.presentation.progress import Progress


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
    model = Model() if folders else Model(experiment, _discriminator(experiment))
    found = audit(sets, settings, store, model, progress, seed=experiment.seed)
    return found, save_audit(target, found) if target else []


def _discriminator(experiment: Experiment) -> Discriminator | MedganError:
    """The discriminator of the newest checkpoint, or the reason why there is none; it becomes a row of the result."""
    try:
        return checkpoint_discriminator(experiment, DatasetFolder(experiment.dataset_dir))
    except MedganError as error:
        return error
