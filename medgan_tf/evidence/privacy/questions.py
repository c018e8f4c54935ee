"""The questions of the privacy audit, by the names of their rows."""

from dataclasses import dataclass

ATTACK, EXCESS, SHARE, POWER, COUNT = "attack", "excess", "share", "power", "count"
"""Kinds of values: the AUC of an attack (0.5 is guessing), a share of images beyond that of a control, a share of
images or patients, the share of planted copies that was found, or a number of images."""


@dataclass(frozen=True)
class Question:
    """A question of the audit.

    Attributes:
        kind: `ATTACK`, `EXCESS`, `SHARE`, `POWER` or `COUNT`.
        title: A few words, for tables and figures.
        words: The whole question.
    """

    kind: str
    title: str
    words: str


QUESTIONS = {
    "distance": Question(
        ATTACK,
        "membership by distance",
        "Does the distance to the released images tell who was in the training set?",
    ),
    "density": Question(
        ATTACK,
        "membership by density",
        "Does the density of the released images tell who was in the training set?",
    ),
    "discriminator": Question(
        ATTACK,
        "membership by discriminator",
        "Does the discriminator tell who was in the training set (holder of the checkpoint)?",
    ),
    "distance_rate": Question(
        SHARE,
        "members found by distance",
        "How many members does the distance to the released images find at few false alarms?",
    ),
    "density_rate": Question(
        SHARE,
        "members found by density",
        "How many members does the density of the released images find at few false alarms?",
    ),
    "discriminator_rate": Question(
        SHARE,
        "members found by discriminator",
        "How many members does the discriminator find at few false alarms (holder of the checkpoint)?",
    ),
    "folds": Question(
        ATTACK,
        "training and held-out images told apart",
        "Do training and held-out images differ for another reason than training?",
    ),
    "features": Question(COUNT, "features", "Did the features ever see the audited images?"),
    "canaries": Question(
        ATTACK,
        "canaries",
        "Can an attack with a reference generator tell which canaries, chosen by coin, were trained on?",
    ),
    "canaries_rate": Question(
        SHARE,
        "canaries found",
        "How many of the canaries does that attack find at few false alarms?",
    ),
    "epsilon": Question(
        COUNT,
        "lower bound on epsilon",
        "What epsilon of differential privacy does the attack on the canaries refute?",
    ),
    "identical": Question(COUNT, "exact copies", "Are released images the very images of patients?"),
    "authenticity": Question(
        EXCESS,
        "loss of authentic images",
        "Are released images closer to single training images than real ones are to each other?",
    ),
    "data_copying": Question(
        EXCESS,
        "excess of training neighbours",
        "Are the nearest real images training images more often than by chance?",
    ),
    "copies": Question(EXCESS, "excess of suspected copies", "Are released images copies of training images?"),
    "power": Question(POWER, "planted copies found", "Would copies have been found?"),
    "reidentification": Question(EXCESS, "excess of singled-out patients", "Do released images point to one patient?"),
    "labels": Question(COUNT, "label table", "Are the released labels the table of the patients' labels?"),
    "rare_labels": Question(COUNT, "rare labels", "Are labels released that few patients have?"),
    "label_inference": Question(
        EXCESS,
        "label inference",
        "Does the release help to guess a label of a training patient who is known by the others?",
    ),
    "attribute": Question(
        EXCESS, "attribute inference", "Does the release help to guess sex, age or view of a training patient?"
    ),
    "identity": Question(
        EXCESS,
        "patients recognised by a verifier",
        "Does a network that was trained to recognise patients find training patients in released images?",
    ),
    "combinations": Question(
        COUNT,
        "training images per combination",
        "Were there enough training images of every label combination?",
    ),
}
"""The questions by the first word of a row's name. A second word is the level: `image` or `patient`; further words are
shown as they are."""


def question(name: str) -> Question:
    """The question of a row, e.g. of `distance image`. Raises `KeyError` for a name that no audit writes."""
    return QUESTIONS[name.partition(" ")[0]]


def verdict_title(name: str) -> str:
    """The name of a row in words, with its level."""
    title, level = question(name).title, name.partition(" ")[2]
    return f"{title}, {level}s" if level in ("image", "patient") else f"{title}, {level}" if level else title
