"""Memorisation by number of training images, over all settings of a folder of experiments together."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import stats

from medgan_tf.evidence.benchmark_settings import Setting, settings
from medgan_tf.evidence.privacy.settings import KEY
from medgan_tf.evidence.privacy.verdicts import FAIL
from medgan_tf.evidence.report import Results
from medgan_tf.metrics.group_tests import has_spread, mann_whitney
from medgan_tf.presentation.blocks import Missing, PValue, Table, is_number

_ATTACKS = ("discriminator", "distance", "density")
_FEW = 500


def memorisation(results: Results) -> tuple[list[Table], list[Missing]]:
    """Tables of the attacks' AUC by the number of training images; entries for settings without an audit."""
    found = settings(results)
    audits = [(one, [run.evidence[KEY] for run in one.gan.runs if KEY in run.evidence]) for one in found]
    audits = [(one, own) for one, own in audits if own]
    if audits:
        return _tables(audits), []
    command = "medgan-tf privacy EXPERIMENT.yaml"
    what = "memorisation by number of training images"
    return [], [Missing(what, "privacy audits", command)] if found else []


def _tables(audited: Sequence[tuple[Setting, Sequence[dict[str, Any]]]]) -> list[Table]:
    """Tables of the attacks' AUC, and tests of its dependence on the number of training images."""
    rows = []
    points: dict[str, list[tuple[int, float]]] = {name: [] for name in _ATTACKS}
    for one, audits in audited:
        images = min(map(_images, audits))
        values = {name: [_attack(audit, name) for audit in audits] for name in _ATTACKS}
        for name, found in values.items():
            points[name] += [(images, value) for value in found if is_number(value)]
        broken = sum(any(v["status"] == FAIL for v in audit["verdicts"]) for audit in audits)
        means = [_mean(found) for found in values.values()]
        rows.append([one.gan.experiment, one.kind, images, len(audits), *means, f"{broken} of {len(audits)}"])
    rows.sort(key=lambda row: (row[2], row[0], row[1]))
    head = ["experiment", "GAN", "training images of the smallest combination", "audits",
            *(f"AUC of the attack by {name}" for name in _ATTACKS), "audits with a broken limit"]  # fmt: skip
    caption = "Memorisation by number of training images; attacks by image, mean over seeds, 0.5 is guessing"
    return [Table("memorisation", caption, head, rows), _trends(points)]


def _trends(points: dict[str, list[tuple[int, float]]]) -> Table:
    head = [
        "attack",
        "audits",
        "rank correlation with the number of images",
        "p",
        f"audits below {_FEW} images",
        f"AUC below {_FEW} minus AUC from {_FEW}",
        "U test p",
    ]
    caption = (
        "Are training patients easier to tell when they are few? Spearman's rank correlation and Mann-Whitney U test, "
        f"both one-sided; the paper found memorisation below {_FEW} images of a combination"
    )
    return Table("memorisation-tests", caption, head, [_trend_row(name, found) for name, found in points.items()])


def _trend_row(name: str, points: Sequence[tuple[int, float]]) -> list:
    images, values = np.array(points, np.float64).reshape(-1, 2).T
    few, many = values[images < _FEW], values[images >= _FEW]
    rank, p = math.nan, math.nan
    if len(points) > 2 and has_spread(images) and has_spread(values):
        found = stats.spearmanr(images, values, alternative="less")
        rank, p = float(found.statistic), float(found.pvalue)
    test = mann_whitney(few, many, "greater")
    return [name, len(points), rank, PValue(p), len(few), _mean(few) - _mean(many), PValue(test.p)]


def _images(audit: dict[str, Any]) -> int:
    combinations = audit.get("combinations") or [{"train_images": audit["train"]["images"]}]
    return min(one["train_images"] for one in combinations)


def _attack(audit: dict[str, Any], name: str) -> float:
    values = [v["value"] for v in audit["verdicts"] if v["name"] in (name, f"{name} image")]
    return values[0] if values and is_number(values[0]) else math.nan


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if len(values) else math.nan
