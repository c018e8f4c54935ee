"""Rejection for an experiment: the noise of images that may be released, and what the manifest says of the others."""

from dataclasses import replace

import numpy as np

from medgan_tf.config.run_folders import real_folder
from medgan_tf.config.schema import Experiment
from medgan_tf.data.images import to_uint8
from medgan_tf.data.private.selection import REJECTED
from medgan_tf.data.rare_combinations import rounded
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.data.records.synthesis import RejectedCombination, Rejection
from medgan_tf.errors import ConfigError, DataError
from medgan_tf.evidence.image_sets import ImageSet, fold_set
from medgan_tf.evidence.privacy.rejection.detector import Detector
from medgan_tf.evidence.privacy.rejection.measure_rejection import Choice, LeftThrough, Make, choose_noise, left_through
from medgan_tf.evidence.release_sets import HELD_OUT
from medgan_tf.evidence.set_features import FeatureStore, settings_extractor
from medgan_tf.metrics.bootstrap import patient_numbers
from medgan_tf.metrics.streams import chosen_rows, stream
from medgan_tf.presentation.progress import Progress
from medgan_tf.presentation.steps import Steps
from medgan_tf.synthesis.generate import latents
from medgan_tf.synthesis.labels import LabelTable
from medgan_tf.synthesis.load import Generator

_MOST_MEASURED = 2000


def without_flagged(
    experiment: Experiment,
    dataset: DatasetFolder,
    generator: Generator,
    table: LabelTable,
    seed: int,
    progress: Progress,
) -> tuple[LabelTable, Rejection]:
    """The label table with images that none of the searches in `generate.reject` flags, and their noise.

    Images are searched among all training images, with the extractor of `evaluation.privacy`. The very images that pass
    are those that are written. They are held in memory, as the training images are.

    Args:
        experiment: The experiment.
        dataset: Its prepared dataset.
        generator: The generator.
        table: The labels.
        seed: Seed of the noise.
        progress: Shows how far the work is.

    Raises:
        ConfigError, DataError: The generator has a guarantee, which would not hold for what is left; or the extractor
            cannot be had, there are no held-out images, or images of a label combination are flagged again and again.
    """
    if generator.guarantee is not None:
        raise ConfigError(REJECTED)
    settings, config, steps = experiment.evaluation.privacy, experiment.generate, Steps(progress)
    real = real_folder(experiment)
    extractor = settings_extractor(settings, real.classifier / "model")
    store = FeatureStore(extractor, settings.batch, real.evaluation / "features")
    train, held_out = fold_set(dataset, ("train",), "training"), fold_set(dataset, HELD_OUT, "held-out")
    known = store.features(train.images, steps.counted("features of training images"))

    def compute(images: np.ndarray) -> np.ndarray:
        return extractor.features(images, settings.batch)

    def detector(rows: np.ndarray) -> Detector:
        part = compute, known[rows]
        return Detector.of(train.take(rows), held_out, part, config.reject, settings, experiment.seed)

    def make(fold: str, rows: np.ndarray, attempts: np.ndarray) -> np.ndarray:
        noise = latents(seed, fold, rows, generator.latent_size, attempts)
        return to_uint8(generator.generate(noise, table.vectors(fold, rows)))

    try:
        whole, halves = detector(np.arange(len(train))), tuple(map(detector, _halves(train, experiment.seed)))
    except ValueError as error:
        raise DataError(f"{dataset.path}: too few patients to search among: {error}") from error
    images = _some_images(table, make, config.batch, experiment.seed)
    through = left_through(images, (halves[0].flagged, halves[1].flagged))
    chosen = choose_noise(table, make, whole.flagged, steps.counted("images searched"), config.batch)
    record = _record(chosen, through, table, config.reject, config.minimum_patients)
    return replace(table, attempts=chosen.attempts, images=chosen.images), record


def _halves(train: ImageSet, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows of two halves of the training patients."""
    numbers = patient_numbers(train.patients)
    half = stream(seed, "halves of the training patients, rejection").permutation(numbers.max() + 1)[numbers] % 2
    return np.flatnonzero(half == 0), np.flatnonzero(half == 1)


def _some_images(table: LabelTable, make: Make, batch: int, seed: int) -> np.ndarray:
    """Up to 2,000 images of the first fold that has any, as the first draw of the noise gives them."""
    fold = next(fold for fold, labels in table.folds.items() if len(labels))
    rows = chosen_rows(len(table.folds[fold]), _MOST_MEASURED, stream(seed, "images that measure rejection"))
    parts = (rows[start : start + batch] for start in range(0, len(rows), batch))
    return np.concatenate([make(fold, part, np.zeros(len(part), np.int64)) for part in parts])


def _record(chosen: Choice, through: LeftThrough, table: LabelTable, searches: tuple[str, ...], step: int) -> Rejection:
    """What the manifest says. Numbers are rounded: an exact one would say how near a combination is to its patients."""
    vectors = np.unique(np.concatenate([labels for labels in table.folds.values() if len(labels)]), axis=0)
    combinations = []
    for vector in vectors.tolist():
        labels = [name for name, value in zip(table.names, vector, strict=True) if value]
        count = rounded(chosen.rejected["|".join(labels) or "(none)"], step)
        combinations.append(RejectedCombination(labels=labels, rejected=count, fewer_than=0 if count else step))
    return Rejection(
        searches=list(searches),
        rounded_to=step,
        drawn=rounded(chosen.drawn, step),
        rejected=rounded(sum(chosen.rejected.values()), step),
        combinations=combinations,
        halves_passed=through.passed,
        halves_left_through=through.flagged,
        halves_before=through.before,
    )
