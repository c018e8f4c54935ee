"""Made-up studies of utility: predictions of classifiers over several seeds, whose true AUCs are known.

A patient has a finding or not, and all images of the patient show it. The score of an image is normal with variance 1:
a part that every network sees in the patient, one that it sees in the image, one that all networks of one training set
share, and one of its own. Images with the finding score higher by sqrt(2) Phi^-1(AUC). Each network's true AUC is drawn
around that of its training set, so that the gap has the wanted standard deviation over seeds.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from medgan_tf.classification.predictions import Predictions
from medgan_tf.evidence.utility.estimates.seed_scores import SeedScores

PARTS = {"patient": 0.4, "image": 0.2, "training set": 0.2, "network": 0.2}
"""Shares of the variance of a score."""


@dataclass(frozen=True)
class Study:
    """A study of S seeds and L labels.

    Attributes:
        positive: Patients with each finding [L], of all patients.
        patients: Number of all patients.
        images: Images of each patient.
        gap: True gap of every label: AUC real less AUC synthetic, means over trainings.
        seeds: Number of seeds.
        seed_sd: Standard deviation of the true gap over trainings.
        auc: AUC of the real classifiers, mean over trainings.
    """

    positive: tuple[int, ...]
    patients: int
    images: int = 2
    gap: float = 0.0
    seeds: int = 5
    seed_sd: float = 0.02
    auc: float = 0.85


def drawn(study: Study, random: np.random.Generator, aucs: Mapping[str, float] | None = None) -> list[SeedScores]:
    """Predictions of all seeds on the images of newly drawn patients.

    Args:
        study: The study.
        random: Draws everything.
        aucs: True AUC of each training set by its name; by default `real` and `synthetic`, which differ by the gap.
    """
    aucs = {"real": study.auc, "synthetic": study.auc - study.gap} if aucs is None else aucs
    labels, images = len(study.positive), study.patients * study.images
    owner = np.repeat(np.arange(study.patients), study.images)
    truth = _truth(study, random)[owner]
    seen = _part("patient", random, (study.patients, labels))[owner] + _part("image", random, (images, labels))
    found: list[dict[str, Predictions]] = [{} for _ in range(study.seeds)]
    names, ids = tuple(f"label {k}" for k in range(labels)), np.arange(images).astype(str)
    patients = owner.astype(str)
    for name, mean in aucs.items():
        shared = seen + _part("training set", random, (images, labels))
        for seed in range(study.seeds):
            # The labels of one network are better or worse together.
            auc = np.clip(mean + study.seed_sd / np.sqrt(2) * random.normal(), 0.01, 0.999)
            scores = shared + _part("network", random, (images, labels))
            scores = scores + truth * np.sqrt(2) * ndtri(auc)
            found[seed][name] = Predictions(names, ids, patients, truth.astype(float), scores)
    return [SeedScores(seed, predictions, {}) for seed, predictions in enumerate(found)]


def _truth(study: Study, random: np.random.Generator) -> np.ndarray:
    """Who has which finding, bool [patients, L]."""
    truth = np.zeros((study.patients, len(study.positive)), bool)
    for k, count in enumerate(study.positive):
        truth[random.choice(study.patients, count, replace=False), k] = True
    return truth


def _part(name: str, random: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    return np.sqrt(PARTS[name]) * random.normal(size=shape)
