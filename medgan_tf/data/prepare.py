"""The prepare job: raw files to a dataset folder, or the one that is already there."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from medgan_tf.config.schema import DataConfig, Experiment, Subset
from medgan_tf.data.build import build_dataset, pseudonym_columns
from medgan_tf.data.build_plan import BuildPlan
from medgan_tf.data.canary_sets import set_folder
from medgan_tf.data.dataset_settings import comparable_config, refuse_other_settings, source_options, switches
from medgan_tf.data.folds.assign import build_folds
from medgan_tf.data.folds.canaries import CANARIES, REFERENCE, set_apart
from medgan_tf.data.joined_patients import Scan, join_patients
from medgan_tf.data.looks.record import PrivateRecord
from medgan_tf.data.manifest_values import manifest_values
from medgan_tf.data.private.selection import refuse_uncovered
from medgan_tf.data.pseudonyms import Pseudonyms, load_pseudonyms, private_folder, refuse_inside
from medgan_tf.data.rare_combinations import heed_rare
from medgan_tf.data.reading.limits import Limits
from medgan_tf.data.records import manifest as manifests
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.data.records.writer import finish_publishing
from medgan_tf.data.refresh import files_are_gone, refresh
from medgan_tf.data.spoilers import refuse_counted
from medgan_tf.data.stored_covariates import compare_covariates, covariates_content
from medgan_tf.data.tables.labels import refuse_hidden_names
from medgan_tf.data.tables.table import FoldTable, Source, SourceTable
from medgan_tf.data.way_back import way_back, without_raw_names
from medgan_tf.errors import ConfigError, DataError
from medgan_tf.presentation.progress import Progress, Silent
from medgan_tf.registry import SOURCES

CANARIES_REMARK = (
    "Patients with a coin, for the privacy audit: fold train was trained on, fold valid was not. Do not give it away, "
    "and do not train anything of the release on fold valid."
)
REFERENCE_REMARK = (
    "Patients of the reference generator, for the privacy audit. Folds valid and test are those of the release. Do not "
    "train anything of the release on fold train."
)
_CONTENT_VERSION = 1


def prepare(experiment: Experiment, progress: Progress | None = None, restart: bool = False) -> DatasetFolder:
    """Builds the dataset of an experiment, goes on with an interrupted build, or finds it already done.

    The raw files of a finished dataset are looked at again: those that changed since, or could not be read, are read
    again, and the shards that hold other pixels then are replaced.

    Args:
        experiment: The experiment; its name, the sections `data` and `generate`, and `original_code` are used.
        progress: Shows how far the work is; None is silent.
        restart: Build again even if there is a dataset; it is replaced once the new one is complete.

    Returns:
        The dataset folder.

    Raises:
        ConfigError: Options the source does not have, or private files inside the dataset folder; or images chosen in a
            way that the guarantee of a private training does not cover.
        DataError: Raw data that are missing or contradictory, too many unreadable images, a full disk, a folder that
            holds another dataset, or label combinations too rare for labels that are drawn.
    """
    refuse_uncovered(experiment)
    progress, config, path = progress or Silent(), experiment.data, Path(experiment.dataset_dir)
    private = private_folder(config.private_dir, path)
    finish_publishing(path)
    existing = existing_dataset(path)
    if existing is not None and not restart:
        refuse_other_settings(existing, experiment)
    progress.note(f"reading the table of the source {config.source}")
    source = open_source(config)
    for name in getattr(SOURCES.settings(config.source), "PRIVATE_OPTIONS", ()):
        refuse_inside(getattr(source.options, name), path, f"data.options.{name}")
    try:
        table = source.read_table()
    except DataError as error:
        if existing is None or restart or not _are_gone(source, existing, experiment.name, private, config.root):
            raise
        progress.note(f"the raw files are not there ({error}); {path} was not compared with them")
        return existing
    refuse_hidden_names(table)
    if config.policy.duplicates == "one_patient":
        scan = Scan(private / f"{experiment.name}.same-pictures.csv", config.workers, _limits(config))
        table = join_patients(source, table, scan, progress)
    pseudonyms, job = load_pseudonyms(private), _Job(source, table, experiment, progress, restart)
    sets = sets_of(source, table, experiment)
    # The folds have what is needed of its rows; of the table itself only the counts are.
    job.table = table = replace(table, frame=table.frame.iloc[:0].copy(), covariates=None, folds=None)
    heed_rare(sets[""][0], experiment, progress)
    for suffix in reversed(list(sets)):
        # The experiment's own dataset comes last: where it is, the others are. Nothing here holds on to the folds.
        dataset = job.make(sets.pop(suffix), pseudonyms, suffix)
    return dataset


@dataclass
class _Job:
    """Makes or refreshes the datasets of an experiment from one table."""

    source: Source
    table: SourceTable
    experiment: Experiment
    progress: Progress
    restart: bool

    def make(self, content: tuple[FoldTable, str], pseudonyms: Pseudonyms, suffix: str) -> DatasetFolder:
        """One dataset, of folds with a remark, in the folder of the experiment's own with a suffix."""
        folds, remark = content
        path = set_folder(self.experiment, suffix)
        refuse_inside(self.experiment.data.private_dir, path, "data.private_dir")
        finish_publishing(path)
        existing, policy = existing_dataset(path), self.experiment.data.policy
        build_hash = pseudonyms.content_hash(_content(self.experiment, folds))
        covariates_hash = pseudonyms.content_hash(covariates_content(folds)) if folds.covariates is not None else ""
        if existing is not None and not self.restart and existing.manifest.build_hash != build_hash:
            raise DataError(
                f"{path} was made from other images, labels or folds, or with another pseudonym secret; replace it "
                "with --restart or choose another data.dataset_dir"
            )
        plan = _plan(self.experiment, self.table, folds, pseudonyms, build_hash, covariates_hash)
        plan = _named(plan, path, suffix, remark)
        if existing is not None and not self.restart:
            compare_covariates(existing, covariates_hash, self.progress)
            refuse_counted(existing, policy.duplicates)
            return refresh(self.source, plan, existing, self.progress)
        plan.record.write_way_back(way_back(plan))
        del content, folds
        plan = without_raw_names(plan)
        return build_dataset(self.source, plan, self.progress, replace=self.restart)


def _named(plan: BuildPlan, path: Path, suffix: str, remark: str) -> BuildPlan:
    """The plan of a further dataset: its place, its name and its remark."""
    values = plan.manifest_values
    remarks = [*(values["remarks"] or []), *([remark] if remark else [])]
    return replace(
        plan, path=path, manifest_values=values | {"name": values["name"] + suffix, "remarks": remarks or None}
    )


def sets_of(source: Source, table: SourceTable, experiment: Experiment) -> dict[str, tuple[FoldTable, str]]:
    """The folds, and a remark, of each dataset of an experiment, by what the name of its folder ends in.

    The experiment's own, "", is the first. Where there are canaries, theirs and the reference generator's follow.

    Raises:
        ConfigError, DataError: As `folds_of`.
    """
    config, folds = experiment.data, _all_folds(source, table, experiment)
    if not config.canaries:
        return {"": (folds, "")}
    apart = set_apart(folds, config.canaries, config.reference_patients, config.split_seed)
    return {
        "": (apart.release, apart.remark),
        CANARIES: (apart.canaries, CANARIES_REMARK),
        REFERENCE: (apart.reference, REFERENCE_REMARK),
    }


def folds_of(source: Source, table: SourceTable, experiment: Experiment) -> FoldTable:
    """The folds of an experiment: those that the source gives, or those that the rules make; without those who are set
    apart.

    Raises:
        ConfigError: Rules that do not apply to folds that are given, or a finding that the source does not have.
        DataError: As `build_folds` and `set_apart`.
    """
    return sets_of(source, table, experiment)[""][0]


def _all_folds(source: Source, table: SourceTable, experiment: Experiment) -> FoldTable:
    config, fixed = experiment.data, getattr(source, "fixed_folds", None)
    if fixed is None:
        return build_folds(table, config, experiment.original_code)
    if config.subset != Subset() or config.findings is not None:
        raise ConfigError(
            f"data.subset and data.findings do not apply to the source {config.source}, whose folds are given; "
            "remove them"
        )
    if config.canaries:
        raise ConfigError(
            f"data.canaries do not apply to the source {config.source}: its folds are given, and it has no patients to "
            "toss a coin for; remove data.canaries"
        )
    return fixed(table)


def _plan(
    experiment: Experiment,
    table: SourceTable,
    folds: FoldTable,
    pseudonyms: Pseudonyms,
    build_hash: str,
    covariates_hash: str,
) -> BuildPlan:
    config, path = experiment.data, Path(experiment.dataset_dir)
    image_ids, patients = pseudonym_columns(folds, pseudonyms)
    return BuildPlan(
        path=path,
        folds=folds,
        image_ids=image_ids,
        patients=patients,
        build_hash=build_hash,
        resolution=config.resolution,
        encoding=config.encoding,
        max_unreadable=config.max_unreadable,
        manifest_values=manifest_values(experiment, table, folds),
        workers=config.workers,
        limits=_limits(config),
        covariates_hash=covariates_hash,
        drop_constant=config.policy.constant == "drop",
        duplicates=config.policy.duplicates,
        look_for_text=config.look_for_text,
        record=private_record(private_folder(config.private_dir, path), experiment.name, build_hash),
    )


def _limits(config: DataConfig) -> Limits:
    return Limits(config.seconds_per_file, round(config.reader_memory * 2**30))


def private_record(private: Path, name: str, build_hash: str) -> PrivateRecord:
    """The private files about the raw files of a dataset.

    Args:
        private: The private folder.
        name: The experiment's name.
        build_hash: The dataset's, from its manifest.
    """
    return PrivateRecord(private / f"{name}-{build_hash[:8]}")


def _are_gone(source: Source, dataset: DatasetFolder, name: str, private: Path, root: str) -> bool:
    return files_are_gone(source, private_record(private, name, dataset.manifest.build_hash), root)


def prepared_dataset(experiment: Experiment, progress: Progress | None = None) -> DatasetFolder:
    """The dataset of an experiment, prepared only if it is missing.

    Unlike `prepare`, this does not look at the raw files when the folder is there, so a dataset can be used on a
    machine that has neither them nor the secret.

    Raises:
        DataError: The folder was made with other settings; or as `prepare`.
    """
    existing = existing_dataset(experiment.dataset_dir)
    if existing is None:
        return prepare(experiment, progress)
    refuse_other_settings(existing, experiment)
    return existing


def existing_dataset(path: str | Path) -> DatasetFolder | None:
    """The dataset in a folder, or None if the folder has no manifest."""
    return DatasetFolder(path) if (Path(path) / manifests.FILE_NAME).exists() else None


def open_source(config: DataConfig, counts_only: bool = False) -> Source:
    """The configured source with its options. Raises `ConfigError` for options it does not have.

    Args:
        config: The experiment's data section.
        counts_only: Only the table will be read, see `Source.counts_only`.
    """
    source = SOURCES.get(config.source)(config.root, source_options(config))
    if counts_only:
        source.counts_only = True
    return source


def _content(experiment: Experiment, folds: FoldTable) -> Iterable[str]:
    settings = [_CONTENT_VERSION, comparable_config(experiment.data), folds.label_names]
    # Nothing at all when no switch is on: datasets from before there were any are up to date.
    settings += [found] if (found := switches(experiment)) else []
    yield json.dumps(settings, sort_keys=True)
    frame = folds.frame
    columns = [frame[name] for name in ("image_id", "patient_id", "fold", "copy")]
    for values, labels in zip(zip(*columns, strict=True), folds.labels, strict=True):
        yield "\0".join(map(str, values)) + "\0" + labels.astype("u1").tobytes().hex()
