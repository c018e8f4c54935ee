"""The sets of a comparison: real images, held-out real images for the floor, and synthetic ones."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from medgan_tf.config.schema import Experiment
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.evidence.image_sets import ImageSet, check_folders, fold_set, generated_set, read_set, same_size
from medgan_tf.metrics.streams import chosen_rows, stream
from medgan_tf.presentation.progress import Progress, Silent
from medgan_tf.presentation.steps import Steps
from medgan_tf.synthesis.load import load_generator


@dataclass(frozen=True)
class Comparison:
    """The sets of a comparison.

    Attributes:
        real: The real images.
        held_out: Other real images, for the floor.
        synthetic: One or more synthetic sets.
        notes: Sentences that the reader of the result has to know about the choice.
    """

    real: ImageSet
    held_out: ImageSet
    synthetic: tuple[ImageSet, ...]
    notes: tuple[str, ...] = ()


def run_comparison(
    experiment: Experiment, dataset: DatasetFolder, generator: Path, progress: Progress | None = None
) -> Comparison:
    """A run's generator with the labels of training images, against these images; valid and test are held out.

    Raises:
        DataError: There is no generator, or it has other labels.
    """
    steps, settings = Steps(progress or Silent()), experiment.evaluation.fid
    loaded = load_generator(generator)
    steps("reading real images")
    whole = fold_set(dataset, ("train",), "real")
    real = whole.take(_chosen(len(whole), settings.images, experiment.seed))
    folds = tuple(fold for fold in ("valid", "test") if dataset.manifest.images[fold])
    synthetic = generated_set(loaded, real, experiment.seed, settings.batch, steps.counted("generated"))
    if not folds:
        return _with_halves(real, (synthetic,), experiment.seed)
    return Comparison(real, fold_set(dataset, folds, "held out"), (synthetic,))


def folder_comparison(
    real: str | Path, synthetic: Sequence[str | Path], images: int, seed: int, progress: Progress | None = None
) -> Comparison:
    """Any folders, see `image_sets.read_set`; all at the resolution of the smallest.

    Args:
        real: Folder of real images.
        synthetic: Folders of synthetic images.
        images: Largest number of images of each.
        seed: Seed of the choice of images, and of the halves of the real ones where none are held out.
        progress: Shows how far the work is.

    Raises:
        DataError: A folder holds no images, or a file cannot be read.
    """
    steps = Steps(progress or Silent())
    # All of them first: a wrong name should show before the first folder is read.
    check_folders(real, *synthetic)
    choice = functools.partial(_chosen, wanted=images, seed=seed)
    first, held_out = read_set(real, choice, steps.counted("reading real images"))
    others = [read_set(path, choice, steps.counted("reading synthetic images"))[0] for path in synthetic]
    (first, *others), notes = same_size(first, *others)
    if len({one.label_names for one in (first, *others)}) > 1:
        notes.append("the sets do not have the same labels, so there is no table by label combination")
        first, others = first.without_labels(), [one.without_labels() for one in others]
    if held_out is None:
        return _with_halves(first, tuple(others), seed, tuple(notes))
    if first.labels is None:
        held_out = held_out.without_labels()
    return Comparison(first, held_out.resized(first.images.shape[1]), tuple(others), tuple(notes))


def _chosen(count: int, wanted: int, seed: int) -> np.ndarray:
    return chosen_rows(count, wanted, stream(seed, "images compared"))


def _with_halves(real: ImageSet, synthetic: tuple[ImageSet, ...], seed: int, notes: tuple[str, ...] = ()) -> Comparison:
    """Without held-out images, the floor is one half of the real images against the other."""
    order = stream(seed, "halves of the real images").permutation(len(real))
    first, second = real.take(np.sort(order[::2])), real.take(np.sort(order[1::2]))
    note = (
        "no held-out real images: half of the real ones serve for the floor, which is too low when images of one "
        "patient are in both halves"
    )
    return Comparison(first, second, synthetic, (*notes, note))
