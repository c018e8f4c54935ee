"""Made-up comparisons of generators whose true gaps and distances are known: wrong differences, and wrong ranks.

Whole pages are drawn: all pairs of K generators, corrected together. A page is wrong when it shows any difference that
is not there, or one in the wrong direction; and when any rank interval lacks a true rank.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from medgan_tf.evidence.fidelity.measure_pair import Measured, fidelity_difference, fidelity_mean
from medgan_tf.evidence.utility.estimates.seed_scores import SeedScores
from medgan_tf.evidence.utility.generators.measure_pair import FIRST, SECOND, gap_difference
from medgan_tf.metrics.kernels.discrepancy import discrepancy
from medgan_tf.metrics.ranks import NOT_SHOWN, SMALLER, rank_intervals, shown_directions
from medgan_tf.simulations.fidelity import FEATURES, true_kid
from medgan_tf.simulations.row import COVERAGE, ERROR, POWER, Row
from medgan_tf.simulations.studies import Study, drawn

Pair = tuple[int, int]
_STUDY = Study((30,), 200, images=2, seed_sd=0.01)


@dataclass(frozen=True)
class Gaps:
    """Generators with true gaps, all measured in one study."""

    gaps: tuple[float, ...]
    study: Study = _STUDY


@dataclass(frozen=True)
class Distances:
    """Generators whose normal features are shifted from those of the real images.

    Attributes:
        shifts: Mean shift of each generator in every feature; KID depends on its size alone.
        patients: Number of real patients, and of synthetic images of each training.
        seeds: Number of trainings of each.
        seed_sd: Standard deviation of the shift over trainings.
    """

    shifts: tuple[float, ...]
    patients: int = 40
    seeds: int = 3
    seed_sd: float = 0.0


EQUAL, ONE_BETTER = (0.03,) * 3, (0.0, 0.06, 0.06)
GAPS = (
    *(Gaps(gaps, replace(_STUDY, seeds=seeds)) for seeds in (2, 3, 5, 10) for gaps in (EQUAL, ONE_BETTER)),
    Gaps((0.03,) * 5, replace(_STUDY, positive=(20,))),
    *(Gaps(gaps, replace(_STUDY, positive=(50,), auc=0.97, seed_sd=0.005)) for gaps in (EQUAL, ONE_BETTER)),
    Gaps(EQUAL, replace(_STUDY, positive=(20, 20, 60, 60))),
)
DISTANCES = (
    Distances((0.3, 0.3, 0.3), seeds=1),
    # Opposite shifts have the same distance, and errors that go against each other.
    Distances((0.3, -0.3, 0.3), seeds=1),
    *(Distances((0.3, -0.3, 0.3), seeds=seeds, seed_sd=0.1) for seeds in (2, 5)),
    Distances((0.0, 0.0, 0.0), patients=100),
    Distances((0.1, -0.6, 0.6), patients=100, seeds=5),
)


def simulate(
    draws: int, seed: int, gaps: Sequence[Gaps] = GAPS, distances: Sequence[Distances] = DISTANCES
) -> list[Row]:
    """Rows of each setting: wrong differences, wrong ranks, how often the best is found; and intervals of KID."""
    random = np.random.default_rng(seed)
    rows = []
    for setting in gaps:
        rows += _rows([_gap_page(setting, random) for _ in range(draws)], setting.gaps, gap_words(setting), "gaps")
    for setting in distances:
        pages, held = [], 0
        for _ in range(draws):
            values = _distances(setting, random)
            low, high = fidelity_mean(values[0]).interval(0.95)
            held += low <= _true_kid(setting, 0) <= high
            pages.append(_distance_page(values))
        true = tuple(_true_kid(setting, place) for place in range(len(setting.shifts)))
        words = distance_words(setting)
        rows += _rows(pages, true, words, "KID", setting.shifts)
        # With one training the result has the interval of KID itself.
        if setting.seeds > 1:
            rows.append(Row(f"{words}: interval of one of them", f"KID {true[0]:.3g}", COVERAGE, held, draws))
    return rows


def _rows(
    pages: Sequence[set[Pair]], true: tuple[float, ...], words: str, what: str, named: tuple[float, ...] = ()
) -> list[Row]:
    """Rows from pages, each of which is the pairs (better, worse) that it shows."""
    count = len(true)
    wrong = sum(any(not true[better] < true[worse] - 1e-12 for better, worse in page) for page in pages)
    ranks = [rank_intervals(range(count), page) for page in pages]
    best, last = ([_place(true, one, side) for one in range(count)] for side in (-1, 1))
    missed = sum(any(found[one][0] > best[one] or found[one][1] < last[one] for one in found) for found in ranks)
    truth = f"{what} {', '.join(f'{one:g}' for one in named or true)}" + (" (shifts)" if named else "")
    rows = [
        Row(f"{words}: any wrong difference", truth, ERROR, wrong, len(pages)),
        Row(f"{words}: any rank outside its interval", truth, ERROR, missed, len(pages)),
    ]
    if best.count(1) == 1:
        first = best.index(1)
        rows.append(
            Row(f"{words}: the best alone in rank 1", truth, POWER, sum(f[first] == (1, 1) for f in ranks), len(pages))
        )
    return rows


def _place(true: tuple[float, ...], one: int, side: int) -> int:
    """The best (-1) or worst (1) rank of a generator; equals share their ranks."""
    better = sum(other < true[one] - 1e-12 for other in true)
    equal = sum(abs(other - true[one]) <= 1e-12 for other in true)
    return 1 + better if side < 0 else better + equal


def _shown(pairs: Sequence[Pair], p_values: Sequence[tuple[float | None, float | None]]) -> set[Pair]:
    """The pairs (better, worse) that are shown; smaller is better."""
    found = shown_directions(*zip(*p_values, strict=True))
    return {
        pair if one.sign == SMALLER else pair[::-1]
        for pair, one in zip(pairs, found, strict=True)
        if one.sign != NOT_SHOWN
    }


def _pairs(count: int) -> list[Pair]:
    return [(one, other) for one in range(count) for other in range(one + 1, count)]


def _gap_page(setting: Gaps, random: np.random.Generator) -> set[Pair]:
    study, pairs = setting.study, _pairs(len(setting.gaps))
    scores = drawn(study, random, {str(place): study.auc - gap for place, gap in enumerate(setting.gaps)})
    found = []
    for first, second in pairs:
        renamed = [
            SeedScores(one.seed, {FIRST: one.predictions[str(first)], SECOND: one.predictions[str(second)]}, {})
            for one in scores
        ]
        difference = gap_difference(renamed, ())
        found.append((difference.p_smaller, difference.p_larger))
    return _shown(pairs, found)


def _distances(setting: Distances, random: np.random.Generator) -> list[list[Measured]]:
    """KID of each generator and seed against one set of real images."""
    real = random.standard_normal((setting.patients, FEATURES))
    values = []
    for shift in setting.shifts:
        own = []
        for _ in range(setting.seeds):
            trained = shift + setting.seed_sd * random.normal()
            found = discrepancy(real, trained + random.standard_normal((setting.patients, FEATURES)))
            own.append(Measured(found.value, found.standard_error, found.degrees))
        values.append(own)
    return values


def _true_kid(setting: Distances, place: int) -> float:
    """Mean over trainings, by Gauss-Hermite quadrature: exact, as KID is a polynomial of the shift."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(12)
    values = [true_kid(abs(setting.shifts[place]) + setting.seed_sd * node) for node in nodes]
    return float(np.dot(weights, values) / weights.sum())


def _distance_page(values: Sequence[Sequence[Measured]]) -> set[Pair]:
    pairs = _pairs(len(values))
    found = [fidelity_difference(values[first], values[second]) for first, second in pairs]
    p_values = [one.p_below(0.0) for one in found]
    return _shown(pairs, [(p, 1 - p) for p in p_values])


def gap_words(setting: Gaps) -> str:
    """The setting in words."""
    study = setting.study
    counts = " and ".join(map(str, dict.fromkeys(study.positive)))
    labels = f"{len(study.positive)} labels of " if len(study.positive) > 1 else ""
    return (
        f"{len(setting.gaps)} generators, {study.seeds} seeds, {labels}{counts} positive patients of {study.patients}, "
        f"AUC {study.auc:g} real"
    )


def distance_words(setting: Distances) -> str:
    """The setting in words."""
    trainings = f"{setting.seeds} seeds" if setting.seeds > 1 else "one seed"
    spread = f", sd {setting.seed_sd:g} of the shift" if setting.seed_sd else ""
    return f"{len(setting.shifts)} generators, {trainings}{spread}, {setting.patients} patients and synthetic images"
