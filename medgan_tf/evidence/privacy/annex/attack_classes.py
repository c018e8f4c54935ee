"""The kinds of attacks that an annex goes through, and which rows of the audit belong to which of them.

A new row of the audit is added by one line in `ROWS`. A row that is not there is shown at the end of the annex.

The first six classes are those that EDPB Opinion 28/2024 names in paragraph 55 as examples of structured testing. The
Opinion does not define them; `meaning` says in this project's words how they are understood here.
"""

from dataclasses import dataclass

EDPB = "EDPB Opinion 28/2024, paragraph 55"
_WP216 = "Article 29 Working Party, Opinion 05/2014 (WP216)"
_TESTING = "ISO/IEC 27559:2022, 7.3 attack modelling and 8.2.3 adversarial testing"
_PRACTICES = "ISO/IEC 27559:2022, 6.2.2 security and privacy practices"
_SCORECARD = "scorecard for synthetic medical data (Zamzmi et al. 2025, staff of the FDA), criterion compliance"

IMAGES = "the released images"
LABELS = "the released images and their labels"
TABLE = "the released labels"
CHECKPOINT = "a checkpoint of the training (generator and discriminator)"
STRONG = "the generator or a checkpoint, and a generator of their own, made from other patients"
IN, OUT, PARTLY = "in scope", "out of scope", "in scope if the model is given away"


@dataclass(frozen=True)
class AttackClass:
    """A kind of attack.

    Attributes:
        title: Its name.
        meaning: What somebody does and learns.
        scope: `IN`, `OUT` or `PARTLY`.
        why: The reason for that.
        not_executed: What stands in place of a result where no row of the audit belongs to it.
        sources: Documents that ask for it.
    """

    title: str
    meaning: str
    scope: str
    why: str
    not_executed: str
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Attack:
    """What an annex says about a row of the audit.

    Attributes:
        belongs_to: Key of its class.
        access: What the attacker needs to have.
        null: What the result is compared with, so that it speaks about the training and not about chance; "" for none.
        power: How it is known that a leak would have been seen.
    """

    belongs_to: str
    access: str
    null: str
    power: str = ""


CLASSES = {
    "membership": AttackClass(
        "Membership inference",
        "Somebody who has an image of a patient finds out whether it was used for training. In a set about one disease "
        "that alone says something about the patient.",
        IN,
        "It needs nothing but the released images.",
        "This audit has not tested it.",
        (EDPB, _TESTING, _SCORECARD),
    ),
    "attributes": AttackClass(
        "Attribute inference",
        "Somebody who knows a few facts about a patient of the training set learns a further one from the release: a "
        "finding, the age or the sex.",
        IN,
        "Released images come with labels, and images of chests show age and sex.",
        "This audit has not tested it.",
        (EDPB, _TESTING, _SCORECARD),
    ),
    "regurgitation": AttackClass(
        "Regurgitation of training data",
        "The release holds images of patients, as they were or slightly changed.",
        IN,
        "It needs nothing but the released images.",
        "This audit has not tested it.",
        (EDPB, _TESTING, _SCORECARD),
    ),
    "exfiltration": AttackClass(
        "Exfiltration",
        "Somebody takes training images or the model out of the system that holds them.",
        OUT,
        "It is a matter of access control, machines and contracts. A test of images cannot show it.",
        "Your own statement about safeguards, further below, is all that this page has on it.",
        (EDPB, _PRACTICES),
    ),
    "inversion": AttackClass(
        "Model inversion",
        "Somebody who has the model computes images of training patients from it: by a search among the generator's "
        "inputs, or by following gradients.",
        PARTLY,
        "It needs the generator or a checkpoint. A release of images alone does not give them away.",
        "No such attack is part of this program. The other rows say nothing about it. Before a generator or a "
        "checkpoint is given away, it needs a test of its own.",
        (EDPB, _TESTING, _SCORECARD),
    ),
    "reconstruction": AttackClass(
        "Reconstruction",
        "Somebody rebuilds the image or the record of one patient, from the release and from what they know already.",
        IN,
        "Recipients may hold other data of the same patients.",
        "No attack of this program rebuilds a record. The rows on regurgitation and on singling out cover one case "
        "only: a released image that shows the patient.",
        (EDPB, _TESTING, _SCORECARD),
    ),
    "singling_out": AttackClass(
        "Singling out and linking a patient",
        "Somebody takes a released image and finds the one patient that it shows, or links it to other images of that "
        "patient.",
        IN,
        "It is not among the classes of the Opinion's paragraph 55. Singling out and linking are two of the three "
        "risks by which the Working Party judged whether data is anonymous.",
        "This audit has not tested it.",
        (_WP216, _TESTING, _SCORECARD),
    ),
}
"""The classes in the order of the annex."""

_OTHERS = "the same attack with images of other training patients in place of the released ones, where it says so"
_BLIND = "the same attack without the model, where it says so"
_HELD_OUT = "held-out patients, who cannot have been copied"
_COIN = "canaries that a coin has left out of the training"
_WITHOUT = "the same guess from other patients alone, and held-out patients"
_PLANTED = "training images planted among the synthetic ones; see the row on planted copies"
_PAIRS = "images of training patients planted among the synthetic ones, and pairs of images of held-out patients"
_WHOLE = "the whole release is looked at, so that a count needs neither control nor power"

ROWS = {
    "distance": Attack("membership", IMAGES, _OTHERS),
    "distance_rate": Attack("membership", IMAGES, _OTHERS),
    "density": Attack("membership", IMAGES, _OTHERS),
    "density_rate": Attack("membership", IMAGES, _OTHERS),
    "discriminator": Attack("membership", CHECKPOINT, _BLIND),
    "discriminator_rate": Attack("membership", CHECKPOINT, _BLIND),
    "canaries": Attack("membership", STRONG, _COIN),
    "canaries_rate": Attack("membership", STRONG, _COIN),
    "epsilon": Attack("membership", STRONG, _COIN, "the ceiling: what the bound would be if all guesses were right"),
    "labels": Attack("attributes", TABLE, "", _WHOLE),
    "rare_labels": Attack("attributes", TABLE, "", _WHOLE),
    "label_inference": Attack("attributes", TABLE, _WITHOUT),
    "attribute": Attack("attributes", LABELS, _WITHOUT),
    "identical": Attack("regurgitation", IMAGES, "", _WHOLE),
    "copies": Attack("regurgitation", IMAGES, _HELD_OUT, _PLANTED),
    "power": Attack("regurgitation", IMAGES, "", "this row is the test of the search itself"),
    "authenticity": Attack("regurgitation", IMAGES, _HELD_OUT),
    "data_copying": Attack("regurgitation", IMAGES, _HELD_OUT),
    "reidentification": Attack("singling_out", IMAGES, _HELD_OUT),
    "identity": Attack("singling_out", IMAGES, _HELD_OUT, _PAIRS),
}
"""What belongs where, by the first word of a row's name."""

CIRCUMSTANCES = ("folds", "features", "combinations")
"""Rows that are no attack, by the first word of their names."""
