"""Whether the paper's findings show in a folder of experiments, over all settings together.

With few seeds a test between two settings cannot reach a small p-value (two seeds each: 1/6 at best). Settings that
differ in one thing only are therefore also compared as pairs over the whole folder, each by its mean over seeds.
"""

import itertools
import math
from collections.abc import Callable, Sequence

import numpy as np
from scipy import stats

from medgan_tf.metrics.group_tests import has_spread, mann_whitney, paired_t, wilcoxon
from medgan_tf.presentation.blocks import Missing, PValue, Section, Table, is_number, paragraph
from medgan_tf.reporting.grid import Setting, settings
from medgan_tf.reporting.results import Results, RunResults

Pair = tuple[Setting, Setting]

_ATTACKS = ("discriminator", "distance", "density")
_FEW = 500
_WORDS = {
    "classes": "fewer label combinations",
    "samples": "fewer training images of each combination",
    "resolution": "lower resolution",
}


def findings_section(results: Results) -> Section:
    """The paper's claims on gaps (section 4.1, S.5) as pairs, then memorisation by number of training images."""
    section = Section("Do the paper's findings show?")
    found = settings(results)
    rows = [_pair_row(claim, pairs) for claim, pairs in _claims([one for one in found if one.view]) if pairs]
    if rows:
        section.blocks += [_pair_table(rows), paragraph(_HOW)]
    audited = [(one, [run for run in one.gan.runs if run.privacy]) for one in found]
    audited = [(one, runs) for one, runs in audited if runs]
    if audited:
        section.blocks += _memorisation(audited)
    elif found:
        section.missing.append(
            Missing("memorisation by number of training images", "privacy audits", "medgan-tf privacy EXPERIMENT.yaml")
        )
    if not section.blocks:
        section.blocks.append(paragraph("This needs settings that differ in one thing only, or privacy audits."))
    return section


_HOW = (
    "Each pair is two settings that differ in this only, each by its mean gap over seeds; the tests are one-sided. "
    "Pairs of one dataset share test patients and real classifiers, so they are less independent than the tests assume."
    " The paper found that the gap is smaller with fewer classes and that prog-GAN's is larger than cpD-GAN's."
)


def _claims(measured: Sequence[Setting]) -> list[tuple[str, list[Pair]]]:
    plain = [one for one in measured if not one.overfit]
    claims = []
    for first, second in itertools.combinations(sorted({one.gan.architecture for one in plain}), 2):
        pairs = _matched(plain, _place, lambda one: one.gan.architecture, first, second)
        claims.append((f"gap of {first} smaller than of {second}", pairs))
    for benchmark, words in _WORDS.items():
        group = [one for one in plain if one.benchmark == benchmark]
        claims.append((f"gap smaller with {words}", _extremes(group)))
    overfit = _matched(measured, _place_and_gan, lambda one: one.overfit, True, False)
    claims.append(("gap smaller when trained to overfit", overfit))
    return claims


def _place(one: Setting) -> tuple:
    return one.dataset, one.benchmark, one.value


def _place_and_gan(one: Setting) -> tuple:
    return *_place(one), one.gan.architecture


def _matched(
    group: Sequence[Setting], place: Callable[[Setting], tuple], side: Callable, first: object, second: object
) -> list[Pair]:
    """Settings at the same place of which one is `first` and one `second`."""
    ones, others = ({place(one): one for one in group if side(one) == value} for value in (first, second))
    return [(ones[key], others[key]) for key in ones if key in others]


def _extremes(group: Sequence[Setting]) -> list[Pair]:
    """The smallest and the largest value of each dataset and GAN."""
    pairs = []
    for key in dict.fromkeys((one.dataset, one.gan.architecture) for one in group):
        own = [one for one in group if (one.dataset, one.gan.architecture) == key]
        if own[0].value < own[-1].value:
            pairs.append((own[0], own[-1]))
    return pairs


def _pair_row(claim: str, pairs: Sequence[Pair]) -> list:
    gaps = np.array([[_gap(one) for one in pair] for pair in pairs])
    differences = gaps[:, 0] - gaps[:, 1]
    means = [float(value) for value in gaps.mean(0)]
    tests = [PValue(test(differences, "less").p) for test in (paired_t, wilcoxon)]
    agreeing = f"{int((differences < 0).sum())} of {len(pairs)}"
    return [claim, agreeing, *means, float(differences.mean()), *tests, PValue(0.5 ** len(pairs))]


def _gap(one: Setting) -> float:
    return one.view.mean.gap if is_number(one.view.mean.gap) else math.nan


def _pair_table(rows: list[list]) -> Table:
    head = [
        "finding",
        "pairs that agree",
        "gap of first",
        "gap of second",
        "difference",
        "paired t p",
        "Wilcoxon p",
        "smallest possible Wilcoxon p",
    ]
    return Table("findings", "Gaps over all pairs of settings", head, rows)


def _memorisation(audited: Sequence[tuple[Setting, Sequence[RunResults]]]) -> list[Table]:
    """How well the attacks tell training patients, and what their strength has to do with the number of images."""
    rows = []
    points: dict[str, list[tuple[int, float]]] = {name: [] for name in _ATTACKS}
    for one, runs in audited:
        images = min(_images(run) for run in runs)
        values = {name: [_attack(run, name) for run in runs] for name in _ATTACKS}
        for name, found in values.items():
            points[name] += [(images, value) for value in found if is_number(value)]
        broken = sum(any(v["status"] == "fail" for v in run.privacy["verdicts"]) for run in runs)
        means = [_mean(found) for found in values.values()]
        rows.append([one.gan.experiment, one.kind, images, len(runs), *means, f"{broken} of {len(runs)}"])
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


def _images(run: RunResults) -> int:
    combinations = run.privacy.get("combinations") or [{"train_images": run.privacy["train"]["images"]}]
    return min(one["train_images"] for one in combinations)


def _attack(run: RunResults, name: str) -> float:
    values = [v["value"] for v in run.privacy["verdicts"] if v["name"] in (name, f"{name} image")]
    return values[0] if values and is_number(values[0]) else math.nan


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if len(values) else math.nan
