"""What a release helps to infer of training patients, beyond what it helps to infer of others, with limits.

A guess with the release is taken minus the same guess with the labels of other training patients, for training and for
held-out patients. Sources: `attribute_inference`. The difference of the two gains is 0 on average without a leak.

Who asks whom: the training patients are dealt into five groups, and each group is asked with the labels of the two
that follow it in a circle. So no two patients are asked with each other's labels. If they were, as with two halves in
turn, both guesses would be right or wrong together: equal neighbours have equal labels either way. Then the variance
over patients would be too small, by a quarter where hardly two patients are alike. In a circle each group's gain minus
that of held-out patients has mean 0, whatever the tables are, and two of them are uncorrelated but for the held-out
patients, whose variance is computed from the mean over all tables. So Welch's limits hold.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from medgan_tf.metrics.bootstrap import patient_numbers
from medgan_tf.metrics.one_sided import Limits
from medgan_tf.metrics.privacy.attribute_inference import (
    guess_group,
    guess_one_label,
    mean_difference,
    patient_gains,
    predict_groups,
)

GROUPS = 5


@dataclass(frozen=True)
class Records:
    """Images of one side.

    Attributes:
        labels: [N, L] of 0 and 1.
        patients: str [N].
        features: [N, D], for attributes.
        groups: str [N], the attribute.
    """

    labels: np.ndarray
    patients: np.ndarray
    features: np.ndarray | None = None
    groups: np.ndarray | None = None


@dataclass(frozen=True)
class InferenceGain:
    """What the release helps.

    Attributes:
        train, held_out: Mean gain over patients, -1..1.
        patients: Training and held-out patients.
        right: Labels: share that is guessed right with the release, of training and of held-out patients. Attributes:
            share of held-out images whose attribute the attacker's predictor tells, twice.
        value, limits: The difference of the gains, and its limits on one side.
    """

    train: float
    held_out: float
    patients: tuple[int, int]
    right: tuple[float, float]
    value: float
    limits: Limits


def circle(patients: np.ndarray, random: np.random.Generator) -> Iterator[tuple[np.ndarray, np.ndarray, float]]:
    """Rows that are asked, rows that the attacker knows, and the share of the patients who are asked; five times.

    Every row is asked once. If an image of a patient is known when another one is asked, then never the other way.

    Raises:
        ValueError: There are fewer than five patients.
    """
    numbers = patient_numbers(patients)
    count = int(numbers.max()) + 1 if len(numbers) else 0
    if count < GROUPS:
        raise ValueError(f"expected training images of {GROUPS} patients or more. Received: {count}")
    groups = random.permutation(count) % GROUPS
    for group in range(GROUPS):
        after = (groups[numbers] - group) % GROUPS
        known = (after > 0) & (after <= GROUPS // 2)
        yield np.flatnonzero(after == 0), np.flatnonzero(known), float((groups == group).mean())


def label_gain(train: Records, held_out: Records, released: np.ndarray, random: np.random.Generator) -> InferenceGain:
    """Gain of guessing one label from the others with the released labels [M, L].

    Raises:
        ValueError: There are fewer than five training patients, or fewer than two others.
    """
    own, others = (guess_one_label(one.labels, released).mean(axis=1) for one in (train, held_out))
    right = tuple(
        float(patient_gains(values, one.patients).mean()) for values, one in ((own, train), (others, held_out))
    )
    for asked, known, share in circle(train.patients, random):
        table = train.labels[known]
        own[asked] -= guess_one_label(train.labels[asked], table).mean(axis=1)
        others -= share * guess_one_label(held_out.labels, table).mean(axis=1)
    return _gain((own, train), (others, held_out), right)


def group_gain(train: Records, held_out: Records, released: Records, random: np.random.Generator) -> InferenceGain:
    """Gain of guessing an attribute from the labels with the release, whose attribute the attacker predicts.

    Args:
        train, held_out: Images whose attribute is known.
        released: The released images; their attribute is not read.
        random: Deals the training patients.

    Raises:
        ValueError: There are fewer than five training patients, fewer than two others, or the attribute is the same for
            all training images that the attacker knows.
    """
    own, others, right = np.zeros(len(train.labels)), np.zeros(len(held_out.labels)), []
    unknown, count = np.concatenate([held_out.features, released.features]), len(held_out.features)
    for asked, known, share in circle(train.patients, random):
        features, groups = train.features[known], train.groups[known]
        if len(set(groups)) < 2:
            raise ValueError("expected two values of the attribute or more among the images that the attacker knows")
        predicted = predict_groups(features, groups, unknown)
        right.append(float((predicted[:count] == held_out.groups).mean()))
        with_it = released.labels, predicted[count:]
        without = train.labels[known], groups
        labels, truth = train.labels[asked], train.groups[asked]
        own[asked] = guess_group(*with_it, labels, truth) - guess_group(*without, labels, truth)
        labels, truth = held_out.labels, held_out.groups
        others += share * (guess_group(*with_it, labels, truth) - guess_group(*without, labels, truth))
    return _gain((own, train), (others, held_out), (float(np.mean(right)),) * 2)


def _gain(
    train: tuple[np.ndarray, Records], held_out: tuple[np.ndarray, Records], right: tuple[float, ...]
) -> InferenceGain:
    first, second = (patient_gains(values, records.patients) for values, records in (train, held_out))
    value, limits = mean_difference(first, second)
    counts = len(first), len(second)
    return InferenceGain(float(first.mean()), float(second.mean()), counts, (right[0], right[1]), value, limits)
