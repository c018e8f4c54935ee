"""The labels of a synthetic dataset: those of the real images, or drawn from counts that are rounded."""

import zlib
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from medgan_tf.config.schema import GenerateConfig
from medgan_tf.data.rare_combinations import refuse_rare, rounded, training_combinations
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.metrics.streams import stream
from medgan_tf.synthesis.load import Generator


@dataclass(frozen=True)
class LabelTable:
    """The labels to generate images for.

    Attributes:
        names: The L names.
        folds: float32 [N, L] by fold.
        origin: `as_real`: those of the real images in their order; `drawn`: at random from rounded counts.
        attempts: int64 [N] by fold: which draw of the noise an image is made from. Without a fold all are the first.
        images: uint8 [N, R, R, 1] by fold: images that are made already from this noise; without a fold there are none.
    """

    names: tuple[str, ...]
    folds: dict[str, np.ndarray]
    origin: Literal["as_real", "drawn"] = "as_real"
    attempts: dict[str, np.ndarray] = field(default_factory=dict)
    images: dict[str, np.ndarray] = field(default_factory=dict)


def label_table(dataset: DatasetFolder, config: GenerateConfig, seed: int) -> LabelTable:
    """The labels that the section `generate` asks for.

    Args:
        dataset: The prepared dataset of real images.
        config: The section.
        seed: Seed of the draw.

    Raises:
        DataError: Labels are to be drawn and a combination is rare, see `refuse_rare`; or a shard is damaged.
    """
    if config.labels == "as_real":
        return real_labels(dataset, config.folds)
    return drawn_labels(dataset, config, seed)


def real_labels(dataset: DatasetFolder, folds: tuple[str, ...]) -> LabelTable:
    """The labels of a prepared dataset, in stored order."""
    return LabelTable(dataset.label_names, {fold: dataset.read_labels(fold) for fold in folds})


def check_drawable(dataset: DatasetFolder, config: GenerateConfig) -> None:
    """Raises `DataError` if labels are to be drawn and a combination of the training fold is rare and not named."""
    if config.labels == "drawn":
        counts = training_combinations(dataset)
        refuse_rare(counts, config.minimum_patients, config.rare_combinations, str(dataset.path))


def drawn_labels(dataset: DatasetFolder, config: GenerateConfig, seed: int) -> LabelTable:
    """Independent draws of label combinations, for every fold from the counts of the training images.

    The counts are rounded to multiples of `minimum_patients` before the draw, and so are the numbers of images. So a
    table depends on a single patient only where his images move a count over the middle between two multiples, and the
    draw blurs that too: a count of 1,000 varies by about 30. The order is that of the draws, so it says nothing.
    Validation labels follow the training counts as well: patients of the other folds have no part in them.

    Args:
        dataset: The prepared dataset of real images.
        config: The section `generate`.
        seed: Seed of the draw. Each fold has a stream of its own.

    Raises:
        DataError: A combination is rare, see `refuse_rare`, or a shard is damaged.
    """
    step, counts = config.minimum_patients, training_combinations(dataset)
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
    return LabelTable(dataset.label_names, folds, "drawn")


def frequency_labels(generator: Generator, images: dict[str, int], seed: int) -> LabelTable:
    """Labels drawn with the frequencies of the generator's training set, for those who have only the generator.

    Args:
        generator: Its card holds the combinations and their counts. One whose count is not told ("fewer than 10")
            counts as half of that.
        images: Number of images by fold.
        seed: Seed of the draw.
    """
    counts = np.array([one.train or one.fewer_than / 2 for one in generator.combinations], np.float64)
    vectors = np.stack([combination.vector for combination in generator.combinations])
    folds = {}
    for fold, count in images.items():
        random = np.random.Generator(np.random.Philox(key=[seed, zlib.crc32(f"labels {fold}".encode())]))
        folds[fold] = vectors[random.choice(len(vectors), size=count, p=counts / counts.sum())]
    return LabelTable(generator.label_names, folds, "drawn")
