"""The trainer of the classifier that an experiment asks for, and the check that it can be had."""

from pathlib import Path

import tensorflow as tf

from medgan_tf.classification.network import check_network
from medgan_tf.classification.networks.linear import LinearTrainer
from medgan_tf.classification.trainer import ClassifierTrainer
from medgan_tf.config.schema import ClassifierConfig, Experiment
from medgan_tf.errors import ConfigError, DataError
from medgan_tf.features.extractor import Extractor, ExtractorRequest
from medgan_tf.features.load import load_extractor
from medgan_tf.training.devices.strategy import make_strategy

Trainer = ClassifierTrainer | LinearTrainer


class Trainers:
    """Keeps the last trainer, so that all classifiers of one shape in a command share one traced network."""

    def __init__(self) -> None:
        self._key: tuple[str, int, int] | None = None
        self._trainer: Trainer | None = None
        self._strategy: tf.distribute.Strategy | None = None

    def get(self, experiment: Experiment, label_count: int, resolution: int) -> Trainer:
        """The trainer for an experiment's classifier section and a dataset's shape."""
        config: ClassifierConfig = experiment.classifier
        key = (config.model_dump_json(), label_count, resolution)
        if key != self._key:
            # The one before goes first, so that the memory never holds two networks.
            self._trainer = self._key = None
            self._trainer, self._key = self._made(experiment, label_count, resolution), key
        return self._trainer

    def _made(self, experiment: Experiment, label_count: int, resolution: int) -> Trainer:
        config = experiment.classifier
        if config.is_linear:
            return LinearTrainer(label_count, resolution, config, linear_features(config))
        self._strategy = self._strategy or make_strategy(experiment.training)
        return ClassifierTrainer(label_count, resolution, config, self._strategy)


def linear_features(config: ClassifierConfig) -> Extractor:
    """The extractor of a linear classifier.

    Raises:
        ConfigError: Unknown, without a setting that it needs, or the classifier's own features.
        DataError: Its weights are missing, damaged or not those asked for.
    """
    if config.extractor == "classifier":
        raise ConfigError(
            "classifier.extractor: a linear classifier cannot begin with its own features; expected pixels, random, "
            "inception, inception_2015, radiology, or the folder of a SavedModel, e.g. of another classifier"
        )
    weights = None if config.weights in ("imagenet", "none") else str(Path(config.weights).expanduser())
    request = ExtractorRequest(weights, config.sha256, config.download)
    try:
        return load_extractor(config.extractor, request)
    except (ConfigError, DataError) as error:
        # Extractors speak of the settings of fid.
        raise type(error)(str(error).replace("evaluation.fid.", "classifier.")) from error


def check_classifier(config: ClassifierConfig) -> None:
    """Raises the `MedganError` that building the classifier would raise, without training anything.

    Raises:
        ConfigError: An unknown network or extractor, or a size that it does not take.
        DataError: Weights or a backbone are missing, damaged or not those asked for.
    """
    if config.is_linear:
        linear_features(config)
    else:
        check_network(config)
