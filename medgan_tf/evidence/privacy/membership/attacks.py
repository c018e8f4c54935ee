"""Membership attacks and their nulls: scores of every candidate image.

The null of an attack with released images is the same attack with other images in their place: real images of training
patients who are not attacked in the same fold. They are of the training patients' distribution, as the released images
should be, and hold no image of a candidate. A generator that knows the distribution and no single patient gives the
attack as much as they do. The null has as many images as were released. Where there are far fewer, the released ones
are thinned for the comparison with it.

Images of held-out patients would be no such null. They have the distribution of the reference, so they would leave the
attack at chance however the folds differ.

The null may also be the images of a generator that was trained on none of the candidates.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from medgan_tf.evidence.image_sets import joined_covariates
from medgan_tf.evidence.privacy.inputs import Discriminator, PrivacyInputs
from medgan_tf.evidence.privacy.membership.candidates import Candidates
from medgan_tf.metrics.privacy.blind_baseline import blind_scores, plain_statistics
from medgan_tf.metrics.privacy.membership import density_scores, log_distance
from medgan_tf.metrics.streams import chosen_rows, stream

RELEASED = ("distance", "density")
MODEL = "discriminator"
_SCORED = ("images", "labels")
_COLUMNS = 3
# Where the null is not much smaller than the released set, that set is not thinned: it would hold fewer copies.
_LARGE_ENOUGH = 0.75


@dataclass(frozen=True)
class Features:
    """The sets in the features of one extractor; each [N, D].

    Attributes:
        train, held_out, synthetic: Of the sets of `PrivacyInputs`.
        reference: Images of a generator that was trained on none of the candidates, or None.
    """

    train: np.ndarray
    held_out: np.ndarray
    synthetic: np.ndarray
    reference: np.ndarray | None = None


@dataclass(frozen=True)
class Attacked:
    """Scores of one attack, higher for members; columns: the attack, the attack as compared with the null, the null.

    Attributes:
        members, non_members: [N, 3], one row for each image.
        null: What the null is, in words.
        cross_fitted: Columns with scores of classifiers that were fitted to the candidates of other folds.
    """

    members: np.ndarray
    non_members: np.ndarray
    null: str
    cross_fitted: tuple[int, ...] = ()


@dataclass(frozen=True)
class _Bases:
    """What the candidates of one fold are compared with, [., D]: `targets` are the three columns of `Attacked`."""

    targets: tuple[np.ndarray, np.ndarray, np.ndarray]
    reference: np.ndarray


def released_attacks(inputs: PrivacyInputs, chosen: Candidates, features: Features) -> dict[str, Attacked]:
    """The attacks of someone who has the released images and real images of other patients, by name."""
    dimensions = inputs.settings.density_dimensions

    def distance(part: np.ndarray, bases: _Bases) -> np.ndarray:
        far = log_distance(part, bases.reference)
        return _each(bases.targets, lambda target: far - log_distance(part, target))

    def density(part: np.ndarray, bases: _Bases) -> np.ndarray:
        return _each(bases.targets, lambda target: density_scores(part, target, bases.reference, dimensions))

    attacks = dict(zip(RELEASED, (distance, density), strict=True))
    sides, sets = (chosen.members, chosen.non_members), (features.train, features.held_out)
    scores = {name: [np.empty((len(side.rows), _COLUMNS)) for side in sides] for name in attacks}
    smallest = len(features.synthetic)
    for fold, bases in enumerate(_folds(inputs, chosen, features)):
        smallest = min(smallest, len(bases.targets[2]))
        rows = [side.in_fold(fold) for side in sides]
        parts = [whole[side.rows[own]] for whole, side, own in zip(sets, sides, rows, strict=True)]
        for name, attack in attacks.items():
            inputs.steps(f"membership attack by {name}, part {fold + 1} of {chosen.folds}")
            found = attack(np.concatenate(parts), bases)
            scores[name][0][rows[0]], scores[name][1][rows[1]] = np.split(found, [len(parts[0])])
    real = features.reference is None
    what = "real images of other training patients" if real else "images of a generator trained on none of them"
    return {name: Attacked(*found, f"{smallest:,} {what}") for name, found in scores.items()}


def _folds(inputs: PrivacyInputs, chosen: Candidates, features: Features) -> Iterator[_Bases]:
    """What the candidates of each fold are compared with."""
    random = stream(inputs.seed, "null of membership attacks")
    for fold in range(chosen.folds):
        pool = features.reference
        if pool is None:
            pool = features.train[chosen.members.others(inputs.train, fold)]
        size = min(len(pool), len(features.synthetic))
        null, paired = (part[chosen_rows(len(part), size, random)] for part in (pool, features.synthetic))
        if size >= _LARGE_ENOUGH * len(features.synthetic):
            paired = features.synthetic
        reference = features.held_out[chosen.non_members.others(inputs.held_out, fold)]
        yield _Bases((features.synthetic, paired, null), reference)


def _each(targets: tuple[np.ndarray, ...], score: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """One column of scores for each target; a target that is given twice is scored once."""
    found = {id(target): score(target) for target in {id(target): target for target in targets}.values()}
    return np.column_stack([found[id(target)] for target in targets])


def blind_attack(inputs: PrivacyInputs, chosen: Candidates) -> list[np.ndarray]:
    """Scores of the blind baseline for all candidate images, members and non-members."""
    inputs.steps("blind baseline of membership attacks")
    sides = (inputs.train, chosen.members), (inputs.held_out, chosen.non_members)
    statistics = [plain_statistics(whole.images[side.rows]) for whole, side in sides]
    members, non_members = (side.folds[side.patients] for _, side in sides)
    return blind_scores(*statistics, (members, non_members))


def model_attack(
    inputs: PrivacyInputs, chosen: Candidates, discriminator: Discriminator, blind: list[np.ndarray]
) -> Attacked:
    """The attack of someone who has the checkpoint: the discriminator scores what it was trained on higher.

    Its null is the blind baseline: what tells the folds apart without any training of the GAN.

    Args:
        inputs: The sets.
        chosen: Who is attacked.
        discriminator: Gets members and non-members together, as scores may depend on the batch.
        blind: Scores of the blind baseline, of members and of non-members.
    """
    inputs.steps("membership attack by discriminator")
    members, non_members = inputs.train.take(chosen.members.rows), inputs.held_out.take(chosen.non_members.rows)
    images, labels = (np.concatenate([getattr(members, name), getattr(non_members, name)]) for name in _SCORED)
    scores = np.asarray(discriminator(images, labels, joined_covariates(members, non_members)), np.float64)
    sides = np.split(scores, [len(members)])
    columns = [np.column_stack([own, own, null]) for own, null in zip(sides, blind, strict=True)]
    return Attacked(*columns, "a classifier of plain image statistics", (2,))
