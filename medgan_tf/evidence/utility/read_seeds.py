"""The predictions of one seed's classifiers on the real test fold, checked to be about the same images."""

from pathlib import Path

from medgan_tf.classification.conditions import readable_conditions
from medgan_tf.classification.predictions import read_predictions
from medgan_tf.classification.published_code import counted_predictions, gap_switches
from medgan_tf.config.original_code import DATASET_SWITCHES
from medgan_tf.config.schema import Experiment
from medgan_tf.errors import DataError
from medgan_tf.evidence.utility.classifier_results import PREDICTIONS, RESULT
from medgan_tf.evidence.utility.estimates.seed_scores import SeedScores, check_same_test
from medgan_tf.files.hashing import sha256_of
from medgan_tf.files.json_files import read_json


def read_seed(experiment: Experiment) -> SeedScores:
    """The predictions of one seed's classifiers: real, synthetic, and whichever baselines have been trained.

    Raises:
        DataError: Real or synthetic predictions are missing, the files do not speak of the same test images, or the
            dataset was made with other switches of `original_code`.
    """
    predictions, hashes, switches = {}, {}, gap_switches(experiment)
    for condition in readable_conditions(experiment.classifier):
        path = condition.folder(experiment).classifier / PREDICTIONS
        if condition.is_main or path.is_file():
            predictions[condition.name] = counted_predictions(read_predictions(path), switches)
            hashes[condition.name] = sha256_of(path)
            check_same_test(predictions["real"], predictions[condition.name], path)
            _check_dataset(path.parent / RESULT, experiment)
    return SeedScores(experiment.seed, predictions, hashes)


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
