"""The paper's claims on gaps, over all settings of a folder of experiments together.

With few seeds a test between two settings cannot reach a small p-value (two seeds each: 1/6 at best). Settings that
differ in one thing only are therefore also compared as pairs over the whole folder, each by its mean over seeds.
"""

import itertools
import math
from collections.abc import Callable, Sequence

import numpy as np

from medgan_tf.evidence.benchmark_settings import Setting, settings
from medgan_tf.evidence.report import Results
from medgan_tf.evidence.utility.gap_view import gap_of, view_of
from medgan_tf.metrics.group_tests import holm, paired_t, wilcoxon
from medgan_tf.presentation.blocks import Html, PValue, Table, is_number, paragraph

Pair = tuple[Setting, Setting]

_WORDS = {
    "classes": "fewer label combinations",
    "samples": "fewer training images of each combination",
    "resolution": "lower resolution",
}


_HOW = (
    "Each pair is two settings that differ in this only, each by its mean gap over seeds; the tests are one-sided. "
    "Pairs of one dataset share test patients and real classifiers, so they are less independent than the tests assume."
    " The paper found that the gap is smaller with fewer classes and that prog-GAN's is larger than cpD-GAN's."
)


def pair_blocks(results: Results) -> list[Table | Html]:
    """Blocks for those claims of the paper (section 4.1, S.5) that the settings can test; nothing without pairs."""
    measured = [one for one in settings(results) if gap_of(one.gan)]
    claims = [(claim, pairs) for claim, pairs in _claims(measured) if pairs]
    tests = [[test(_differences(pairs), "less").p for _, pairs in claims] for test in (paired_t, wilcoxon)]
    corrected = zip(*map(holm, tests), strict=True)
    rows = [_pair_row(claim, pairs, p) for (claim, pairs), p in zip(claims, corrected, strict=True)]
    return [_pair_table(rows), paragraph(_HOW)] if rows else []


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


def _gaps(pairs: Sequence[Pair]) -> np.ndarray:
    """Gaps of pairs, [n, 2]."""
    return np.array([[_gap(one) for one in pair] for pair in pairs])


def _differences(pairs: Sequence[Pair]) -> np.ndarray:
    first, second = _gaps(pairs).T
    return first - second


def _pair_row(claim: str, pairs: Sequence[Pair], p_values: Sequence[float]) -> list:
    differences = _differences(pairs)
    means = [float(value) for value in _gaps(pairs).mean(0)]
    tests = [PValue(p) for p in p_values]
    agreeing = f"{int((differences < 0).sum())} of {len(pairs)}"
    return [claim, agreeing, *means, float(differences.mean()), *tests, PValue(0.5 ** len(pairs))]


def _gap(one: Setting) -> float:
    gap = view_of(one.gan).mean.gap
    return gap if is_number(gap) else math.nan


def _pair_table(rows: list[list]) -> Table:
    head = [
        "finding",
        "pairs that agree",
        "gap of first",
        "gap of second",
        "difference",
        "paired t p Holm",
        "Wilcoxon p Holm",
        "smallest possible Wilcoxon p",
    ]
    caption = (
        "Gaps over all pairs of settings; Wilcoxon's test is exact; each test's p corrected by Holm for the "
        f"{len(rows)} claim{'s' if len(rows) > 1 else ''} of this table. The smallest possible p is that of the claim "
        "alone"
    )
    return Table("findings", caption, head, rows)
