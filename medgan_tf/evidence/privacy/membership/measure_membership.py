"""Membership attacks with the released images, and with the model for those who have its checkpoint."""

from dataclasses import asdict
from typing import Any

import numpy as np

from medgan_tf.evidence.privacy.inputs import Discriminator, PrivacyInputs
from medgan_tf.metrics.privacy.membership import Attack, attack_result, density_scores, distance_scores, patient_means
from medgan_tf.metrics.streams import stream

RELEASED = ("distance", "density")
MODEL = "discriminator"
_DRAWS_OF_A_COMBINATION = 500


def released_attacks(inputs: PrivacyInputs) -> dict[str, dict[str, Any]]:
    """Attacks of someone who has the synthetic images and real images of other patients.

    The held-out patients are halved. Each half serves once as the reference of the attack and once as the non-members.

    Returns:
        By attack: `image` and `patient`, each as from `described`, and `combinations` (AUC by label combination).

    Raises:
        DataError: There are too few held-out images or patients.
    """
    members, non_members = inputs.candidates()
    member_half = stream(inputs.seed, "halves of the members").permutation(len(members)) % 2
    non_member_half = inputs.held_out_half[non_members]
    attacks = {
        "distance": distance_scores,
        "density": lambda *sets: density_scores(*sets, dimensions=inputs.settings.density_dimensions),
    }
    results = {}
    for name, attack in attacks.items():
        inputs.steps(f"membership attack by {name}")
        scores = [np.empty(len(members)), np.empty(len(non_members))]
        for half in (0, 1):
            reference = inputs.held_out_features[inputs.held_out_half != half]
            sides = (
                (scores[0], inputs.train_features[members], member_half == half),
                (scores[1], inputs.held_out_features[non_members], non_member_half == half),
            )
            for kept, features, rows in sides:
                kept[rows] = attack(features[rows], inputs.synthetic_features, reference)
        results[name] = _both_levels(inputs, members, non_members, *scores)
    return results


def model_attack(inputs: PrivacyInputs, discriminator: Discriminator) -> dict[str, Any]:
    """The attack of someone who has the checkpoint: the discriminator scores what it was trained on higher.

    Args:
        inputs: The sets and their features.
        discriminator: Function from uint8 images [N, R, R, 1] and labels [N, L] to scores [N]. It gets members and
            non-members together, as scores may depend on the batch.
    """
    members, non_members = inputs.candidates()
    inputs.steps("membership attack by discriminator")
    images = np.concatenate([inputs.train.images[members], inputs.held_out.images[non_members]])
    labels = np.concatenate([inputs.train.labels[members], inputs.held_out.labels[non_members]])
    scores = discriminator(images, labels)
    return _both_levels(inputs, members, non_members, scores[: len(members)], scores[len(members) :])


def _both_levels(
    inputs: PrivacyInputs,
    members: np.ndarray,
    non_members: np.ndarray,
    member_scores: np.ndarray,
    non_member_scores: np.ndarray,
) -> dict[str, Any]:
    settings, seed = inputs.settings, inputs.seed
    patients = (inputs.train.patients[members], inputs.held_out.patients[non_members])
    options = {"seed": seed, "draws": settings.bootstrap, "level": settings.level}
    image = attack_result(member_scores, non_member_scores, np.concatenate(patients), **options)
    means = patient_means(member_scores, patients[0]), patient_means(non_member_scores, patients[1])
    patient = attack_result(*means, np.full(len(means[0]) + len(means[1]), ""), **options)
    combinations = {}
    names = inputs.train.combinations()[members], inputs.held_out.combinations()[non_members]
    for name in np.unique(names[1]):
        rows = names[0] == name, names[1] == name
        together = np.concatenate([patients[0][rows[0]], patients[1][rows[1]]])
        scores = member_scores[rows[0]], non_member_scores[rows[1]]
        found = attack_result(*scores, together, seed, min(_DRAWS_OF_A_COMBINATION, settings.bootstrap), settings.level)
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
        # The name in result files since their first version.
        "others": attack.non_members,
        "patients": attack.patients,
    }
