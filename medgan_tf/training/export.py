"""The averaged generator as weights, which hold no program, and as a SavedModel that needs nothing but TensorFlow.

Beside the SavedModel lie `weights.safetensors` and `architecture.json`, see `gans.exported.weights`. Both compute the
functions of `gans.exported.functions`, bit for bit the same on a CPU.

The asset ``generator.json`` holds label names, the label combinations of the training set with rounded counts, and
sizes. That of a private training has noisy counts, and the guarantee.
"""

import shutil
import tempfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from medgan_tf.config.schema import Experiment
from medgan_tf.data.conditions.columns import Conditions
from medgan_tf.data.conditions.training import gan_conditions
from medgan_tf.data.private.noisy_counts import NoisyCounts
from medgan_tf.data.rare_combinations import CombinationCount, rounded, training_combinations
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.errors import RunError
from medgan_tf.files.atomic import replace_folder
from medgan_tf.files.result_files import json_text
from medgan_tf.gans.exported.functions import ImageFunctions
from medgan_tf.gans.exported.weights import write_stored_generator
from medgan_tf.gans.gan import ConditionalGan
from medgan_tf.training.checkpoints import first_line

CARD = "generator.json"


def generator_card(
    experiment: Experiment,
    dataset: DatasetFolder,
    images_seen: int,
    counts: NoisyCounts | None = None,
    guarantee: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The description that an exported generator carries.

    It has counts of the training images only, rounded to multiples of `generate.minimum_patients`. A combination of
    fewer patients, or whose count is rounded to 0, has the count 0 and says `fewer_than`.

    With `gan.conditions` label vectors and combinations have the columns of sex, age band and view too. Rare
    combinations are then left out: that there is a woman above 89 with a finding can point to her.

    The card of a private training has its noisy counts of patients, and its guarantee. Nothing else on it depends on
    the images; it does not say which dataset they were of.

    Args:
        experiment: The experiment.
        dataset: The dataset that the generator was trained on.
        images_seen: Real images shown in training.
        counts: The noisy counts of a private training.
        guarantee: Its guarantee, as JSON values.

    Raises:
        ValueError: The training was private, and noisy counts or guarantee are missing or of other labels.
    """
    conditions = gan_conditions(experiment, dataset)
    names = (*dataset.label_names, *conditions.names)
    if experiment.private:
        told = _noisy_counts(names, counts, guarantee)
    else:
        told = _rounded_counts(experiment, dataset, conditions, names)
    return {
        "format_version": 1,
        "experiment": experiment.name,
        "architecture": experiment.gan.architecture,
        "seed": experiment.seed,
        "images_seen": images_seen,
        "resolution": dataset.resolution,
        "latent_size": experiment.gan.latent_size,
        "label_names": list(names),
        **told,
        **({"conditions": conditions.as_json()} if conditions.columns else {}),
    }


def _rounded_counts(
    experiment: Experiment, dataset: DatasetFolder, conditions: Conditions, names: tuple[str, ...]
) -> dict[str, Any]:
    step = experiment.generate.minimum_patients
    combinations = [_combination(one, names, step) for one in training_combinations(dataset, conditions)]
    if conditions.columns:
        combinations = [one for one in combinations if one["train"]]
    # By rounded count and name: the order by exact counts would say which of two equal ones is the larger.
    combinations.sort(key=lambda one: (-one["train"], one["labels"]))
    return {"counts_rounded_to": step, "combinations": combinations, "dataset": dataset.manifest.build_hash}


def _noisy_counts(
    names: tuple[str, ...], counts: NoisyCounts | None, guarantee: dict[str, Any] | None
) -> dict[str, Any]:
    if counts is None or guarantee is None or counts.label_names != names:
        raise ValueError("the card of a private training needs its guarantee, and noisy counts of its labels")
    combinations = [
        {"labels": _positive(vector, names), "vector": vector.tolist(), "train": int(count)}
        for vector, count in zip(counts.vectors, counts.counts, strict=True)
    ]
    combinations.sort(key=lambda one: (-one["train"], one["labels"]))
    return {"combinations": combinations, "guarantee": guarantee}


def _positive(vector: np.ndarray, names: tuple[str, ...]) -> list[str]:
    return [name for name, value in zip(names, vector, strict=True) if value]


def _combination(one: CombinationCount, names: tuple[str, ...], step: int) -> dict[str, Any]:
    entry = {"labels": _positive(one.vector, names), "vector": one.vector.tolist(), "train": rounded(one.images, step)}
    if one.patients < step or not entry["train"]:
        entry |= {"train": 0, "fewer_than": step}
    return entry


class GeneratorModule(ImageFunctions):
    """The object that is saved: a generator, its two functions and its card.

    Args:
        generator: Keras model ``([z, labels]) -> images``.
        card: Path of the JSON file to save as asset.
    """

    def __init__(self, generator: keras.Model, card: str):
        super().__init__(generator)
        self.card = tf.saved_model.Asset(card)


def export_generator(gan: ConditionalGan, path: Path, card: dict[str, Any]) -> None:
    """Saves the averaged generator, computing in float32 whatever it was trained in. The folder is whole or absent.

    Args:
        gan: The trained GAN.
        path: Folder of the generator; replaced if it exists.
        card: Content of the asset: label names, combinations with counts, images seen, ....; the number of trainable
            `parameters` of the generator is added.

    Raises:
        RunError: It could not be written; an earlier export is untouched.
    """
    gan.refresh_average()
    # Outside any strategy, so that plain variables are saved and the model loads on one CPU.
    plain = type(gan)(gan.config, gan.resolution, gan.label_count)
    plain.take_structure(gan)
    generator = plain.ema_generator
    for target, weight in zip(generator.variables, gan.ema_generator.variables, strict=True):
        target.assign(tf.convert_to_tensor(weight))
    partial = path.with_name(f".partial-{path.name}")
    try:
        with tempfile.TemporaryDirectory() as folder:
            asset = Path(folder) / CARD
            parameters = sum(int(tf.size(weight)) for weight in plain.generator.trainable_variables)
            asset.write_text(json_text(card | {"parameters": parameters}, indent=2), encoding="utf-8")
            module = GeneratorModule(generator, str(asset))
            shutil.rmtree(partial, ignore_errors=True)
            signatures = {"generate": module.generate, "sample": module.sample}
            tf.saved_model.save(module, str(partial), signatures=signatures)
            write_stored_generator(generator, partial)
        replace_folder(partial, path)
    except (OSError, tf.errors.OpError) as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise RunError(f"generator could not be written to {path}: {first_line(error)}") from error
