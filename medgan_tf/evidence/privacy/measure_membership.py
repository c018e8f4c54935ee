"""Membership inference on the released images, and on the model for the holder of its checkpoint."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import numpy as np

from medgan_tf.evidence.privacy.inputs import PrivacyInputs
from medgan_tf.metrics.membership import Attack, attack_result, density_scores, distance_scores, patient_means

Discriminator = Callable[[np.ndarray, np.ndarray], np.ndarray]
RELEASED = ("distance", "density")
MODEL = "discriminator"


def released_attacks(inputs: PrivacyInputs) -> dict[str, dict[str, Any]]:
    """Attacks of someone who has the synthetic images and real images of other patients.

    The held-out patients are halved: each half is once the reference of the attack and once what members are to be told
    from.

    Returns:
        By attack: `image` and `patient`, each as from `described`, and `combinations` (AUC by label combination).

    Raises:
        DataError: There are too few held-out images or patients.
    """
    members, others = inputs.candidates()
    member_half = np.random.default_rng(4).permutation(len(members)) % 2
    other_half = inputs.held_out_half[others]
    attacks = {
        "distance": distance_scores,
        "density": lambda *sets: density_scores(*sets, dimensions=inputs.settings.density_dimensions),
    }
    results = {}
    for name, attack in attacks.items():
        inputs.steps(f"membership attack by {name}")
        scores = [np.empty(len(members)), np.empty(len(others))]
        for half in (0, 1):
            reference = inputs.held_out_features[inputs.held_out_half != half]
            sides = (
                (scores[0], inputs.train_features[members], member_half == half),
                (scores[1], inputs.held_out_features[others], other_half == half),
            )
            for kept, features, rows in sides:
                kept[rows] = attack(features[rows], inputs.synthetic_features, reference)
        results[name] = _both_levels(inputs, members, others, *scores)
    return results


def model_attack(inputs: PrivacyInputs, discriminator: Discriminator) -> dict[str, Any]:
    """The attack of someone who has the checkpoint: the discriminator scores what it was trained on higher.

    Args:
        inputs: The sets.
        discriminator: From uint8 images [N, R, R, 1] and labels [N, L] to scores [N]; members and others are given to
            it in one random order, as scores may depend on the batch.
    """
    members, others = inputs.candidates()
    inputs.steps("membership attack by discriminator")
    images = np.concatenate([inputs.train.images[members], inputs.held_out.images[others]])
    labels = np.concatenate([inputs.train.labels[members], inputs.held_out.labels[others]])
    scores = discriminator(images, labels)
    return _both_levels(inputs, members, others, scores[: len(members)], scores[len(members) :])


def _both_levels(
    inputs: PrivacyInputs, members: np.ndarray, others: np.ndarray, member: np.ndarray, other: np.ndarray
) -> dict[str, Any]:
    settings = inputs.settings
    patients = (inputs.train.patients[members], inputs.held_out.patients[others])
    options = {"draws": settings.bootstrap, "level": settings.level}
    image = attack_result(member, other, np.concatenate(patients), **options)
    means = patient_means(member, patients[0]), patient_means(other, patients[1])
    patient = attack_result(*means, np.full(len(means[0]) + len(means[1]), ""), **options)
    combinations = {}
    names = inputs.train.combinations()[members], inputs.held_out.combinations()[others]
    for name in np.unique(names[1]):
        rows = names[0] == name, names[1] == name
        together = np.concatenate([patients[0][rows[0]], patients[1][rows[1]]])
        found = attack_result(
            member[rows[0]], other[rows[1]], together, min(500, settings.bootstrap), 0, settings.level
        )
        combinations[str(name)] = described(found)
    return {"image": described(image), "patient": described(patient), "combinations": combinations}


def described(attack: Attack) -> dict[str, Any]:
    """An attack's result for a result file."""
    return {
        "auc": attack.auc,
        "auc_interval": asdict(attack.auc_interval),
        "true_positive_rates": {
            f"{rate:.1%}": {"value": value, "interval": asdict(interval)}
            for rate, (value, interval) in attack.true_positives.items()
        },
        "members": attack.members,
        "others": attack.others,
        "patients": attack.patients,
    }
