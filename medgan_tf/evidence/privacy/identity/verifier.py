"""Two verifiers, each trained with one half of the training patients, and what the other halves look like to them."""

from dataclasses import dataclass

import numpy as np

from medgan_tf.evidence.privacy.identity.network import Embed, train_network
from medgan_tf.evidence.privacy.identity.pairs import Known, copies_of_themselves, own_pairs, several
from medgan_tf.evidence.privacy.inputs import PrivacyInputs
from medgan_tf.metrics.privacy.verification import Described, described
from medgan_tf.metrics.streams import chosen_rows, stream


@dataclass(frozen=True)
class Half:
    """One half of the patients, as seen by the verifier that was trained with the other half of the training patients.

    Attributes:
        train_rows, held_out_rows: Rows of the training and held-out images of this half.
        train, held_out: Their descriptions.
        synthetic: The released images.
        threshold_set: Images of the other half of the held-out patients. They set the threshold and are not searched.
        cohort: float32 [C, E], images of the patients that the verifier was trained with.
        embed: The verifier.
    """

    train_rows: np.ndarray
    held_out_rows: np.ndarray
    train: Described
    held_out: Described
    synthetic: Described
    threshold_set: Described
    cohort: np.ndarray
    embed: Embed

    def describe(self, images: np.ndarray) -> Described:
        """Further images, uint8 [N, S, S, 1]."""
        return described(self.embed(images), self.cohort)


@dataclass(frozen=True)
class Verifiers:
    """What the two verifiers found.

    Attributes:
        train, held_out: The real images, at the size that the verifiers see.
        halves: The two halves.
        altered_only: Whether the verifiers know altered copies only, because too few patients have two images.
    """

    train: Known
    held_out: Known
    halves: tuple[Half, Half]
    altered_only: bool

    def pairs(self, known: Known, random: np.random.Generator) -> np.ndarray:
        """Pairs of one patient as the verifiers know them, int [P, 2]; an altered copy is made of the second image."""
        return (copies_of_themselves if self.altered_only else own_pairs)(known, random)


def knows_patients(inputs: PrivacyInputs) -> tuple[int, int]:
    """Training patients and held-out patients with two images or more."""
    return several(Known.of(inputs.train)), several(Known.of(inputs.held_out))


def train_verifiers(inputs: PrivacyInputs, altered_only: bool) -> Verifiers:
    """Trains both verifiers and describes all images with them.

    Raises:
        RunError: See `train_network`.
    """
    settings, seed = inputs.settings.identity, inputs.seed
    side = min(settings.side, inputs.train.images.shape[1])
    train, held_out = (Known.of(one.resized(side)) for one in (inputs.train, inputs.held_out))
    synthetic = inputs.synthetic.resized(side).images
    order = stream(seed, "halves of the training patients").permutation(train.patients.max() + 1)
    of_train, of_held_out = order[train.patients] % 2, inputs.held_out_half
    halves = []
    for half in (0, 1):
        name = f"{half + 1} of 2"
        report = inputs.steps.counted(f"training verifier {name}")
        taught = train.take(np.flatnonzero(of_train != half))
        embed = train_network(taught, settings, seed, name, altered_only, report)
        rows = chosen_rows(len(taught), settings.cohort, stream(seed, f"cohort of the verifier {name}"))
        cohort = embed(taught.images[rows])
        inputs.steps(f"describing images with verifier {name}")
        mine = np.flatnonzero(of_train == half), np.flatnonzero(of_held_out == half)
        seen = (train.images[mine[0]], held_out.images[mine[1]], synthetic, held_out.images[of_held_out != half])
        halves.append(Half(*mine, *(described(embed(images), cohort) for images in seen), cohort, embed))
    return Verifiers(train, held_out, (halves[0], halves[1]), altered_only)
