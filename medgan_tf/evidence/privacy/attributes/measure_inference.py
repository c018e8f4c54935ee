"""Attacks that infer what an attacker does not know of a patient: one label from the others, or sex, age and view."""

import math
from collections.abc import Iterator

import numpy as np

from medgan_tf.data.records.covariate_bytes import UNKNOWN, covariate_groups
from medgan_tf.evidence.privacy.answers import Finding, Remark, Row, Unanswered
from medgan_tf.evidence.privacy.inputs import PrivacyInputs
from medgan_tf.metrics.bootstrap import patient_numbers
from medgan_tf.metrics.one_sided import Limits
from medgan_tf.metrics.privacy.attribute_inference import (
    guess_group,
    guess_one_label,
    mean_difference,
    patient_gains,
    predict_groups,
)
from medgan_tf.metrics.streams import stream

LABELS, ATTRIBUTE = "label_inference", "attribute"


def label_inference(inputs: PrivacyInputs) -> Row:
    """Does the release help to guess a label of a training patient from the other labels?

    The baseline is the same guess with the labels of the other half of the training patients in place of the release.
    A release that follows the training set as a whole is then no better than the baseline, for training patients and
    for held-out ones, also where these have other labels.
    """
    train, held_out, released = inputs.train, inputs.held_out, inputs.released
    if len(train.label_names) < 2:
        return Remark(LABELS, "there is one label only, so no other from which it could be guessed", warns=False)
    if patient_numbers(train.patients).max() == 0:
        return Unanswered(LABELS, "it needs training images of several patients")
    gains, control = (guess_one_label(one.labels, released.labels).mean(axis=1) for one in (train, held_out))
    words = (
        f"{gains.mean():.1%} of the labels of training patients are guessed right from their other labels and the "
        f"release, {control.mean():.1%} of held-out patients'"
    )
    for known, asked in _halves(inputs):
        gains[asked] -= guess_one_label(train.labels[asked], train.labels[known]).mean(axis=1)
        control -= guess_one_label(held_out.labels, train.labels[known]).mean(axis=1) / 2
    words += f"; that is {gains.mean():+.1%} and {control.mean():+.1%} of what other patients' labels give"
    return _finding(inputs, LABELS, gains, control, np.arange(len(train)), np.arange(len(held_out)), words)


def attribute_rows(inputs: PrivacyInputs) -> list[Row]:
    """Does the release help to guess sex, age or view of a training patient from the labels?

    Synthetic images carry no such attribute. The attacker learns it from features of the other half of the training
    images, predicts it for the released images, and says what a random one with the patient's labels has. So a patient
    whose image is repeated under rare labels is given away.
    """
    rows: list[Row] = []
    groups = [
        {} if one.covariates is None else covariate_groups(one.covariates) for one in (inputs.train, inputs.held_out)
    ]
    names = [name for name in groups[0] if name in groups[1]]
    if not names:
        return [Remark(ATTRIBUTE, "not in scope: sex, age and view of the patients are not known here", warns=False)]
    for name in names:
        rows.append(_attribute_row(inputs, name, groups[0][name], groups[1][name]))
    return rows


def _attribute_row(inputs: PrivacyInputs, name: str, own: np.ndarray, others: np.ndarray) -> Row:
    train, held_out, title = inputs.train, inputs.held_out, f"{ATTRIBUTE} {name}"
    mine, theirs = own != UNKNOWN, others != UNKNOWN
    if not theirs.any():
        return Unanswered(title, f"{name} is not known for any held-out image")
    if len(set(own[mine])) < 2:
        return Remark(
            title, f"{name} is unknown or the same for all training images, so nothing is inferred", warns=False
        )
    gains, control, right = np.zeros(len(train)), np.zeros(len(held_out)), []
    for known, asked in _halves(inputs):
        known = known[mine[known]]
        if len(set(own[known])) < 2:
            return Unanswered(title, f"{name} is known for too few training images")
        predicted = predict_groups(inputs.train_features[known], own[known], inputs.synthetic_features)
        tested = predict_groups(inputs.train_features[known], own[known], inputs.held_out_features[theirs])
        right.append(float((tested == others[theirs]).mean()))
        release, baseline = (inputs.synthetic.labels, predicted), (train.labels[known], own[known])
        labels, truth = train.labels[asked], own[asked]
        gains[asked] = guess_group(*release, labels, truth) - guess_group(*baseline, labels, truth)
        control += (
            guess_group(*release, held_out.labels, others) - guess_group(*baseline, held_out.labels, others)
        ) / 2
    words = (
        f"guessing {name} from the labels with the release is right {gains[mine].mean():+.1%} more often than without "
        f"it for training patients, {control[theirs].mean():+.1%} for held-out patients; the attacker's predictor is "
        f"right for {np.mean(right):.1%} of held-out images"
    )
    return _finding(inputs, title, gains, control, np.flatnonzero(mine), np.flatnonzero(theirs), words)


def _halves(inputs: PrivacyInputs) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Rows of training images that the attacker knows, and those that are asked for, twice with changed roles. The
    images of a patient are in one half."""
    numbers = patient_numbers(inputs.train.patients)
    half = stream(inputs.seed, "halves of the training patients").permutation(numbers.max() + 1)[numbers] % 2
    for one in (0, 1):
        yield np.flatnonzero(half != one), np.flatnonzero(half == one)


def _finding(
    inputs: PrivacyInputs,
    name: str,
    gains: np.ndarray,
    control: np.ndarray,
    trained: np.ndarray,
    held_out: np.ndarray,
    words: str,
) -> Row:
    """The row of gains of some training and some held-out images."""
    first = patient_gains(gains[trained], inputs.train.patients[trained])
    second = patient_gains(control[held_out], inputs.held_out.patients[held_out])
    threshold = inputs.settings.thresholds.attribute_inference
    if min(len(first), len(second)) < 2:
        return Unanswered(name, f"it needs several patients; there are {len(first)} training and {len(second)} others")
    value, limits = mean_difference(first, second)
    words += f"; {len(first):,} training and {len(second):,} held-out patients"
    return Finding(name, value, limits, threshold, words, _missing(value, limits, threshold.limit, second))


def _missing(value: float, limits: Limits, limit: float, control: np.ndarray) -> str:
    """The number of held-out patients with whom the upper limit would be within the threshold, by the root of n."""
    upper = limits(0.95)[1]
    if value >= limit or upper <= limit:
        return ""
    wanted = math.ceil(len(control) * ((upper - value) / (limit - value)) ** 2)
    return f"about {wanted:,} held-out patients, and as many training patients at least; there are {len(control):,}"
