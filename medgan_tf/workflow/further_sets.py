"""Making the further synthetic sets of a run, which arms of the utility table are trained on."""

from collections.abc import Collection

import numpy as np

from medgan_tf.classification.arms.further import further_seed
from medgan_tf.classification.arms.images import needs
from medgan_tf.classification.arms.names import MULTIPLE, RARE, Arm
from medgan_tf.classification.conditions import Condition, baseline_conditions
from medgan_tf.config.run_folders import run_folder
from medgan_tf.config.schema import Experiment, GenerateConfig
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.evidence.privacy.rejection.reject import without_flagged
from medgan_tf.evidence.utility.arms.inputs import missing_sets
from medgan_tf.evidence.utility.classifier_results import is_finished
from medgan_tf.presentation.progress import Progress
from medgan_tf.synthesis.generate import generate_dataset
from medgan_tf.synthesis.labels import LabelTable, label_table, real_labels
from medgan_tf.synthesis.load import Generator


def sets_to_make(
    experiment: Experiment, conditions: Collection[Condition], dataset: DatasetFolder, synthetic: DatasetFolder
) -> dict[str, Arm]:
    """Further sets that are not there, by name, with an arm that needs each.

    The sets of an arm whose classifier is finished may have been removed: nothing else reads them.
    """
    found: dict[str, Arm] = {}
    for condition in conditions:
        missing = missing_sets(condition, experiment, synthetic)
        if missing and not is_finished(condition, experiment, dataset, synthetic):
            found |= dict.fromkeys(missing, condition.arm)
    return found


def check_arms(conditions: Collection[Condition], dataset: DatasetFolder) -> None:
    """Raises `DataError` if rare combinations are to be topped up and that adds nothing, or too much."""
    for condition in conditions:
        if condition.arm and condition.arm.kind == RARE:
            needs(dataset.read_labels("train"), condition.arm.up_to)


def make_further_sets(
    experiment: Experiment,
    names: dict[str, Arm],
    dataset: DatasetFolder,
    generator: Generator,
    seed: int,
    progress: Progress,
) -> None:
    """Generates further sets of a run, each in its folder; one that is there and right is kept.

    Args:
        experiment: The experiment. Images that `generate.reject` finds are drawn again, as in the synthetic set.
        names: Their names, each with an arm that needs it.
        dataset: The prepared dataset.
        generator: The generator of the synthetic set.
        seed: Seed of the synthetic set.
        progress: Shows how far each is.

    Raises:
        DataError: See `label_table`, `needs`, `without_flagged` and `generate_dataset`.
    """
    folder, config = run_folder(experiment), experiment.generate
    for name, arm in names.items():
        own, rejection = further_seed(seed, name), None
        table = further_labels(arm, dataset, config, own, generator)
        if config.reject:
            table, rejection = without_flagged(experiment, dataset, generator, table, own, progress)
        generate_dataset(
            generator,
            table,
            folder.further(name),
            config,
            seed=own,
            rejection=rejection,
            name=experiment.name,
            run=folder.path.name,
            replace=True,
            progress=progress,
        )


def make_missing_sets(
    experiment: Experiment, generator: Generator, synthetic: DatasetFolder, seed: int, progress: Progress
) -> list[str]:
    """Makes the further sets that are not there and that a classifier still needs; returns their names.

    See `sets_to_make` and `make_further_sets`.
    """
    dataset, conditions = DatasetFolder(experiment.dataset_dir), baseline_conditions(experiment.classifier)
    names = sets_to_make(experiment, conditions, dataset, synthetic)
    make_further_sets(experiment, names, dataset, generator, seed, progress)
    return list(names)


def further_labels(
    arm: Arm, dataset: DatasetFolder, config: GenerateConfig, seed: int, generator: Generator | None = None
) -> LabelTable:
    """The labels of a further set, of training images only.

    Args:
        arm: The arm that needs it. A multiple has the labels of the synthetic set, or draws as many again; a rare one
            has the labels that its combinations lack.
        dataset: The prepared dataset.
        config: The section `generate`.
        seed: Seed of the further set.
        generator: The generator of the synthetic set, see `label_table`.
    """
    if arm.kind == MULTIPLE:
        return label_table(dataset, config.model_copy(update={"folds": ("train",)}), seed, generator)
    table = real_labels(dataset, ("train",), generator.conditions if generator else None)
    found = needs(table.folds["train"], arm.up_to)
    # Real images of the combination in turn, so that what else is known of them comes along.
    rows = np.concatenate([np.resize(need.rows, need.images) for need in found])
    covariates = {fold: about.iloc[rows].reset_index(drop=True) for fold, about in table.covariates.items()}
    labels = {"train": table.folds["train"][rows]}
    return LabelTable(table.names, labels, conditions=table.conditions, covariates=covariates)
