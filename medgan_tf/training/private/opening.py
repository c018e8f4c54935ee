"""Finding the key and the ledger of a private training, or making them, before anything else of it is done."""

import contextlib
import hashlib
import logging
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from medgan_tf.config.run_folders import run_folder
from medgan_tf.config.schema import Experiment
from medgan_tf.data.conditions.columns import Conditions
from medgan_tf.data.private.histogram import noisy_counts
from medgan_tf.data.private.label_terms import label_terms
from medgan_tf.data.private.noisy_counts import NoisyCounts, public_vectors
from medgan_tf.data.private.units import training_units, unit_numbers
from medgan_tf.data.pseudonyms import private_folder
from medgan_tf.data.records.reader import DatasetFolder, FoldArrays
from medgan_tf.errors import ConfigError, DataError, RunError
from medgan_tf.files.atomic import flush_to_disk
from medgan_tf.files.json_files import read_json
from medgan_tf.files.locks import hold
from medgan_tf.files.result_files import json_text, write_json
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
    # Before anything is written: these terms may be refused.
    _terms(experiment, dataset, fold, None)
    key = create_key(places.key)
    ledger = Ledger.create(places.ledger, Entries(places.key.stem.rpartition("-")[2], {}, None))
    return _with_counts(experiment, dataset, fold, conditions, key, ledger)


def _with_counts(
    experiment: Experiment,
    dataset: DatasetFolder,
    fold: FoldArrays,
    conditions: Conditions,
    key: NoiseKey,
    ledger: Ledger,
) -> Opened:
    """Draws the noisy label counts, where a training has none yet.

    The same key, labels and terms give the same draw, so a start that failed fails again. A draw of something else is
    a new one. It is charged beside those before it, as each of them answered that no combination is frequent enough.
    """
    dp, names, folder = experiment.privacy.dp, (*dataset.label_names, *conditions.names), run_folder(experiment)
    labels = label_terms(dp, _terms(experiment, dataset, fold, None)[1].delta)
    what = _counted(names, fold, [dp.unit, asdict(labels), dp.combinations])
    earlier = [one for one in ledger.entries.label_draws if one["what"] != what]
    units, terms = _terms(experiment, dataset, fold, None, earlier)
    if labels.threshold is not None:
        ledger.begin_labels({"noise": labels.noise, "extra_delta": labels.extra_delta, "what": what})
    # From now on the folder names the key, so that no start ever draws with another one.
    write_json(folder.guarantee, _values(terms, ledger.entries))
    flush_to_disk(folder.path)
    random = key.generator(f"label counts|{what}")
    counts = noisy_counts(experiment, names, fold.labels, fold.patients, terms.delta, random, where=str(dataset.path))
    ledger.keep_labels(counts.as_json(), terms.mechanism())
    return Opened(terms, key, ledger, counts, units)


def _counted(names: tuple[str, ...], fold: FoldArrays, terms: list[Any]) -> str:
    """SHA-256 of everything that the numbers of units by label combination are a function of. Secret, as the ledger."""
    arrays = [np.ascontiguousarray(fold.labels), np.asarray(fold.patients).astype("U")]
    shapes = [[str(one.dtype), list(one.shape)] for one in arrays]
    digest = hashlib.sha256(json_text([list(names), shapes, terms]).encode())
    for one in arrays:
        digest.update(one.tobytes())
    return digest.hexdigest()


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
    if ledger.entries.label_counts is None:
        return _with_counts(experiment, dataset, fold, conditions, key, ledger)
    try:
        counts = NoisyCounts.from_json(ledger.entries.label_counts)
    except ValueError as error:
        raise RunError(f"the ledger {places.ledger} is damaged: {error}; restore it, or use --restart") from error
    before, draws = ledger.entries.mechanism, ledger.entries.label_draws
    earlier = draws if counts.terms.threshold is None else draws[:-1]
    units, terms = _terms(experiment, dataset, fold, before.get("noise_multiplier"), earlier)
    now = terms.mechanism()
    if changed := [f"{name} {before.get(name)} -> {now[name]}" for name in now if before.get(name) != now[name]]:
        raise RunError(
            f"the private training in {run_folder(experiment).path} was begun with other terms: {'; '.join(changed)}; "
            "set privacy.dp and the dataset back, or begin anew with --restart"
        )
    if counts.label_names != (*dataset.label_names, *conditions.names):
        raise RunError(f"{dataset.path} has other labels than the private training that was begun; use --restart")
    public = experiment.privacy.dp.combinations
    if public is not None and counts.vectors.tolist() != public_vectors(public, counts.label_names).tolist():
        raise RunError(
            f"the private training in {run_folder(experiment).path} was begun with other public label combinations: "
            f"{', '.join(counts.names)}; set privacy.dp.combinations back, or begin anew with --restart"
        )
    return Opened(terms, key, ledger, counts, units)


def _terms(
    experiment: Experiment,
    dataset: DatasetFolder,
    fold: FoldArrays,
    noise: float | None,
    earlier: Sequence[Mapping[str, Any]] = (),
) -> tuple[np.ndarray, PrivateTerms]:
    units: np.ndarray = training_units(experiment.privacy.dp, fold.patients, str(dataset.path))
    count = len(set(unit_numbers(units).tolist()))
    return units, private_terms(experiment, count, len(fold.images), noise, earlier)


def guarantee_values(opened: Opened) -> dict[str, Any]:
    """The content of `guarantee.json`: what is charged now, the noisy label counts, and whose noise it is."""
    return _values(opened.terms, opened.ledger.entries)


def _values(terms: PrivateTerms, entries: Entries) -> dict[str, Any]:
    return {
        "guarantee": terms.guarantee(entries.reserved).as_json(),
        "label_counts": entries.label_counts,
        "noise": {"draws": entries.reserved, "forks": entries.forks, "run": entries.run},
        "format_version": 1,
    }
