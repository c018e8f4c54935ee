"""Memorisation by number of training images, over all settings of a folder of experiments together."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from medgan_tf.evidence.benchmark_settings import Setting, settings
from medgan_tf.evidence.privacy.settings import KEY
from medgan_tf.evidence.privacy.several import judged_together
from medgan_tf.evidence.privacy.verdicts import BROKEN
from medgan_tf.evidence.report import Results
from medgan_tf.metrics.group_tests import holm, mann_whitney, rank_trend
from medgan_tf.presentation.blocks import Missing, PValue, Table, is_number

_ATTACKS = ("discriminator", "distance", "density")
_FEW = 500


def memorisation(results: Results) -> tuple[list[Table], list[Missing]]:
    """Tables of the attacks' AUC by the number of training images; entries for settings without an audit."""
    found = settings(results)
    runs = [(one, [run.evidence[KEY] for run in one.gan.runs if KEY in run.evidence]) for one in found]
    together = iter(judged_together([audit for _, own in runs for audit in own]))
    audits = [(one, [next(together) for _ in own]) for one, own in runs if own]
    if audits:
        return _tables(audits), []
    command = "medgan-tf privacy EXPERIMENT.yaml"
    what = "memorisation by number of training images"
    return [], [Missing(what, "privacy audits", command)] if found else []


def _tables(audited: Sequence[tuple[Setting, Sequence[dict[str, Any]]]]) -> list[Table]:
    """Tables of the attacks' AUC, and tests of its dependence on the number of training images."""
    rows = []
    # One point for each setting: the audits of a setting share its patients, and are no new evidence of a trend.
    points: dict[str, list[tuple[int, float]]] = {name: [] for name in _ATTACKS}
    for one, audits in audited:
        images = min(map(_images, audits))
        values = {name: [_attack(audit, name) for audit in audits] for name in _ATTACKS}
        for name, found in values.items():
            known = [value for value in found if is_number(value)]
            points[name] += [(images, _mean(known))] if known else []
        broken = sum(any(v["status"] == BROKEN for v in audit["verdicts"]) for audit in audits)
        means = [_mean(found) for found in values.values()]
        rows.append([one.gan.experiment, one.kind, images, len(audits), *means, f"{broken} of {len(audits)}"])
    rows.sort(key=lambda row: (row[2], row[0], row[1]))
    head = ["experiment", "GAN", "training images of the smallest combination", "audits",
            *(f"AUC of the attack by {name}" for name in _ATTACKS), "audits with a broken limit"]  # fmt: skip
    caption = "Memorisation by number of training images; mean over seeds, 0.5 is guessing"
    return [Table("memorisation", caption, head, rows), _trends(points)]


def _trends(points: dict[str, list[tuple[int, float]]]) -> Table:
    head = [
        "attack",
        "settings",
        "rank correlation with the number of images",
        "p Holm",
        f"settings below {_FEW} images",
        f"AUC below {_FEW} minus AUC from {_FEW}",
        "U test p Holm",
    ]
    tests = [_tests(found) for found in points.values()]
    corrected = holm([p for pair in tests for p in pair]).reshape(-1, 2)
    rows = [_trend_row(name, found, pair) for (name, found), pair in zip(points.items(), corrected, strict=True)]
    caption = (
        "Are training patients easier to tell when they are few? Spearman's rank correlation and Mann-Whitney U test, "
        "both one-sided, over settings, each by its mean over audits: seeds of one setting are no settings of their "
        f"own. p corrected by Holm for the {np.isfinite(corrected).sum()} tests of this table. The paper found "
        f"memorisation below {_FEW} images of a combination"
    )
    return Table("memorisation-tests", caption, head, rows)


def _split(points: Sequence[tuple[int, float]]) -> tuple[np.ndarray, np.ndarray]:
    """Values of settings with few images and with many."""
    images, values = np.array(points, np.float64).reshape(-1, 2).T
    return values[images < _FEW], values[images >= _FEW]


def _tests(points: Sequence[tuple[int, float]]) -> tuple[float, float]:
    """p-values of the rank correlation and of the U test."""
    images, values = np.array(points, np.float64).reshape(-1, 2).T
    return rank_trend(images, values).p, mann_whitney(*_split(points), "greater").p


def _trend_row(name: str, points: Sequence[tuple[int, float]], corrected: np.ndarray) -> list:
    images, values = np.array(points, np.float64).reshape(-1, 2).T
    few, many = _split(points)
    rank = rank_trend(images, values).statistic
    return [name, len(points), rank, PValue(corrected[0]), len(few), _mean(few) - _mean(many), PValue(corrected[1])]


def _images(audit: dict[str, Any]) -> int:
    combinations = audit.get("combinations") or [{"train_images": audit["train"]["images"]}]
    return min(one["train_images"] for one in combinations)


def _attack(audit: dict[str, Any], name: str) -> float:
    values = [v["value"] for v in audit["verdicts"] if v["name"] in _names(name)]
    return values[0] if values and is_number(values[0]) else math.nan


def _names(attack: str) -> tuple[str, ...]:
    """Names of an attack's row. Audits of format version 1 have one by image and one by patient."""
    return attack, f"{attack} image", f"{attack} patient"


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if len(values) else math.nan
