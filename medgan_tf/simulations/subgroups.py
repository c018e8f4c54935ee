"""Gaps by group of patients and changes of the differences between groups, on made-up predictions of a known truth.

The way is that of `evidence.utility.subgroups.measure_groups`. A score is made as in `studies`; the true AUC of a
network in a group differs from seed to seed, half of it alike in all groups.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.special import ndtri

from medgan_tf.classification.predictions import Predictions
from medgan_tf.evidence.utility.estimates.seed_scores import SeedScores
from medgan_tf.evidence.utility.subgroups.decide import NARROWED, WIDENED, WITHIN
from medgan_tf.evidence.utility.subgroups.measure_groups import measure_groups
from medgan_tf.evidence.utility.verdict import EQUIVALENT, WORSE
from medgan_tf.simulations.row import COVERAGE, ERROR, POWER, Row
from medgan_tf.simulations.studies import PARTS

MARGIN = 0.05


@dataclass(frozen=True)
class GroupStudy:
    """A study of G groups.

    Attributes:
        positive, patients: Patients with the finding, and all patients, of each group [G].
        real: Mean AUC of the real-trained classifiers in each group [G].
        gap: True gap of each group [G].
        same_patients: Whether all groups are images of the same patients, e.g. two views of each.
        labels: Number of labels.
        seeds, seed_sd: Number of seeds, and standard deviation of the true gap over trainings.
    """

    positive: tuple[int, ...]
    patients: tuple[int, ...]
    real: tuple[float, ...]
    gap: tuple[float, ...]
    same_patients: bool = False
    labels: int = 1
    seeds: int = 5
    seed_sd: float = 0.01

    @property
    def change(self) -> float:
        """True change of the difference between the first two groups, by synthetic training."""
        return self.gap[1] - self.gap[0]

    @property
    def widening(self) -> float:
        """How much the size of that difference grows; below 0 it shrinks."""
        difference = self.real[0] - self.real[1]
        return abs(difference + self.change) - abs(difference)

    @property
    def words(self) -> str:
        """The study in words."""
        groups = sorted(set(zip(self.positive, self.patients, strict=True)))
        sizes = " and ".join(f"{positive} of {patients}" for positive, patients in groups)
        kind = "views of the same patients" if self.same_patients else "groups"
        more = f", {self.labels} labels" if self.labels > 1 else ""
        return f"{len(self.gap)} {kind} with {sizes} positive{more}, {self.seeds} seeds"

    @property
    def truth(self) -> str:
        """The truth in words."""
        aucs, gaps = (dict.fromkeys(values) for values in (self.real, self.gap))
        texts = [" and ".join(f"{value:g}" for value in values) for values in (aucs, gaps)]
        return f"AUC {texts[0]} real, gap {texts[1]}"


_TWO = GroupStudy((40, 60), (120, 180), (0.85, 0.85), (0.03, 0.03))
SETTINGS = (
    _TWO,
    replace(_TWO, real=(0.9, 0.8)),
    replace(_TWO, real=(0.9, 0.8), gap=(MARGIN, MARGIN)),
    replace(_TWO, gap=(0.0, MARGIN)),
    replace(_TWO, real=(0.9, 0.8), gap=(0.0, MARGIN)),
    replace(_TWO, real=(0.8, 0.9), gap=(0.0, 0.15)),
    replace(_TWO, real=(0.88, 0.82), gap=(0.0, 0.15)),
    replace(_TWO, positive=(20, 60), real=(0.93, 0.93), gap=(0.02, 0.02)),
    replace(_TWO, seeds=2),
    replace(_TWO, seeds=10, seed_sd=0.03),
    replace(_TWO, positive=(40, 40), patients=(150, 150), same_patients=True),
    replace(_TWO, labels=4),
    GroupStudy((40,) * 5, (120,) * 5, (0.85,) * 5, (MARGIN,) * 5),
)


def simulate(draws: int, seed: int, settings: Sequence[GroupStudy] = SETTINGS) -> list[Row]:
    """Rows of each setting: coverage of both intervals, and how often a finding that is wrong is made anywhere."""
    random = np.random.default_rng(seed)
    return [row for study in settings for row in _rows(study, draws, random)]


def _rows(study: GroupStudy, draws: int, random: np.random.Generator) -> list[Row]:
    found = [_measured(study, random) for _ in range(draws)]
    inside = sum(_covers(groups[0]["gap"], study.gap[0]) for groups, _ in found)
    changed = sum(_covers(pairs[0]["change"], study.change) for _, pairs in found)
    rows = [
        Row(f"{study.words}: gap of a group", study.truth, COVERAGE, inside, draws),
        Row(f"{study.words}: change of the difference", study.truth, COVERAGE, changed, draws),
    ]

    def counted(words: str, what: str, place: int, finding: str) -> Row:
        count = sum(any(one["verdict"]["finding"] == finding for one in result[place]) for result in found)
        return Row(f"{study.words}: {words}", study.truth, what, count, draws)

    if study.widening <= 0:
        rows.append(counted("a difference called widened", ERROR, 1, WIDENED))
    if study.widening >= 0:
        rows.append(counted("a difference called narrowed", ERROR, 1, NARROWED))
    if study.widening > 0:
        rows.append(counted("a difference called widened", POWER, 1, WIDENED))
    if study.widening >= MARGIN:
        rows.append(counted("a change called below the margin", ERROR, 1, WITHIN))
    else:
        rows.append(counted("a change called below the margin", POWER, 1, WITHIN))
    more = sum(any(one["verdict"]["loses_more"] for one in pairs) for _, pairs in found)
    words = f"{study.words}: a group said to lose more"
    rows.append(Row(words, study.truth, POWER if study.change else ERROR, more, draws))
    if set(study.gap) == {MARGIN}:
        rows += [counted(f"a group called {name}", ERROR, 0, name) for name in (WORSE, EQUIVALENT)]
    return rows


def _covers(numbers: dict[str, Any], truth: float) -> bool:
    return numbers["interval"]["low"] <= truth <= numbers["interval"]["high"]


def _measured(study: GroupStudy, random: np.random.Generator) -> tuple[list[dict], list[dict]]:
    """Groups and pairs of one drawn study."""
    seeds, groups = drawn(study, random)
    found = measure_groups(seeds, {"group": groups}, MARGIN, (), by_label=False)["covariates"]["group"]
    return list(found["groups"].values()), found["pairs"]


def drawn(study: GroupStudy, random: np.random.Generator) -> tuple[list[SeedScores], np.ndarray]:
    """Predictions of all seeds for newly drawn patients, with two images of each in each group, and the groups."""
    group = np.repeat(np.arange(len(study.gap)), study.patients)
    count, labels = len(group), study.labels
    number = np.concatenate([np.arange(patients) for patients in study.patients])
    owner = number if study.same_patients else np.arange(count)
    truth = np.zeros((count, labels), bool)
    for k in range(labels):
        for one, positive in enumerate(study.positive):
            # Of the same patients the same ones have the finding.
            fixed = study.same_patients and one
            chosen = np.flatnonzero(truth[group == 0, k]) if fixed else None
            chosen = random.choice(study.patients[one], positive, replace=False) if chosen is None else chosen
            truth[np.flatnonzero(group == one)[chosen], k] = True
    rows = np.repeat(np.arange(count), 2)
    group, owner, truth = group[rows], owner[rows], truth[rows]
    shape = (len(rows), labels)
    patients = random.normal(size=(owner.max() + 1, labels)) * np.sqrt(PARTS["patient"])
    seen = patients[owner] + random.normal(size=shape) * np.sqrt(PARTS["image"])
    found: list[dict[str, Predictions]] = [{} for _ in range(study.seeds)]
    names, ids = tuple(f"label {k}" for k in range(labels)), np.arange(len(rows)).astype(str)
    for name, means in (("real", study.real), ("synthetic", np.subtract(study.real, study.gap))):
        shared = seen + random.normal(size=shape) * np.sqrt(PARTS["training set"])
        for seed in range(study.seeds):
            own = (random.normal() + random.normal(size=len(study.gap))) / 2 * study.seed_sd
            auc = np.clip(means + own, 0.01, 0.999)[group, None]
            scores = shared + random.normal(size=shape) * np.sqrt(PARTS["network"]) + truth * np.sqrt(2) * ndtri(auc)
            found[seed][name] = Predictions(names, ids, owner.astype(str), truth.astype(float), scores)
    return [SeedScores(seed, one, {}) for seed, one in enumerate(found)], np.char.add("g", group.astype(str))
