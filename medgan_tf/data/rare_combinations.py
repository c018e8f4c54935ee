"""Label combinations of few patients, and counts that do not give away how many there are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from medgan_tf.config.schema import Experiment
from medgan_tf.data.conditions.columns import Conditions
from medgan_tf.data.conditions.training import label_vectors, table_conditions
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.data.tables.combinations import find_combinations
from medgan_tf.data.tables.table import FoldTable
from medgan_tf.errors import DataError
from medgan_tf.presentation.progress import Progress

_NAMED = 5


@dataclass(frozen=True)
class CombinationCount:
    """A label combination of the training fold.

    Attributes:
        name: Its positive labels, "A|B"; "(none)" without any.
        vector: uint8 [L].
        images: Number of training images.
        patients: Number of patients with such an image. An image whose patient is not known counts as one.
    """

    name: str
    vector: np.ndarray
    images: int
    patients: int


def count_combinations(
    labels: np.ndarray, patients: np.ndarray, label_names: Sequence[str]
) -> tuple[CombinationCount, ...]:
    """The combinations of some images, most frequent first.

    Args:
        labels: [N, L] of 0 and 1.
        patients: str [N], "" where unknown.
        label_names: The L names.
    """
    found = find_combinations(np.asarray(labels).astype(np.uint8), label_names)
    patients = np.asarray(patients)
    counted = []
    for number, (name, vector) in enumerate(zip(found.names, found.labels, strict=True)):
        mine = patients[found.index == number]
        known = mine[mine != ""]
        count = len(np.unique(known.astype(str))) + len(mine) - len(known)
        counted.append(CombinationCount(name, vector, int(found.counts[number]), count))
    return tuple(counted)


def training_combinations(dataset: DatasetFolder, conditions: Conditions | None = None) -> tuple[CombinationCount, ...]:
    """The combinations of a dataset's training fold, of findings and the columns of conditions.

    Raises `DataError` for a damaged shard, or an image that the conditions do not know.
    """
    conditions = conditions or Conditions()
    batches = [(batch.labels, batch.patients) for batch in dataset.batches("train")]
    if not batches:
        return ()
    labels, patients = (np.concatenate(parts) for parts in zip(*batches, strict=True))
    vectors = label_vectors(dataset, "train", conditions, labels)
    return count_combinations(vectors, patients, (*dataset.label_names, *conditions.names))


def rare(counts: Iterable[CombinationCount], minimum: int, named: Sequence[str] = ()) -> list[CombinationCount]:
    """The combinations of fewer than `minimum` patients that are not named."""
    return [one for one in counts if one.patients < minimum and one.name not in named]


def rare_words(found: Sequence[CombinationCount], minimum: int) -> str:
    """Which combinations are rare, in words, without their numbers of patients."""
    listed = ", ".join(one.name for one in found[:_NAMED]) + (", ..." if len(found) > _NAMED else "")
    plural = "s have" if len(found) != 1 else " has"
    return f"{len(found)} label combination{plural} fewer than {minimum} training patients: {listed}"


def refuse_rare(counts: Iterable[CombinationCount], minimum: int, named: Sequence[str], where: str) -> None:
    """Raises `DataError` if a combination is rare and not named.

    Args:
        counts: The combinations of the training fold.
        minimum: Smallest number of patients, `generate.minimum_patients`.
        named: Combinations that may be rare, `generate.rare_combinations`.
        where: The dataset, for the message.
    """
    if found := rare(counts, minimum, named):
        raise DataError(
            f"{where}: {rare_words(found, minimum)}; labels so rare can point to a person, so generate.labels=drawn "
            "refuses them; raise data.min_count, leave out findings (data.findings) or covariates (gan.conditions), or "
            "name those that may be released in generate.rare_combinations"
        )


def heed_rare(folds: FoldTable, experiment: Experiment, progress: Progress) -> None:
    """Looks for rare combinations before a picture is read. A private training has noisy counts, and a threshold, of
    its own, so there nothing is rare.

    Args:
        folds: The table of the dataset that will be made.
        experiment: The experiment.
        progress: Is told of rare combinations where nothing is drawn.

    Raises:
        DataError: Labels are to be drawn, and a combination is rare and not named; or a covariate is not there.
    """
    config = experiment.generate
    conditions = table_conditions(folds, experiment.gan.conditions, config.minimum_patients)
    if experiment.private:
        return
    trained = (folds.frame["fold"] == "train").to_numpy()
    patients = folds.frame["patient_id"].to_numpy(dtype=object)[trained]
    about = folds.covariates[trained].reset_index(drop=True) if conditions.columns else None
    vectors = conditions.beside(folds.labels[trained], about, "the dataset")
    counts = count_combinations(vectors, patients, (*folds.label_names, *conditions.names))
    minimum, named = config.minimum_patients, config.rare_combinations
    if config.labels == "drawn":
        refuse_rare(counts, minimum, named, "the dataset")
    elif found := rare(counts, minimum, named):
        progress.note(f"{rare_words(found, minimum)}; labels so rare can point to a person: no such image in a release")


def rounded(count: int, step: int) -> int:
    """The nearest multiple of `step`, the larger of two: 14 and 15 by steps of 10 are 10 and 20."""
    return (2 * count + step) // (2 * step) * step
