"""Sex, age band and view of the test images, and what real and synthetic training sets are made of, from the records.

A result of stored predictions stays where a dataset was moved away: what cannot be read costs these tables, with a
reason, and not the gap.
"""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from medgan_tf.classification.conditions import SYNTHETIC, check_synthetic, content_sha256, synthetic_dataset
from medgan_tf.classification.predictions import Predictions
from medgan_tf.config.schema import Experiment
from medgan_tf.data.records.covariate_bytes import UNKNOWN, covariate_groups, unpack_covariates
from medgan_tf.data.records.manifest import FILE_NAME
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.errors import DataError
from medgan_tf.evidence.utility.read_seeds import SeedScores
from medgan_tf.evidence.utility.subgroups.measure_groups import measure_groups
from medgan_tf.evidence.utility.subgroups.measure_prevalence import RealRows, SyntheticCounts, measure_prevalence

log = logging.getLogger(__name__)

NO_COVARIATES = "the source of the images says no sex, age or view"
NO_DATASET = "the dataset is not at its place"
UNREADABLE = "the dataset cannot be read"
OTHER_IMAGES = "the dataset at its place does not hold the test images of the predictions"
NO_SYNTHETIC = "a synthetic set is not at its place"
OTHER_LABELS = "a synthetic set has other labels than the dataset, or images of another size"


class _Missing(Exception):
    """Something is not there; the text says what, for a result file."""


@dataclass(frozen=True)
class _Fold:
    """What is read of the records of a fold: all but the images.

    Attributes:
        image_ids, patients: str [N].
        labels: bool [N, L].
        covariates: Columns sex, age and view; None where the dataset has none.
    """

    image_ids: np.ndarray
    patients: np.ndarray
    labels: np.ndarray
    covariates: pd.DataFrame | None


def by_group(experiment: Experiment, seeds: Sequence[SeedScores], switches: Sequence[str]) -> dict[str, Any]:
    """The keys `subgroups` and `prevalence` of `gap.json`: each its tables, or `missing`, the reason for none.

    Args:
        experiment: Its dataset, its runs and its margin are used.
        seeds: Predictions of all seeds.
        switches: Switches of `original_code` that are on.
    """
    numbers = [entry.seed for entry in seeds]
    return {
        "subgroups": _tried(lambda: _subgroups(experiment, seeds, switches)),
        "prevalence": _tried(lambda: _prevalence(experiment, numbers)),
    }


def _tried(measure) -> dict[str, Any]:
    try:
        return {"missing": None} | measure()
    except _Missing as reason:
        return {"missing": str(reason)}
    except DataError as error:
        log.warning(f"no tables by group: {error}")
        return {"missing": UNREADABLE}


def _subgroups(experiment: Experiment, seeds: Sequence[SeedScores], switches: Sequence[str]) -> dict[str, Any]:
    dataset = _dataset(experiment)
    if dataset.manifest.covariates is None:
        raise _Missing(NO_COVARIATES)
    groups = _test_groups(dataset, seeds[0].predictions["real"])
    found = measure_groups(seeds, groups, experiment.classifier.margin, switches)
    return found | {"dataset_sha256": content_sha256(dataset.manifest)}


def _dataset(experiment: Experiment) -> DatasetFolder:
    if not (Path(experiment.dataset_dir) / FILE_NAME).is_file():
        raise _Missing(NO_DATASET)
    return DatasetFolder(experiment.dataset_dir)


def _test_groups(dataset: DatasetFolder, predictions: Predictions) -> dict[str, np.ndarray]:
    """The group of each test image by covariate, in the order of the predictions."""
    fold = _read(dataset, "test")
    rows = {image: row for row, image in enumerate(fold.image_ids.tolist())}
    found = [rows.get(image, -1) for image in predictions.image_ids.tolist()]
    if dataset.label_names != predictions.label_names or min(found) < 0:
        raise _Missing(OTHER_IMAGES)
    if not np.array_equal(fold.labels[found], predictions.truth > 0.5):
        raise _Missing(OTHER_IMAGES)
    groups = {name: values[found] for name, values in known_groups(fold.covariates).items()}
    if not groups:
        raise _Missing(NO_COVARIATES)
    return groups


def known_groups(covariates: pd.DataFrame | None) -> dict[str, np.ndarray]:
    """Groups as of `covariate_groups`, without a covariate that is known of no image."""
    groups = {} if covariates is None else covariate_groups(covariates)
    return {name: values for name, values in groups.items() if (values != UNKNOWN).any()}


def _read(dataset: DatasetFolder, fold: str) -> _Fold:
    batches, stored = list(map(_without_images, dataset.batches(fold))), dataset.manifest.covariates
    ids, patients, labels, packed = (list(parts) for parts in zip(*batches, strict=True)) if batches else ([],) * 4
    if not ids:
        raise _Missing(OTHER_IMAGES)
    known = stored is not None and all(part is not None for part in packed)
    covariates = unpack_covariates(np.concatenate(packed), stored.views) if known else None
    return _Fold(np.concatenate(ids), np.concatenate(patients), np.concatenate(labels) > 0, covariates)


def _without_images(batch) -> tuple:
    return batch.image_ids, batch.patients, batch.labels, batch.covariates


def _prevalence(experiment: Experiment, seeds: Sequence[int]) -> dict[str, Any]:
    dataset = _dataset(experiment)
    sets: dict[str, DatasetFolder] = {}
    for seed in seeds:
        try:
            found = synthetic_dataset(SYNTHETIC.folder(experiment.model_copy(update={"seed": seed})))
        except DataError as error:
            raise _Missing(NO_SYNTHETIC) from error
        # Seeds may share the images of a generator from elsewhere; they count once.
        sets[content_sha256(found.manifest)] = found
    try:
        for found in sets.values():
            check_synthetic(dataset, found)
    except DataError as error:
        raise _Missing(OTHER_LABELS) from error
    fold = _read(dataset, "train")
    real = RealRows(fold.labels, fold.patients, known_groups(fold.covariates))
    counts = _synthetic_counts(list(sets.values()), experiment.external is None)
    if not counts.images:
        raise _Missing(NO_SYNTHETIC)
    result = measure_prevalence(dataset.label_names, real, counts)
    if counts.groups is None:
        result["groups_missing"] = "the synthetic set says no sex, age or view of its images"
    elif not result["groups"]:
        result["groups_missing"] = NO_COVARIATES
    return result


def _synthetic_counts(sets: Sequence[DatasetFolder], own: bool) -> SyntheticCounts:
    """The counts of the training folds of all sets, from their manifests; `own` for a GAN of this project."""
    manifests = [one.manifest for one in sets]
    labels = sum(
        np.array(combination.vector) * combination.train for one in manifests for combination in one.combinations
    )
    groups: dict[str, Counter[str]] | None = None
    if all(one.covariates is not None for one in manifests):
        groups = {}
        for one in manifests:
            for covariate, counts in one.covariates.counts.items():
                found = {group: folds.get("train", 0) for group, folds in counts.items()}
                groups.setdefault(covariate, Counter()).update(found)
        # A covariate that no image says is none.
        groups = {
            name: counts for name, counts in groups.items() if any(counts[one] for one in counts if one != UNKNOWN)
        }
    # Of sets from elsewhere the import has seen it; earlier versions of ours had no other labels and said nothing.
    as_real = all(one.synthesis.labels in (("as_real", None) if own else ("as_real",)) for one in manifests)
    return SyntheticCounts(len(sets), sum(one.images["train"] for one in manifests), labels, groups, as_real)
