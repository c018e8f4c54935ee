"""Training and held-out images of a generator from elsewhere, which need not have been trained on the training fold."""

import numpy as np

from medgan_tf.config.schema import Experiment
from medgan_tf.data.records.manifest import FOLDS
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.errors import DataError
from medgan_tf.evidence.image_sets import ImageSet, fold_set
from medgan_tf.synthesis.external.trained_on import TrainedImages, trained_images

NOT_KNOWN = (
    "nobody says what the generator was trained on (external.trained_on: unknown): the training fold stands for its "
    "training images, and held-out images are a control only if it never saw them"
)
OTHERS = (
    "the generator was trained on patients who are not in this dataset (external.trained_on: other): nothing here "
    "speaks for them"
)


def known_training(experiment: Experiment, real: DatasetFolder) -> TrainedImages | None:
    """The images of the dataset that the experiment's generator from elsewhere was trained on; None if not known."""
    return trained_images(experiment.external, real, experiment.data.private_dir)


def trained_sets(
    known: TrainedImages | None, real: DatasetFolder, train: ImageSet, held_out: ImageSet
) -> tuple[ImageSet, ImageSet, tuple[str, ...]]:
    """The sets of training and of held-out images, and sentences that the reader of a result has to know.

    Where the images are listed, these are the training images, whatever their fold is. Held out are the images of the
    held-out folds whose patients the generator never saw. All others are neither: a list may lack images of the
    training fold, and the features of a classifier may know that fold.

    Args:
        known: See `known_training`.
        real: The prepared dataset.
        train, held_out: Its training fold, and its other folds.

    Raises:
        DataError: Nobody is held out.
    """
    if known is None:
        return train, held_out, (f"warning: {NOT_KNOWN}",)
    if not known.images:
        return train, held_out, (f"warning: {OTHERS}",)
    if known.images == set(train.image_ids.tolist()):
        return train, held_out, known.notes
    whole = fold_set(real, [fold for fold in FOLDS if real.manifest.images[fold]], "real")
    trained = np.isin(whole.image_ids, list(known.images))
    seen = np.isin(whole.patients, np.unique(whole.patients[trained & (whole.patients != "")]))
    held = np.isin(whole.folds, np.unique(held_out.folds))
    others = held & ~trained & ~(seen & (whole.patients != ""))
    if not others.any():
        raise DataError(
            f"{real.path}: the generator was trained on images of every held-out patient, so nobody is left to compare "
            "with"
        )
    notes = (
        _left_out(~held & ~trained, "of the training fold that it was not trained on"),
        _left_out(held & ~trained & ~others, "of held-out patients whom it knows"),
    )
    parts = [_part(real, whole, rows, one.name) for rows, one in ((trained, train), (others, held_out))]
    return *parts, (*known.notes, *filter(None, notes))


def _left_out(rows: np.ndarray, what: str) -> str:
    count = int(rows.sum())
    return f"{count:,} images {what} are neither members nor held out" if count else ""


def _part(real: DatasetFolder, whole: ImageSet, rows: np.ndarray, name: str) -> ImageSet:
    """Some of the images, as a part of the folds that they are from: its hash is that of these folds."""
    folds = [fold for fold in FOLDS if fold in set(whole.folds[rows])]
    part = fold_set(real, folds, name)
    return part.take(np.flatnonzero(np.isin(part.image_ids, whole.image_ids[rows])))
