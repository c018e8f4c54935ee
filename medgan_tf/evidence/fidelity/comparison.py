"""The sets of a comparison: real images, held-out real images for the floor, and synthetic ones."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from medgan_tf.classification.conditions import check_synthetic, synthetic_dataset
from medgan_tf.config.run_folders import run_folder
from medgan_tf.config.schema import Experiment
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.evidence.fidelity.protocol import balanced_rows
from medgan_tf.evidence.generated_set import generated_set
from medgan_tf.evidence.image_sets import Choice, ImageSet, check_folders, fold_set, read_set, same_size
from medgan_tf.metrics.streams import stream
from medgan_tf.presentation.progress import Progress, Silent
from medgan_tf.presentation.steps import Steps
from medgan_tf.synthesis.load import load_generator


@dataclass(frozen=True)
class Comparison:
    """The sets of a comparison.

    Attributes:
        real: The real images.
        held_out: Other real images, for the floor; None where there are none.
        synthetic: One or more synthetic sets.
        notes: Sentences that the reader of the result has to know about the choice.
        halves: Without held-out images, the rows of two halves of the real ones, int64 each, for the floor.
    """

    real: ImageSet
    held_out: ImageSet | None
    synthetic: tuple[ImageSet, ...]
    notes: tuple[str, ...] = ()
    halves: tuple[np.ndarray, np.ndarray] | None = None


def run_comparison(
    experiment: Experiment, dataset: DatasetFolder, generator: Path, progress: Progress | None = None
) -> Comparison:
    """A run's generator with the labels of training images, against these images; valid and test are held out.

    Of a generator from elsewhere the imported training images are compared, with the labels that they have.

    Raises:
        DataError: There is no generator, or it has other labels.
    """
    steps, settings = Steps(progress or Silent()), experiment.evaluation.fid
    if experiment.external is not None:
        return _imported_comparison(experiment, dataset, steps)
    loaded = load_generator(generator, trust=True)
    steps("reading real images")
    whole = fold_set(dataset, ("train",), "real")
    choice = functools.partial(_chosen, wanted=settings.images, seed=experiment.seed)
    real = whole.take(choice(whole.patients))
    synthetic = generated_set(loaded, real, experiment.seed, settings.batch, steps.counted("generated"))
    return _with_held_out(dataset, real, synthetic, choice, experiment.seed)


def _imported_comparison(experiment: Experiment, dataset: DatasetFolder, steps: Steps) -> Comparison:
    """As many images from elsewhere as of real ones, chosen by the same rule."""
    synthetic = synthetic_dataset(run_folder(experiment))
    check_synthetic(dataset, synthetic)
    steps("reading images")
    choice = functools.partial(_chosen, wanted=experiment.evaluation.fid.images, seed=experiment.seed)
    real, made = fold_set(dataset, ("train",), "real"), fold_set(synthetic, ("train",), experiment.generator_name)
    real, made = (one.take(choice(one.patients)) for one in (real, made))
    return _with_held_out(dataset, real, made, choice, experiment.seed)


def _with_held_out(
    dataset: DatasetFolder, real: ImageSet, synthetic: ImageSet, choice: Choice, seed: int
) -> Comparison:
    folds = tuple(fold for fold in ("valid", "test") if dataset.manifest.images[fold])
    if not folds:
        return _with_halves(real, (synthetic,), seed)
    held_out = fold_set(dataset, folds, "held out")
    return Comparison(real, held_out.take(choice(held_out.patients)), (synthetic,))


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


def _chosen(patients: np.ndarray, wanted: int, seed: int) -> np.ndarray:
    return balanced_rows(patients, wanted, stream(seed, "images compared"))


def _with_halves(real: ImageSet, synthetic: tuple[ImageSet, ...], seed: int, notes: tuple[str, ...] = ()) -> Comparison:
    """Without held-out images, the floor is one half of the real images against the other."""
    order = stream(seed, "halves of the real images").permutation(len(real))
    note = "no held-out real images: the floor is one half of the real ones against the other"
    if not (real.patients != "").any():
        note += ", which is too low when images of one patient are in both halves"
    return Comparison(real, None, synthetic, (*notes, note), (np.sort(order[::2]), np.sort(order[1::2])))
