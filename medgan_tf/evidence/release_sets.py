"""The image sets of a release, from an experiment or from any folders, and their features."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from medgan_tf.classification.conditions import check_synthetic, synthetic_dataset
from medgan_tf.config.run_folders import real_folder, run_folder
from medgan_tf.config.schema import Experiment
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.errors import DataError
from medgan_tf.evidence.image_sets import ImageSet, check_folders, check_labels, fold_set, folder_set, same_size
from medgan_tf.evidence.set_features import FeatureStore, settings_extractor
from medgan_tf.evidence.trained_sets import known_training, trained_sets
from medgan_tf.features.settings import FeatureSettings
from medgan_tf.presentation.progress import Progress, Silent
from medgan_tf.presentation.steps import Steps

HELD_OUT = ("valid", "test")


@dataclass(frozen=True)
class ReleaseFolders:
    """Folders of images from anywhere, in place of an experiment's, see `folder_sets`."""

    train: str | Path
    held_out: str | Path | None
    synthetic: str | Path


@dataclass(frozen=True)
class ReleaseSets:
    """The sets that are compared.

    Attributes:
        train: The real images that the generator was trained on.
        held_out: Real images of patients that it never saw.
        synthetic: The images to be released.
        notes: Sentences that the reader of a result has to know.
    """

    train: ImageSet
    held_out: ImageSet
    synthetic: ImageSet
    notes: tuple[str, ...] = ()


def release_inputs(
    experiment: Experiment,
    settings: FeatureSettings,
    folders: ReleaseFolders | None = None,
    progress: Progress | None = None,
) -> tuple[ReleaseSets, FeatureStore]:
    """The sets of an experiment's run, or of any folders, and the store that computes their features.

    Features of an experiment are kept with its real images; those of other folders are not kept.

    Args:
        experiment: The experiment. For folders only its classifier is used, if that is the extractor.
        settings: The section that names the extractor.
        folders: Folders in place of the experiment's own.
        progress: Shows how far the work is.

    Raises:
        ConfigError, DataError: Sets or extractor cannot be had.
    """
    real = real_folder(experiment)
    extractor = settings_extractor(settings, real.classifier / "model")
    if folders is None:
        sets, kept = experiment_sets(experiment, progress), real.evaluation / "features"
    else:
        sets, kept = folder_sets(folders.train, folders.held_out, folders.synthetic, progress), None
    return sets, FeatureStore(extractor, settings.batch, kept)


def experiment_sets(experiment: Experiment, progress: Progress | None = None) -> ReleaseSets:
    """The prepared dataset of an experiment and the synthetic one of its run.

    Raises:
        DataError: One is missing, or they do not belong together; no fold is held out.
    """
    steps = Steps(progress or Silent())
    real = DatasetFolder(experiment.dataset_dir)
    synthetic = synthetic_dataset(run_folder(experiment))
    check_synthetic(real, synthetic)
    steps("reading images")
    train, held_out = fold_set(real, ("train",), "training"), _held_out(real)
    shared = _in_both(train, held_out)
    notes: tuple[str, ...] = (f"warning: {_in_both_words(shared, held_out)}",) if shared else ()
    if experiment.external is not None:
        known = known_training(experiment, real)
        train, held_out, more = trained_sets(known, real, train, held_out)
        notes += more
    return ReleaseSets(train, held_out, fold_set(synthetic, ("train", "valid", "test"), "synthetic"), notes)


def _held_out(real: DatasetFolder) -> ImageSet:
    if not any(real.manifest.images[fold] for fold in HELD_OUT):
        raise DataError(
            f"{real.path} has no held-out fold, and the comparison needs patients that the generator never saw; "
            "prepare it with valid and test fractions (data.fold_fractions)"
        )
    return fold_set(real, HELD_OUT, "held-out")


def folder_sets(
    train: str | Path, held_out: str | Path | None, synthetic: str | Path, progress: Progress | None = None
) -> ReleaseSets:
    """Any folders: dataset folders or image files, of generators from elsewhere too.

    Args:
        train: Folder of the training images; of a dataset folder the train fold is read.
        held_out: Folder of held-out images; of a dataset folder the folds valid and test are read, or all folds
            if it has neither. None: valid and test of `train`.
        synthetic: Folder of the synthetic images; of a dataset folder all folds are read.
        progress: Shows how far the work is.

    Raises:
        DataError: A folder holds no images or images with other labels, or a patient or an image is in both real sets.
    """
    steps, paths = Steps(progress or Silent()), (Path(train), Path(held_out) if held_out else None, Path(synthetic))
    # A wrong name should show before the first folder is read.
    check_folders(*filter(None, paths))
    members = folder_set(paths[0], "training", steps.counted("reading training images"), _folds(paths[0], ("train",)))
    if paths[1] is None:
        if not (paths[0] / "manifest.json").is_file():
            raise DataError(f"{train} is no dataset folder with folds of its own; give held-out images with --held-out")
        others = _held_out(DatasetFolder(paths[0]))
    else:
        report = steps.counted("reading held-out images")
        others = folder_set(paths[1], "held-out", report, _folds(paths[1], HELD_OUT))
    made = folder_set(paths[2], "synthetic", steps.counted("reading synthetic images"))
    check_labels(members, others)
    check_labels(members, made)
    shared = set(members.patients[members.patients != ""]) & set(others.patients)
    if shared:
        raise DataError(
            f"{len(shared)} patients are in both the training and the held-out images, e.g. {min(shared)}; held-out "
            "patients must be others"
        )
    equal = _in_both(members, others)
    if equal:
        raise DataError(f"{_in_both_words(equal, others)}; held-out images must be others")
    (members, others, made), notes = same_size(members, others, made)
    return ReleaseSets(members, others, made, tuple(notes))


def _in_both(train: ImageSet, held_out: ImageSet) -> int:
    """Number of held-out images that are training images pixel for pixel. Images of one grey level show nobody."""
    known = {_digest(image) for image in train.images}
    return sum(_digest(image) in known and image.min() < image.max() for image in held_out.images)


def _digest(image: np.ndarray) -> bytes:
    return hashlib.sha256(f"{image.shape}".encode() + np.ascontiguousarray(image).tobytes()).digest()


def _in_both_words(count: int, held_out: ImageSet) -> str:
    return f"{count:,} of the {len(held_out):,} held-out images are training images pixel for pixel"


def _folds(path: Path, wanted: Sequence[str]) -> Sequence[str]:
    """The wanted folds, or all where a dataset folder has none of them."""
    if not (path / "manifest.json").is_file():
        return wanted
    counts = DatasetFolder(path).manifest.images
    return wanted if any(counts[fold] for fold in wanted) else tuple(counts)
