"""A finished run as the source of a release, and the rows of its gate."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace

from medgan_tf.classification.conditions import check_synthetic, synthetic_dataset
from medgan_tf.config.schema import Experiment
from medgan_tf.data.conditions.training import gan_conditions
from medgan_tf.data.dataset_settings import refuse_other_settings
from medgan_tf.data.rare_combinations import rare, rare_words, training_combinations
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.errors import MedganError
from medgan_tf.evidence.utility.trainers import Trainers
from medgan_tf.presentation.failures import one_line
from medgan_tf.presentation.progress import Progress
from medgan_tf.release.current import Sets, current_rows
from medgan_tf.release.evidence_files import AUDIT, GAP, ResultFile, named, result_files
from medgan_tf.release.gate import (
    REFUTED,
    Row,
    inversion_row,
    labels_row,
    patients_row,
    plan_row,
    privacy_row,
    utility_row,
)
from medgan_tf.reporting.results import read_results
from medgan_tf.reporting.rooms import rooms
from medgan_tf.reporting.study_plan import AS_PLANNED, CHANGED, SO_FAR, plan_checks
from medgan_tf.synthesis.load import generator_guarantee, generator_sha256
from medgan_tf.workflow.context import Context
from medgan_tf.workflow.study_plan import differing, planned

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Source:
    """A finished run.

    Attributes:
        sets: Its images and its generator.
        files: Its result files.
    """

    sets: Sets
    files: list[ResultFile]

    @property
    def experiment(self) -> Experiment:
        """The experiment; its seed is the run's."""
        return self.sets.context.experiment

    @property
    def synthetic(self) -> DatasetFolder:
        """The synthetic dataset."""
        return self.sets.synthetic


def read_source(experiment: Experiment, progress: Progress) -> Source:
    """Reads what there is of an experiment's run.

    Raises:
        DataError: The prepared dataset, the images or a result file is missing or damaged, or the dataset was made with
            other settings.
    """
    dataset = DatasetFolder(experiment.dataset_dir)
    refuse_other_settings(dataset, experiment)
    context = Context(experiment, dataset, True, True, Trainers(), progress)
    synthetic = synthetic_dataset(context.folder)
    check_synthetic(dataset, synthetic)
    generator = "" if experiment.external is not None else generator_sha256(context.trained.generator)
    return Source(Sets(context, synthetic, generator), result_files(context.folder))


def gate_rows(source: Source, what: str) -> list[Row]:
    """The rows of the gate.

    Args:
        source: The run.
        what: What is released: `images`, `generator` or `both`.

    Raises:
        DataError: A shard is damaged, or the folder of the run is none.
    """
    experiment, files = source.experiment, source.files
    audit, gap = named(files, AUDIT), named(files, GAP)
    rows = [
        privacy_row(audit and audit.values, audit.place if audit else ""),
        utility_row(gap and gap.values, experiment.seed, experiment.release.gate.utility, gap.place if gap else ""),
    ]
    if what != "generator":
        rows.append(labels_row(source.synthetic.manifest.synthesis))
    if what != "images":
        rows.append(inversion_row())
    return [*rows, _patients(source), *_plan(source), *current_rows(source.sets, files)]


def _patients(source: Source) -> Row:
    experiment, dataset = source.experiment, source.sets.context.dataset
    minimum, allowed = experiment.generate.minimum_patients, experiment.generate.rare_combinations
    if source.sets.own and generator_guarantee(source.sets.context.trained.generator):
        return patients_row(0, minimum, True)
    try:
        counts = training_combinations(dataset, gan_conditions(experiment, dataset))
    except MedganError as error:
        return Row("patients", REFUTED, one_line(error))
    found = rare(counts, minimum, allowed)
    if found:
        # For the owner of the data; the card has their number alone.
        log.warning(rare_words(found, minimum))
    return patients_row(len(found), minimum, False)


def _plan(source: Source) -> Iterator[Row]:
    asked, now = rooms(), planned(source.experiment)
    for check in plan_checks(read_results(source.sets.context.folder.path, asked), asked):
        changes = differing(check.held.content, now) if check.held else []
        if check.state in (AS_PLANNED, SO_FAR) and changes:
            # The card shows these settings, and the results are of others.
            words = f"the settings are others than those of the plan of {check.held.day}: {'; '.join(changes)}"
            check = replace(check, state=CHANGED, words=words)
        yield plan_row(check)
