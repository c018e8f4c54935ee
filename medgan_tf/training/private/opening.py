"""Finding the key and the ledger of a private training, or making them, before anything else of it is done."""

import contextlib
import logging
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from medgan_tf.config.run_folders import run_folder
from medgan_tf.config.schema import Experiment
from medgan_tf.data.conditions.columns import Conditions
from medgan_tf.data.private.histogram import noisy_counts
from medgan_tf.data.private.noisy_counts import NoisyCounts
from medgan_tf.data.private.units import training_units, unit_numbers
from medgan_tf.data.pseudonyms import private_folder
from medgan_tf.data.records.reader import DatasetFolder, FoldArrays
from medgan_tf.errors import ConfigError, DataError, RunError
from medgan_tf.files.json_files import read_json
from medgan_tf.files.locks import hold
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.training.checkpoints import Checkpoints
from medgan_tf.training.private.key import NoiseKey, create_key, load_key
from medgan_tf.training.private.ledger import Entries, Ledger
from medgan_tf.training.private.terms import PrivateTerms, private_terms

log = logging.getLogger(__name__)

FOLDER = "noise"
"""Folder of keys and ledgers in the private folder."""


@dataclass(frozen=True)
class Opened:
    """A private training whose key and ledger this process holds.

    Attributes:
        terms: Its numbers.
        key: The secret of its noise.
        ledger: What was handed out.
        counts: The noisy numbers of units by label combination.
        units: str [N], the unit of each training image.
    """

    terms: PrivateTerms
    key: NoiseKey
    ledger: Ledger
    counts: NoisyCounts
    units: np.ndarray


@dataclass(frozen=True)
class Places:
    """Where the secret files of a training lie.

    Attributes:
        key, ledger, lock: Files in the private folder.
    """

    key: Path
    ledger: Path
    lock: Path

    @classmethod
    def of(cls, experiment: Experiment, run: str) -> "Places":
        """The places of the training that `run` identifies.

        Raises:
            ConfigError: The private folder lies in the dataset or in the run.
        """
        folder, here = private_folder(experiment.data.private_dir, experiment.dataset_dir), run_folder(experiment)
        if here.path.resolve() in (folder.resolve(), *folder.resolve().parents):
            raise ConfigError(
                f"data.private_dir must lie outside the run folder, which may be given away. Received: {folder} in "
                f"{here.path}"
            )
        stem = folder / FOLDER / f"{experiment.name}-{here.path.name}-{run}"
        return cls(*(stem.with_name(f"{stem.name}.{ending}") for ending in ("key", "ledger.json", "lock")))


@contextlib.contextmanager
def opened_training(
    experiment: Experiment, dataset: DatasetFolder, fold: FoldArrays, conditions: Conditions, resume: bool
) -> Iterator[Opened | None]:
    """Holds key and ledger of a private training while the block runs; None for a training that is not private.

    The first start draws the key and the noisy label counts. Every later one needs both files.

    Args:
        experiment: The experiment.
        dataset: The prepared dataset.
        fold: Its train fold, labels with the columns of `conditions`.
        conditions: The columns of the label vectors that follow the findings.
        resume: Whether an earlier training in the folder goes on; otherwise its key is destroyed.

    Raises:
        ConfigError: The private folder or the terms cannot be.
        RunError: Key or ledger are lost, damaged, older than the run folder, in use, or of another training.
        OSError: They cannot be written.
    """
    if not experiment.private:
        yield None
        return
    folder = run_folder(experiment)
    if not resume:
        _give_up(experiment, folder)
    run = _run_of(folder)
    if run is None and Checkpoints(folder.checkpoints, 1).list():
        raise RunError(
            f"{folder.path} has checkpoints of a private training, but {folder.guarantee.name}, which names its key, "
            "is gone: nobody knows what was charged; restore the file, or begin anew with --restart"
        )
    places = Places.of(experiment, run or secrets.token_hex(8))
    lock = hold(places.lock)
    if lock is None:
        raise RunError(f"another process goes on with this training: it holds {places.lock}; wait until it ends")
    try:
        yield (_begun if run is None else _found)(experiment, dataset, fold, conditions, places)
    finally:
        lock.release()


def _run_of(folder: RunFolder) -> str | None:
    """What identifies the private training in a folder; None where there is none."""
    if not folder.guarantee.is_file():
        return None
    try:
        noise = read_json(folder.guarantee, advice="restore it, or begin the training anew with --restart")["noise"]
        run = noise["run"]
        if not isinstance(run, str) or not run.isalnum():
            raise ValueError
    except DataError as error:
        raise RunError(str(error)) from error
    except (KeyError, TypeError, ValueError) as error:
        raise RunError(
            f"{folder.guarantee} does not name the training's key; restore the file, or begin anew with --restart"
        ) from error
    return run


def _give_up(experiment: Experiment, folder: RunFolder) -> None:
    """Ends an earlier training for good: its key is destroyed, its ledger stays as a record."""
    try:
        run, spent = _run_of(folder), read_json(folder.guarantee)["guarantee"] if folder.guarantee.exists() else {}
        epsilon, delta = spent.get("epsilon"), spent.get("delta")
    except (RunError, DataError, KeyError, AttributeError):
        run, epsilon, delta = "", "unknown", "unknown"
    if run is None:
        return
    log.warning(
        f"the private training before this one was charged epsilon {epsilon} at delta {delta}; "
        "if anything of it was shown to anybody, the two add up, and privacy.dp.tried_runs counts both. Its key is "
        "destroyed"
    )
    if run:
        Places.of(experiment, run).key.unlink(missing_ok=True)
    folder.guarantee.unlink()


def _begun(
    experiment: Experiment, dataset: DatasetFolder, fold: FoldArrays, conditions: Conditions, places: Places
) -> Opened:
    """The first start of a training."""
    units, terms = _terms(experiment, dataset, fold, None)
    key = create_key(places.key)
    names, random = (*dataset.label_names, *conditions.names), key.generator("label counts")
    counts = noisy_counts(experiment, names, fold.labels, fold.patients, terms.delta, random, where=str(dataset.path))
    run = places.key.stem.rpartition("-")[2]
    ledger = Ledger.create(places.ledger, Entries(run, terms.mechanism(), counts.as_json()))
    return Opened(terms, key, ledger, counts, units)


def _found(
    experiment: Experiment, dataset: DatasetFolder, fold: FoldArrays, conditions: Conditions, places: Places
) -> Opened:
    """A later start. Raises `RunError` unless key and ledger are those of this training."""
    for path, why in ((places.ledger, "nobody knows what was charged"), (places.key, "no step can be repeated")):
        if not path.is_file():
            raise RunError(
                f"the private training in {run_folder(experiment).path} cannot go on: {path} is gone, and without it "
                f"{why}; bring it back from the machine where the training began (data.private_dir), or begin anew "
                "with --restart, which is charged again"
            )
    # Left by processes that were killed while they wrote.
    for path in places.ledger.parent.glob(f".{places.ledger.name}.*"):
        path.unlink(missing_ok=True)
    key, ledger = load_key(places.key), Ledger.read(places.ledger)
    before = ledger.entries.mechanism
    units, terms = _terms(experiment, dataset, fold, before.get("noise_multiplier"))
    now = terms.mechanism()
    if changed := [f"{name} {before.get(name)} -> {now[name]}" for name in now if before.get(name) != now[name]]:
        raise RunError(
            f"the private training in {run_folder(experiment).path} was begun with other terms: {'; '.join(changed)}; "
            "set privacy.dp and the dataset back, or begin anew with --restart"
        )
    try:
        counts = NoisyCounts.from_json(ledger.entries.label_counts)
    except ValueError as error:
        raise RunError(f"the ledger {places.ledger} is damaged: {error}; restore it, or use --restart") from error
    if counts.label_names != (*dataset.label_names, *conditions.names):
        raise RunError(f"{dataset.path} has other labels than the private training that was begun; use --restart")
    return Opened(terms, key, ledger, counts, units)


def _terms(
    experiment: Experiment, dataset: DatasetFolder, fold: FoldArrays, noise: float | None
) -> tuple[np.ndarray, PrivateTerms]:
    units: np.ndarray = training_units(experiment.privacy.dp, fold.patients, str(dataset.path))
    count = len(set(unit_numbers(units).tolist()))
    return units, private_terms(experiment, count, len(fold.images), noise)


def guarantee_values(opened: Opened) -> dict[str, Any]:
    """The content of `guarantee.json`: what is charged now, the noisy label counts, and whose noise it is."""
    entries = opened.ledger.entries
    return {
        "guarantee": opened.terms.guarantee(entries.reserved).as_json(),
        "label_counts": opened.counts.as_json(),
        "noise": {"draws": entries.reserved, "forks": entries.forks, "run": entries.run},
        "format_version": 1,
    }
