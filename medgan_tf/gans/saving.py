"""The plain values that ``gan.save("name.keras")`` keeps beside the weights, and how they are read back."""

from dataclasses import asdict
from typing import Any

import numpy as np

from medgan_tf.config.schema import GanConfig, TrainingConfig
from medgan_tf.gans.draws import LabelTable
from medgan_tf.gans.schedule import Phase


def gan_config(gan) -> dict[str, Any]:
    """Arguments of the constructor of a `ConditionalGan`; `constructor_arguments` reads them."""
    return {
        "name": gan.name,
        "config": gan.config.model_dump(mode="json"),
        "resolution": gan.resolution,
        "label_count": gan.label_count,
        "precision": gan.precision,
    }


def constructor_arguments(config: dict[str, Any]) -> dict[str, Any]:
    """The arguments from which `gan_config` was made."""
    return {**config, "config": GanConfig.model_validate(config["config"])}


def compile_config(gan) -> dict[str, Any]:
    """The settings with which a GAN was prepared for training; empty if it was not."""
    if not gan.compiled:
        return {}
    table = gan.label_table
    return {
        "training": gan.training_config.model_dump(mode="json"),
        "seed": gan.draw_seed,
        "labels": None if table is None else [table.combinations.tolist(), table.cumulative_counts.tolist()],
        "phase": asdict(gan.phase),
        "learning_rate_factor": gan.learning_rate_factor,
    }


def compile_from_config(gan, config: dict[str, Any]) -> None:
    """Prepares a new GAN for training in the way that `compile_config` describes."""
    table = config["labels"]
    if table is not None:
        table = LabelTable(np.array(table[0], np.float32), np.array(table[1], np.int64))
    gan.learning_rate_factor = config["learning_rate_factor"]
    training = TrainingConfig.model_validate(config["training"])
    gan.prepare_training(training, config["seed"], table, Phase(**config["phase"]))


def save_counters(gan, store) -> None:
    """Writes the variables that change in training but are not Keras variables."""
    store["images_seen"] = gan.images_seen.numpy()
    for name, variables in gan.extra_state.items():
        for number, variable in enumerate(variables):
            store[f"{name}_{number}"] = variable.numpy()


def load_counters(gan, store) -> None:
    """Reads back the variables that `save_counters` wrote."""
    gan.images_seen.assign(np.int64(store["images_seen"]))
    for name, variables in gan.extra_state.items():
        for number, variable in enumerate(variables):
            variable.assign(np.asarray(store[f"{name}_{number}"]))


class KerasFile:
    """The methods of a `ConditionalGan` that Keras calls to write and read a file."""

    def get_config(self) -> dict[str, Any]:
        return gan_config(self)

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**constructor_arguments(config))

    def get_compile_config(self) -> dict[str, Any]:
        return compile_config(self)

    def compile_from_config(self, config: dict[str, Any]) -> None:
        compile_from_config(self, config)

    def save_own_variables(self, store) -> None:
        save_counters(self, store)

    def load_own_variables(self, store) -> None:
        load_counters(self, store)
