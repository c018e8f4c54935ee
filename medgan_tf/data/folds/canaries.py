"""Patients who are set apart for the privacy audit: canaries, and those of a reference generator.

A canary is a patient with a fair coin: in the training set, or out. Only the coin decides. So patients in and patients
out differ by the training alone, and whoever can tell them apart has found what the training gives away. The reference
generator is trained on patients who are neither: it shows what images are like that the generator did not learn.

The folds and the subset are made first, from all patients, so they do not depend on the coins.
"""

from dataclasses import dataclass, replace

import numpy as np

from medgan_tf.data.tables.table import FoldTable, Rule
from medgan_tf.errors import DataError

CANARIES, REFERENCE = "-canaries", "-reference"
"""What the name of the dataset folder ends in."""
IN, OUT = "train", "valid"
"""The folds of the dataset of canaries: trained on and not."""


@dataclass(frozen=True)
class SetApart:
    """The folds of three datasets.

    Attributes:
        release: Those of the experiment, without the canaries who are out and without the reference's patients.
        canaries: Fold `train`: the canaries who are in `release`, too; fold `valid`: those who are out.
        reference: Fold `train`: the reference's patients; `valid` and `test` as in `release`.
        remark: What whoever uses the release has to know.
    """

    release: FoldTable
    canaries: FoldTable
    reference: FoldTable
    remark: str


def set_apart(folds: FoldTable, canaries: int, reference: int | None, seed: int) -> SetApart:
    """Draws the reference's patients and the canaries from the training fold, and tosses the coins.

    Args:
        folds: All patients in their folds.
        canaries: Number of patients with a coin.
        reference: Number of the reference's patients; None: half as many as canaries.
        seed: Seed of the draw and of the coins. They do not depend on the order of the rows.

    Raises:
        DataError: There are too few patients in the training fold, or patients are not known.
    """
    frame = folds.frame
    patient, train = frame["patient_id"].to_numpy(dtype=object), (frame["fold"] == "train").to_numpy()
    known = sorted(set(patient[train]) - {""}, key=str)
    apart = canaries // 2 if reference is None else reference
    if canaries + apart > len(known):
        raise DataError(
            f"data.canaries: {canaries} canaries and {apart} patients for the reference generator are asked; the "
            f"training fold has {len(known)} patients that are known; lower data.canaries or data.reference_patients"
        )
    random = np.random.default_rng((seed, 3))
    drawn = [known[number] for number in random.permutation(len(known))[: canaries + apart]]
    coins = random.random(canaries) < 0.5
    inside = {one for one, coin in zip(drawn[:canaries], coins, strict=True) if coin}
    outside = set(drawn[:canaries]) - inside
    rows_in, rows_out, rows_apart = (
        train & np.array([one in chosen for one in patient], bool)
        for chosen in (inside, outside, set(drawn[canaries:]))
    )
    left, released = ~rows_apart, ~rows_apart & ~rows_out
    rules = (
        _rule(f"{apart} patients set apart for the reference generator", frame["patient_id"], left | rows_apart, left),
        _rule(f"{canaries} canaries, {len(outside)} of them left out by coin", frame["patient_id"], left, released),
    )
    remark = (
        f"The generator was trained without {len(outside)} of {canaries} canaries and without {apart} patients of the "
        "reference generator. They are set apart to measure what the training gives away, so the release has learned "
        "from fewer patients than there are."
    )
    release = _rows(folds, released)
    return SetApart(
        replace(release, rules=(*folds.rules, *rules)),
        _rows(folds, rows_in | rows_out, np.where(rows_out, OUT, IN)),
        _rows(folds, rows_apart | ~train),
        remark,
    )


def _rule(text: str, patients: np.ndarray, before: np.ndarray, after: np.ndarray) -> Rule:
    counts = [(int(rows.sum()), patients[rows][patients[rows] != ""].nunique()) for rows in (before, after)]
    return Rule(text, counts[0][0], counts[1][0], counts[0][1], counts[1][1])


def _rows(folds: FoldTable, rows: np.ndarray, names: np.ndarray | None = None) -> FoldTable:
    """Some rows of the folds, perhaps with other names of folds."""
    frame = folds.frame if names is None else folds.frame.assign(fold=names.astype(object))
    covariates = folds.covariates
    if covariates is not None:
        covariates = covariates[rows].reset_index(drop=True)
    kept = frame[rows].reset_index(drop=True)
    return replace(folds, frame=kept, labels=folds.labels[rows], covariates=covariates, rules=())
