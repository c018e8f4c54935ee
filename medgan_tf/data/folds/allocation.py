"""A patient split that serves the subset that is asked for."""

from collections.abc import Sequence

import numpy as np

from medgan_tf.data.folds.demands import LEAST_TOLERANCE, TOLERANCE, Demands, count_images
from medgan_tf.data.folds.exchange import Exchange, Limits
from medgan_tf.data.folds.possible import least_missing
from medgan_tf.data.folds.profiles import find_profiles
from medgan_tf.data.tables.combinations import FOLDS
from medgan_tf.errors import DataError


def serve(
    patient_ids: np.ndarray,
    combination: np.ndarray,
    folds: np.ndarray,
    fractions: tuple[float, float, float],
    demands: Demands,
    names: Sequence[str],
    seed: int,
) -> np.ndarray:
    """Exchanges patients between folds until each combination has the images that are asked.

    A split that has them already is returned unchanged. Otherwise patients are exchanged one for one, as few as it
    takes, until every combination also has about its share of each fold. Where no exchange helps, an integer program
    decides whether there is a split at all that serves, with folds within 1 % of their number of patients. (With very
    many kinds of patients this is not decided, and the message says so.)

    The held-out folds come first, and the training images asked are looked at last: so rows of a benchmark that differ
    in their training images alone share one split wherever it serves them.

    Args:
        patient_ids: Patient of each image [N].
        combination: Combination of each image [N], numbered from the most frequent.
        folds: Fold name of each image [N], the same for all of a patient.
        fractions: Shares of train, valid and test.
        demands: What is asked of the split.
        names: Names of the C combinations, for messages.
        seed: Seed of the split: it chooses among patients who have the same images.

    Returns:
        Fold names, object [N]. They depend on the set of images and the seed, not on the order of the images.

    Raises:
        DataError: No split serves; says of which combination how many images are missing.
    """
    counts = count_images(combination, folds, len(names))
    if demands.served_by(counts):
        return folds
    _refuse_more_than_there_is(counts.sum(axis=1), fractions, demands, names)
    profiles = find_profiles(patient_ids, combination, len(names), seed)
    patients = profiles.patients(folds)
    careful = demands.keeping_train(counts.sum(axis=1), fractions[0])
    wanted = demands if demands.train_is_fixed else careful
    for step in (careful, demands)[: 1 + demands.train_is_fixed]:
        exchange = Exchange(profiles, patients, Limits(counts, fractions, step), step)
        exchange.run()
        patients = exchange.patients
        if wanted.served_by(exchange.counts):
            return profiles.assign(folds, patients)
    best, proven = least_missing(profiles, patients, wanted)
    have = profiles.count_images(best)
    if not demands.served_by(have):
        raise _missing(have, demands, names, "at most" if proven else "in the best split found")
    exchange = Exchange(profiles, best, Limits(counts, fractions, wanted), wanted)
    exchange.run()
    return profiles.assign(folds, exchange.patients)


def _refuse_more_than_there_is(
    images: np.ndarray, fractions: tuple[float, float, float], demands: Demands, names: Sequence[str]
) -> None:
    """Raises `DataError` where a combination has fewer images than its folds are asked together, or a fold in all."""
    share = images[: demands.used, None] * np.asarray(fractions)
    most = np.floor(np.round(share + np.maximum(LEAST_TOLERANCE, TOLERANCE * share), 6)).astype(np.int64)
    most = np.minimum(most, images[: demands.used, None]).sum(axis=0)
    if (most < demands.totals).any():
        number = int((most < demands.totals).argmax())
        raise _total_missing(number, int(most[number]), demands, "at most")
    short = demands.images.sum(axis=1) - images
    if (short > 0).any():
        best = demands.images.copy()
        for row in np.flatnonzero(short > 0):
            # The fold that is asked most falls short; it may take the others with it.
            for fold in np.argsort(-best[row], kind="stable"):
                taken = min(short[row], best[row, fold])
                best[row, fold] -= taken
                short[row] -= taken
        raise _missing(best, Demands(demands.images, 0 * demands.totals, demands.used), names, "at most")


def _missing(counts: np.ndarray, demands: Demands, names: Sequence[str], how: str) -> DataError:
    missing = np.maximum(demands.images - counts, 0)
    rows = np.flatnonzero(missing.any(axis=1))
    if not len(rows):
        have = counts[: demands.used].sum(axis=0)
        number = int((have < demands.totals).argmax())
        return _total_missing(number, int(have[number]), demands, how)
    number = int(missing[rows[0]].argmax())
    fold, asked = FOLDS[number], demands.images[rows[0], number]
    have, short = counts[rows[0], number], missing[rows[0], number]
    others = f" ({len(rows) - 1} more combinations fall short, by {missing.sum()} images in all)" * (len(rows) > 1)
    change = "set data.subset.oversample or " if fold == "train" and asked > 1 else ""
    return DataError(
        "no split by patient serves data.subset: beside what the other folds are asked, combination "
        f"{names[rows[0]]} has {how} {have} {fold} images, {asked} asked: {short} too few{others}; {change}lower "
        f"data.subset.{fold}_per_combination, use fewer combinations, or change data.fold_fractions"
    )


def _total_missing(fold: int, have: int, demands: Demands, how: str) -> DataError:
    asked = int(demands.totals[fold])
    return DataError(
        f"no split by patient serves data.subset: the {FOLDS[fold]} fold has {how} {have} images, {asked} asked; lower "
        f"data.subset.{FOLDS[fold]}_images by {asked - have} or change data.fold_fractions"
    )
