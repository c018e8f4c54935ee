"""The strong attack: it compares the generator with one that was trained on other patients, and knows who had a coin.

Two scores of a patient, each the mean over the patient's images, higher for those who were trained on:

- log p_target - log p_reference, with p the kernel density of many images of a generator in the features of a
  classifier that was trained on the reference's patients. Those features never saw a canary.
- D_target - D_reference, the scores of the two discriminators, for holders of the checkpoints.

With one reference model and one such ratio this is RMIA with a = 1: S. Zarifzadeh, P. Liu, R. Shokri, Low-cost
high-power membership inference attacks, ICML 2024.
"""

from dataclasses import dataclass

import numpy as np

from medgan_tf.config.run_folders import real_folder, run_folder
from medgan_tf.config.schema import Experiment
from medgan_tf.data.canary_sets import canaries_dataset, reference_dataset, reference_experiment
from medgan_tf.data.folds.canaries import IN, OUT
from medgan_tf.data.images import to_uint8
from medgan_tf.errors import DataError, MedganError
from medgan_tf.evidence.image_sets import ImageSet, fold_set, joined_covariates
from medgan_tf.evidence.privacy.inputs import PrivacyInputs
from medgan_tf.evidence.privacy.membership.discriminator_scores import checkpoint_discriminator
from medgan_tf.evidence.set_features import settings_extractor
from medgan_tf.features.extractor import Extractor
from medgan_tf.metrics.privacy.membership import density_scores, patient_means
from medgan_tf.synthesis.generate import latents
from medgan_tf.synthesis.labels import LabelTable, frequency_labels
from medgan_tf.synthesis.load import Generator, load_generator

DENSITY, DISCRIMINATOR = "density", "discriminator"
_AUDITED = "classifier"
_STREAM = "canaries"
_CHUNK = 1000
_TRAIN = "train it with `medgan-tf train EXPERIMENT --reference`"


@dataclass(frozen=True)
class StrongAttack:
    """Scores of all canaries.

    Attributes:
        patients: str [m], pseudonyms.
        inside: bool [m], whether the patient was in the training set.
        scores: By attack, float64 [m], higher for those who were.
        missing: By attack that could not be done, the reason.
        images: Images of the canaries.
        extractor: The features of the densities.
    """

    patients: np.ndarray
    inside: np.ndarray
    scores: dict[str, np.ndarray]
    missing: dict[str, str]
    images: int
    extractor: dict


def strong_attack(inputs: PrivacyInputs, experiment: Experiment) -> StrongAttack:
    """Scores the canaries of an experiment.

    Raises:
        DataError: The reference generator or a dataset is missing.
    """
    dataset, reference = canaries_dataset(experiment), reference_experiment(experiment)
    generators = [_generator(one) for one in (experiment, reference)]
    sides = [fold_set(dataset, (fold,), f"canaries {name}") for fold, name in ((IN, "in"), (OUT, "out"))]
    images = np.concatenate([side.images for side in sides])
    names, numbers = np.unique(np.concatenate([side.patients for side in sides]), return_inverse=True)
    inside = np.isin(names, sides[0].patients)
    extractor = _extractor(inputs, reference)
    scores = {DENSITY: _density(inputs, extractor, generators, images)}
    missing: dict[str, str] = {}
    try:
        scores[DISCRIMINATOR] = _discriminators(inputs, experiment, reference, sides)
    except MedganError as error:
        missing[DISCRIMINATOR] = str(error)
    means = {name: patient_means(found, numbers) for name, found in scores.items()}
    return StrongAttack(names, inside, means, missing, len(images), extractor.describe())


def _generator(experiment: Experiment) -> Generator:
    path = run_folder(experiment).generator
    if not (path / "saved_model.pb").is_file():
        raise DataError(f"there is no generator in {path}; {_TRAIN}")
    return load_generator(path, trust=True)


def _extractor(inputs: PrivacyInputs, reference: Experiment) -> Extractor:
    """The extractor of the audit; in place of the audited experiment's own classifier, which knows the canaries who are
    in, that of the reference's patients."""
    settings = inputs.settings
    if settings.extractor != _AUDITED or settings.weights is not None:
        return inputs.store.extractor
    model = real_folder(reference).classifier / "model"
    if not (model / "saved_model.pb").is_file():
        raise DataError(f"there is no classifier of the reference's patients in {model}; {_TRAIN}")
    return settings_extractor(settings, model)


def _density(
    inputs: PrivacyInputs, extractor: Extractor, generators: list[Generator], images: np.ndarray
) -> np.ndarray:
    settings = inputs.settings
    table = frequency_labels(generators[0], {_STREAM: settings.canaries.draws}, inputs.seed)
    drawn = []
    for generator, name in zip(generators, ("generator", "reference generator"), strict=True):
        report, parts = inputs.steps.counted(f"images of the {name}"), []
        labels = _vectors(table, generator, name)
        for start in range(0, len(labels), _CHUNK):
            parts.append(extractor.features(_made(generator, labels, start, inputs), inputs.store.batch))
            report(min(start + _CHUNK, len(labels)), len(labels))
        drawn.append(np.concatenate(parts))
    report = inputs.steps.counted("features of canaries")
    candidates = extractor.features(images, inputs.store.batch, report)
    return density_scores(candidates, *drawn, dimensions=settings.density_dimensions)


def _vectors(table: LabelTable, generator: Generator, name: str) -> np.ndarray:
    """The labels as the generator takes them: each has its own columns of sex, age band and view, if any.

    Raises `DataError` if it does not know a group of them.
    """
    return generator.conditions.beside(table.folds[_STREAM], table.covariates.get(_STREAM), f"labels for the {name}")


def _made(generator: Generator, labels: np.ndarray, start: int, inputs: PrivacyInputs) -> np.ndarray:
    """Images number `start` and the following of a generator, uint8."""
    found, batch = [], inputs.store.batch
    end = min(start + _CHUNK, len(labels))
    for first in range(start, end, batch):
        last = min(first + batch, end)
        noise = latents(inputs.seed, _STREAM, range(first, last), generator.latent_size)
        found.append(to_uint8(generator.generate(noise, labels[first:last])))
    return np.concatenate(found)


def _discriminators(
    inputs: PrivacyInputs, experiment: Experiment, reference: Experiment, sides: list[ImageSet]
) -> np.ndarray:
    target = inputs.model.discriminator
    if target is None or isinstance(target, MedganError):
        raise target or DataError("there is no discriminator")
    other = checkpoint_discriminator(reference, reference_dataset(experiment))
    inputs.steps("discriminators on the canaries")
    images, labels = (np.concatenate([getattr(side, name) for side in sides]) for name in ("images", "labels"))
    rest = labels, joined_covariates(*sides)
    return np.asarray(target(images, *rest), np.float64) - np.asarray(other(images, *rest), np.float64)
