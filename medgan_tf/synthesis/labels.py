"""The labels of a synthetic dataset: those of the real images, or drawn from counts that are rounded or noisy.

For a generator with conditions, sex, age and view of the images belong to them.
"""

import zlib
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import pandas as pd

from medgan_tf.config.schema import DataConfig, Experiment, GenerateConfig
from medgan_tf.data.conditions.columns import Conditions
from medgan_tf.data.private.selection import refuse_uncovered
from medgan_tf.data.rare_combinations import refuse_rare, rounded, training_combinations
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.data.tables.combinations import FOLDS
from medgan_tf.errors import DataError
from medgan_tf.metrics.streams import stream
from medgan_tf.synthesis.load import Generator


@dataclass(frozen=True)
class LabelTable:
    """The labels to generate images for.

    Attributes:
        names: The L names.
        folds: float32 [N, L] by fold.
        origin: `as_real`: those of the real images in their order; `drawn`: at random from rounded or noisy counts.
        attempts: int64 [N] by fold: which draw of the noise an image is made from. Without a fold all are the first.
        images: uint8 [N, R, R, 1] by fold: images that are made already from this noise; without a fold there are none.
        conditions: The columns of the generator's label vectors that follow the findings.
        covariates: By fold, those of sex, age and view that `conditions` has, N rows; empty without conditions.
        from_card: Whether nothing was used for them but the card of the generator and public numbers. So the guarantee
            of a private training covers them.
    """

    names: tuple[str, ...]
    folds: dict[str, np.ndarray]
    origin: Literal["as_real", "drawn"] = "as_real"
    attempts: dict[str, np.ndarray] = field(default_factory=dict)
    images: dict[str, np.ndarray] = field(default_factory=dict)
    conditions: Conditions = Conditions()
    covariates: dict[str, pd.DataFrame] = field(default_factory=dict)
    from_card: bool = False

    def vectors(self, fold: str, rows: slice | np.ndarray) -> np.ndarray:
        """The generator's label vectors of some images of a fold, float32 [n, L + C]."""
        about = self.covariates[fold].iloc[rows] if self.conditions.columns else None
        return self.conditions.beside(self.folds[fold][rows], about, "the table of labels")


def label_table(
    dataset: DatasetFolder, config: GenerateConfig, seed: int, generator: Generator | None = None
) -> LabelTable:
    """The labels that the section `generate` asks for.

    Args:
        dataset: The prepared dataset of real images.
        config: The section.
        seed: Seed of the draw.
        generator: The generator; None: one without conditions and without guarantee. Labels for one with a guarantee
            are drawn from the noisy counts on its card.

    Raises:
        DataError: Labels are to be drawn and a combination is rare, see `refuse_rare`; or a shard is damaged; or the
            images lack covariates that the generator needs.
    """
    conditions = generator.conditions if generator else None
    if config.labels == "as_real":
        return real_labels(dataset, config.folds, conditions)
    if generator and generator.guarantee:
        return frequency_labels(generator, private_sizes(dataset, config.folds, generator.guarantee.units), seed)
    return drawn_labels(dataset, config, seed, conditions)


def private_sizes(dataset: DatasetFolder, folds: tuple[str, ...], units: int) -> dict[str, int]:
    """Number of images of each fold of a synthetic set whose labels are drawn under a guarantee.

    How many images the real folds have is not public. So the train fold gets an image for each unit that was trained
    on, whose number is public, and the other folds their part of it by `data.fold_fractions`.

    Args:
        dataset: The prepared dataset; of its manifest only the settings are read.
        folds: The folds.
        units: Number of units in the training fold.
    """
    given = dataset.manifest.config.get("fold_fractions", DataConfig().fold_fractions)
    shares = dict(zip(FOLDS, given, strict=True))
    return {fold: max(1, round(units * shares[fold] / shares["train"])) for fold in folds}


def real_labels(dataset: DatasetFolder, folds: tuple[str, ...], conditions: Conditions | None = None) -> LabelTable:
    """The labels of a prepared dataset, in stored order; with their covariates if the generator has conditions."""
    labels = {fold: dataset.read_labels(fold) for fold in folds}
    if conditions is None or not conditions.columns:
        return LabelTable(dataset.label_names, labels)
    covariates = {}
    for fold in folds:
        about = dataset.read_covariates(fold)
        conditions.beside(labels[fold], about, f"{dataset.path}, {fold} fold")
        covariates[fold] = about[list(conditions.covariates)]
    return LabelTable(dataset.label_names, labels, conditions=conditions, covariates=covariates)


def check_labels(experiment: Experiment, dataset: DatasetFolder, conditions: Conditions) -> None:
    """Checks, before anything is trained or generated, that labels do not tell too much of patients.

    Labels for a private generator are drawn from noisy counts, which its guarantee covers: there nothing is rare.

    Raises:
        ConfigError: See `refuse_uncovered`.
        DataError: See `check_drawable`.
    """
    refuse_uncovered(experiment)
    if not experiment.private:
        check_drawable(dataset, experiment.generate, conditions)


def check_guarantee(experiment: Experiment, generator: Generator) -> None:
    """Raises `DataError` if an experiment is private and its generator has no guarantee."""
    if experiment.private and generator.guarantee is None:
        raise DataError(
            f"{generator.path} has no guarantee, and the experiment asks for one (privacy.dp): it is of an earlier "
            "training; train it again, or take out the section privacy.dp"
        )


def check_drawable(dataset: DatasetFolder, config: GenerateConfig, conditions: Conditions | None = None) -> None:
    """Raises `DataError` if labels are to be drawn and a combination of the training fold is rare and not named."""
    if config.labels == "drawn":
        counts = training_combinations(dataset, conditions or Conditions())
        refuse_rare(counts, config.minimum_patients, config.rare_combinations, str(dataset.path))


def drawn_labels(
    dataset: DatasetFolder, config: GenerateConfig, seed: int, conditions: Conditions | None = None
) -> LabelTable:
    """Independent draws of label combinations, for every fold from the counts of the training images.

    The counts are rounded to multiples of `minimum_patients` before the draw, and so are the numbers of images. So a
    table depends on a single patient only where his images move a count over the middle between two multiples, and the
    draw blurs that too: a count of 1,000 varies by about 30. The order is that of the draws, so it says nothing.
    Validation labels follow the training counts as well: patients of the other folds have no part in them.

    With conditions, combinations of findings and covariates are drawn in the same way.

    Args:
        dataset: The prepared dataset of real images.
        config: The section `generate`.
        seed: Seed of the draw. Each fold has a stream of its own.
        conditions: Those of the generator.

    Raises:
        DataError: A combination is rare, see `refuse_rare`, or a shard is damaged.
    """
    conditions = conditions or Conditions()
    step, counts = config.minimum_patients, training_combinations(dataset, conditions)
    refuse_rare(counts, step, config.rare_combinations, str(dataset.path))
    # A combination that is named although it is rare has one step, however many patients there are.
    weights = np.array([max(step, rounded(one.images, step)) for one in counts], np.float64)
    vectors = np.stack([one.vector for one in counts]).astype(np.float32)
    folds = {}
    for fold in config.folds:
        images = dataset.manifest.images[fold]
        wanted = max(step, rounded(images, step)) if images else 0
        chosen = stream(seed, f"drawn labels {fold}").choice(len(vectors), size=wanted, p=weights / weights.sum())
        folds[fold] = vectors[chosen]
    return _drawn(dataset.label_names, folds, conditions, seed)


def frequency_labels(generator: Generator, images: dict[str, int], seed: int) -> LabelTable:
    """Labels drawn with the frequencies of the generator's training set, for those who have only the generator.

    Args:
        generator: Its card holds the combinations and their counts. One whose count is not told ("fewer than 10")
            counts as half of that.
        images: Number of images by fold.
        seed: Seed of the draw.

    Raises:
        DataError: The card names no combination: with conditions, rare ones are not on it.
    """
    if not generator.combinations:
        raise DataError(
            f"{generator.path}: the generator names no combination of labels and covariates that is frequent enough to "
            "be drawn; take the labels of a prepared dataset instead"
        )
    counts = np.array([one.train or one.fewer_than / 2 for one in generator.combinations], np.float64)
    vectors = np.stack([combination.vector for combination in generator.combinations])
    folds = {}
    for fold, count in images.items():
        random = np.random.Generator(np.random.Philox(key=[seed, zlib.crc32(f"labels {fold}".encode())]))
        folds[fold] = vectors[random.choice(len(vectors), size=count, p=counts / counts.sum())]
    return replace(_drawn(generator.label_names, folds, generator.conditions, seed), from_card=True)


def _drawn(names: tuple[str, ...], vectors: dict[str, np.ndarray], conditions: Conditions, seed: int) -> LabelTable:
    """The table of label vectors [N, L + C] that were drawn, by fold; an age is drawn from its band."""
    if not conditions.columns:
        return LabelTable(names, vectors, "drawn")
    labels = {fold: values[:, : len(names)] for fold, values in vectors.items()}
    covariates = {
        fold: conditions.of_groups(values[:, len(names) :], stream(seed, f"drawn ages {fold}"))
        for fold, values in vectors.items()
    }
    return LabelTable(names, labels, "drawn", conditions=conditions, covariates=covariates)
