"""The nearest real images of an experiment's synthetic ones, or of those in any folders."""

from pathlib import Path

from medgan_tf.config.schema import Experiment
from medgan_tf.evidence.neighbours.measure import NeighbourResult, find_neighbours, save_neighbours
from medgan_tf.evidence.neighbours.settings import NeighboursConfig
from medgan_tf.evidence.release_sets import ReleaseSets, experiment_sets, folder_sets
from medgan_tf.evidence.set_features import FeatureStore, settings_extractor
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.presentation.progress import Progress


def experiment_neighbours(
    experiment: Experiment, settings: NeighboursConfig, target: Path, progress: Progress | None = None
) -> tuple[NeighbourResult, list[Path]]:
    """Looks up the synthetic dataset of an experiment's run.

    Args:
        experiment: The experiment.
        settings: Section `evaluation.neighbours`, perhaps changed.
        target: Where the results go.
        progress: Told about the work.

    Returns:
        What was found and the files written.

    Raises:
        ConfigError, DataError: Sets or extractor cannot be had.
    """
    real = _real(experiment)
    extractor = settings_extractor(settings, real.classifier / "model")
    store = FeatureStore(extractor, settings.batch, real.evaluation / "features")
    return _found(experiment_sets(experiment, progress), settings, experiment.seed, store, target, progress)


def folder_neighbours(
    experiment: Experiment,
    settings: NeighboursConfig,
    train: str | Path,
    held_out: str | Path | None,
    synthetic: str | Path,
    target: Path | None,
    progress: Progress | None = None,
) -> tuple[NeighbourResult, list[Path]]:
    """Looks up the images of any folders, see `release_sets.folder_sets`.

    Args:
        experiment: For its seed, and for its classifier if that is the extractor.
        settings: Section `evaluation.neighbours`.
        train, held_out, synthetic: The folders.
        target: Where the results go; None writes nothing.
        progress: Told about the work.
    """
    extractor = settings_extractor(settings, _real(experiment).classifier / "model")
    sets = folder_sets(train, held_out, synthetic, progress)
    store = FeatureStore(extractor, settings.batch)
    return _found(sets, settings, experiment.seed, store, target, progress)


def _real(experiment: Experiment) -> RunFolder:
    return RunFolder.of_real(experiment.training.output, experiment.name, experiment.seed)


def _found(
    sets: ReleaseSets,
    settings: NeighboursConfig,
    seed: int,
    store: FeatureStore,
    target: Path | None,
    progress: Progress | None,
) -> tuple[NeighbourResult, list[Path]]:
    result = find_neighbours(sets.train, sets.held_out, sets.synthetic, settings, seed, store, progress)
    return result, save_neighbours(target, result, settings.shown) if target else []
