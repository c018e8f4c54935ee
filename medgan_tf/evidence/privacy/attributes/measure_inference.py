"""Attacks that infer what an attacker does not know of a patient: one label from the others, or sex, age and view."""

import math

import numpy as np

from medgan_tf.data.records.covariate_bytes import UNKNOWN, covariate_groups
from medgan_tf.evidence.privacy.answers import Finding, Remark, Row, Unanswered
from medgan_tf.evidence.privacy.inputs import PrivacyInputs
from medgan_tf.metrics.privacy.inference_gain import InferenceGain, Records, group_gain, label_gain
from medgan_tf.metrics.streams import stream

LABELS, ATTRIBUTE = "label_inference", "attribute"


def label_inference(inputs: PrivacyInputs) -> Row:
    """Does the release help to guess a label of a training patient from the other labels?

    The baseline is the same guess with the labels of other training patients in place of the release. A release that
    follows the training set as a whole is then no better than the baseline, for training patients and for held-out
    ones, also where these have other labels.
    """
    if len(inputs.train.label_names) < 2:
        return Remark(LABELS, "there is one label only, so no other from which it could be guessed", warns=False)
    train, held_out = (Records(one.labels, one.patients) for one in (inputs.train, inputs.held_out))
    try:
        gain = label_gain(train, held_out, inputs.released.labels, _random(inputs))
    except ValueError as error:
        return Unanswered(LABELS, f"too few patients: {error}")
    words = (
        f"{gain.right[0]:.1%} of the labels of training patients are guessed right from their other labels and the "
        f"release, {gain.right[1]:.1%} of held-out patients'; that is {gain.train:+.1%} and {gain.held_out:+.1%} of "
        "what other patients' labels give"
    )
    return _finding(inputs, LABELS, gain, words)


def attribute_rows(inputs: PrivacyInputs) -> list[Row]:
    """Does the release help to guess sex, age or view of a training patient from the labels?

    Synthetic images carry no such attribute. The attacker learns it from features of other training images, predicts it
    for the released images, and says what a random one with the patient's labels has. So a patient whose image is
    repeated under rare labels is given away.
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
    title, mine, theirs = f"{ATTRIBUTE} {name}", own != UNKNOWN, others != UNKNOWN
    if not theirs.any():
        return Unanswered(title, f"{name} is not known for any held-out image")
    if len(set(own[mine])) < 2:
        return Remark(
            title, f"{name} is unknown or the same for all training images, so nothing is inferred", warns=False
        )
    real, made = (inputs.train, inputs.held_out), inputs.synthetic
    train, held_out = (
        Records(one.labels[known], one.patients[known], features[known], groups[known])
        for one, features, groups, known in zip(
            real,
            (inputs.train_features, inputs.held_out_features),
            (own, others),
            (mine, theirs),
            strict=True,
        )
    )
    try:
        released = Records(made.labels, made.patients, inputs.synthetic_features)
        gain = group_gain(train, held_out, released, _random(inputs))
    except ValueError as error:
        return Unanswered(title, f"{name} is known for too few patients: {error}")
    words = (
        f"guessing {name} from the labels with the release is right {gain.train:+.1%} more often than without it for "
        f"training patients, {gain.held_out:+.1%} for held-out patients; the attacker's predictor is right for "
        f"{gain.right[1]:.1%} of held-out images"
    )
    return _finding(inputs, title, gain, words)


def _random(inputs: PrivacyInputs) -> np.random.Generator:
    return stream(inputs.seed, "groups of the training patients, inference")


def _finding(inputs: PrivacyInputs, name: str, gain: InferenceGain, words: str) -> Row:
    threshold = inputs.settings.thresholds.attribute_inference
    words += f"; {gain.patients[0]:,} training and {gain.patients[1]:,} held-out patients"
    return Finding(name, gain.value, gain.limits, threshold, words, _missing(gain, threshold.limit))


def _missing(gain: InferenceGain, limit: float) -> str:
    """The number of held-out patients with whom the upper limit would be within the threshold, by the root of n."""
    upper, held_out = gain.limits(0.95)[1], gain.patients[1]
    if gain.value >= limit or upper <= limit:
        return ""
    wanted = math.ceil(held_out * ((upper - gain.value) / (limit - gain.value)) ** 2)
    return f"about {wanted:,} held-out patients, and as many training patients at least; there are {held_out:,}"
