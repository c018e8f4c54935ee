"""The privacy audit of an experiment's run, or of any folders."""

from pathlib import Path

from medgan_tf.config.schema import Experiment
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.errors import MedganError
from medgan_tf.evidence.privacy.audit import Audit, audit, save_audit
from medgan_tf.evidence.privacy.discriminator_scores import checkpoint_discriminator
from medgan_tf.evidence.privacy.settings import PrivacyConfig
from medgan_tf.evidence.release_sets import experiment_sets, folder_sets
from medgan_tf.evidence.set_features import FeatureStore, settings_extractor
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.presentation.progress import Progress


def audit_experiment(
    experiment: Experiment, settings: PrivacyConfig, target: Path, progress: Progress | None = None
) -> tuple[Audit, list[Path]]:
    """Audits the synthetic dataset and the checkpoint of an experiment's run.

    Args:
        experiment: The experiment.
        settings: Section `evaluation.privacy`, perhaps changed.
        target: Where the results go.
        progress: Told about the work.

    Returns:
        The audit and the files written.

    Raises:
        ConfigError, DataError: Sets or extractor cannot be had.
    """
    real = RunFolder.of_real(experiment.training.output, experiment.name, experiment.seed)
    extractor = settings_extractor(settings, real.classifier / "model")
    sets = experiment_sets(experiment, progress)
    store = FeatureStore(extractor, settings.batch, real.evaluation / "features")
    try:
        discriminator = checkpoint_discriminator(experiment, DatasetFolder(experiment.dataset_dir))
    except MedganError as error:
        # One attack less is a row of the result, not the end of the audit.
        discriminator = error
    found = audit(sets, settings, store, discriminator, progress, seed=experiment.seed)
    return found, save_audit(target, found)


def audit_folders(
    experiment: Experiment,
    settings: PrivacyConfig,
    train: str | Path,
    held_out: str | Path | None,
    synthetic: str | Path,
    target: Path | None,
    progress: Progress | None = None,
) -> tuple[Audit, list[Path]]:
    """Audits any folders, see `release_sets.folder_sets`; without the attack on the model.

    Args:
        experiment: For its seed, and for its classifier if that is the extractor.
        settings: Section `evaluation.privacy`.
        train, held_out, synthetic: The folders.
        target: Where the results go; None writes nothing.
        progress: Told about the work.
    """
    real = RunFolder.of_real(experiment.training.output, experiment.name, experiment.seed)
    extractor = settings_extractor(settings, real.classifier / "model")
    found = audit(
        folder_sets(train, held_out, synthetic, progress),
        settings,
        FeatureStore(extractor, settings.batch),
        None,
        progress,
        seed=experiment.seed,
    )
    return found, save_audit(target, found) if target else []
