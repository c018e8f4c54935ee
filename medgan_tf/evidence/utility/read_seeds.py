"""The predictions of one seed's classifiers on the real test fold, checked to be about the same images."""

import logging
from pathlib import Path

from medgan_tf.classification.conditions import Condition, readable_conditions
from medgan_tf.classification.predictions import read_predictions
from medgan_tf.classification.published_code import counted_predictions, gap_switches
from medgan_tf.config.original_code import DATASET_SWITCHES
from medgan_tf.config.schema import Experiment
from medgan_tf.errors import DataError
from medgan_tf.evidence.utility.arms.inputs import read_topped_up
from medgan_tf.evidence.utility.classifier_results import PREDICTIONS, RESULT
from medgan_tf.evidence.utility.estimates.seed_scores import SeedScores, check_same_test
from medgan_tf.files.hashing import sha256_of
from medgan_tf.files.json_files import read_json

log = logging.getLogger(__name__)


def read_seed(experiment: Experiment) -> SeedScores:
    """The predictions of one seed's classifiers: real, synthetic, and whichever baselines have been trained.

    Raises:
        DataError: Real or synthetic predictions are missing, the files do not speak of the same test images, or the
            dataset was made with other switches of `original_code`.
    """
    predictions, hashes, topped_up, network = {}, {}, {}, None
    switches = gap_switches(experiment)
    for condition in readable_conditions(experiment.classifier):
        path = condition.folder(experiment).classifier / PREDICTIONS
        if not condition.is_main and not path.is_file():
            continue
        found = read_predictions(path)
        own = None if condition.features else _network(path.parent / RESULT)
        network = network or own
        if own not in (None, network):
            _refuse_other(condition, experiment, own, network)
            continue
        predictions[condition.name] = counted_predictions(found, switches)
        hashes[condition.name] = sha256_of(path)
        check_same_test(predictions["real"], predictions[condition.name], path)
        _check_dataset(path.parent / RESULT, experiment)
        if condition.arm and (images := read_topped_up(path.parent / RESULT)):
            topped_up[condition.name] = images
    return SeedScores(experiment.seed, predictions, hashes, topped_up, network)


def _refuse_other(condition: Condition, experiment: Experiment, own: str, network: str) -> None:
    """Raises `DataError` if the gap would be one between two networks; a baseline of another one is left out."""
    told = f"seed {experiment.seed}: the classifier '{condition.name}' is {own}, the one of real images {network}"
    if condition.is_main:
        raise DataError(f"{told}; `medgan-tf classify` with one classifier.architecture trains them again")
    log.warning(f"{told}; it is left out of the gap")


def _network(result: Path) -> str | None:
    """The network that a result names; before results named any there was one only. None without a result."""
    return str(read_json(result).get("network", "DenseNet-121")) if result.is_file() else None


def _check_dataset(result: Path, experiment: Experiment) -> None:
    asked = experiment.original_code.in_dataset(experiment.data)
    stated = read_json(result).get("original_code", []) if result.is_file() else asked
    if not isinstance(stated, list | tuple) or not all(isinstance(name, str) for name in stated):
        raise DataError(f"{result} has a wrong value of original_code ({stated!r:.60}); train the classifier again")
    found = tuple(name for name in stated if name in DATASET_SWITCHES)
    if found != asked:
        raise DataError(
            f"{result} belongs to a dataset with original_code {_named(found)}, this experiment has "
            f"{_named(asked)}; change original_code, or prepare, train and classify with it under another name"
        )


def _named(switches: tuple[str, ...]) -> str:
    return ", ".join(switches) or "off"
