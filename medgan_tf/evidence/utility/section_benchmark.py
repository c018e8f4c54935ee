"""A folder of experiments as the paper's benchmark: Figure 2, Figure 3, and the tests between the extremes (S.5)."""

import itertools
import math

from medgan_tf.evidence.benchmark_settings import Setting, settings
from medgan_tf.evidence.report import ALL_SETTINGS, GanResults, GridColumns, Results
from medgan_tf.evidence.utility.gap_view import OLDER, gap_of, view_of
from medgan_tf.evidence.utility.measure_comparison import compare_gaps
from medgan_tf.evidence.utility.section_card import as_published
from medgan_tf.evidence.utility.verdict import ABOVE, BELOW, FEWEST_SEEDS, ONE_TRAINING, OPEN, TOO_FEW, UNDEFINED
from medgan_tf.metrics.group_tests import holm
from medgan_tf.presentation.blocks import Cell, Picture, PValue, Section, Table, is_number, paragraph
from medgan_tf.presentation.figure_style import COLOURS, GREY, new_figure, styled, tidy

_AGAINST = {BELOW: "below {:g}", ABOVE: "above {:g}", OPEN: "not shown below {:g}", UNDEFINED: "undefined"}
_AXES = {"classes": "label combinations", "samples": "training images of each combination", "resolution": "pixels"}


def columns(results: Results) -> GridColumns:
    """Columns with the gap of every setting, and whether it keeps its margin."""
    head = ["seeds", "AUC real", "AUC synthetic", "gap", "sd over seeds", "95 % interval", "against the margin"]
    views = [view for gan in results.gans if (view := view_of(gan))]
    return GridColumns(head, [_cells(gan) for gan in results.gans], as_published(views))


def _cells(gan: GanResults) -> list[Cell]:
    view = view_of(gan)
    if view is None:
        return [len(gan.runs), "not measured", "", "", "", "", ""]
    mean = view.mean
    sd = mean.sd if len(view.seeds) > 1 else "one seed"
    undecided = {
        ONE_TRAINING: "not decided: one training",
        TOO_FEW: "not decided: too few test patients",
        OLDER: "not decided: measured by an earlier version",
    }
    against = undecided.get(view.finding) or _AGAINST[view.against].format(view.margin)
    return [len(view.seeds), mean.real, mean.synthetic, mean.gap, sd, mean.interval, against]


def section(results: Results) -> Section:
    """The figure and the tests of each benchmark."""
    section = Section(ALL_SETTINGS)
    found = settings(results)
    groups = dict.fromkeys((one.dataset, one.benchmark) for one in found)
    members = {key: [one for one in found if (one.dataset, one.benchmark) == key and gap_of(one.gan)] for key in groups}
    comparisons = {key: _comparisons(group) for key, group in members.items() if group}
    tables = _tables(comparisons)
    for key in comparisons:
        section.blocks.append(_figure(*key, members[key]))
        section.blocks += tables[key]
    if groups:
        section.blocks.append(
            paragraph(
                "Bars: mean AUC after training on synthetic images, error bars: standard deviation over seeds. Line "
                "and band: the same for real images. As in the paper's Figures 2 and 3."
            )
        )
    return section


@styled
def _figure(dataset: str, benchmark: str, group: list[Setting]) -> Picture:
    values = sorted({one.value for one in group})
    kinds = list(dict.fromkeys(one.kind for one in sorted(group, key=lambda one: one.kind)))
    figure = new_figure(max(5.5, 1.6 + 0.9 * len(values)), 3.8)
    axes = figure.subplots()
    width = 0.8 / len(kinds)
    lowest = []
    for number, kind in enumerate(kinds):
        bars = [one for one in group if one.kind == kind]
        places = [values.index(one.value) + (number - (len(kinds) - 1) / 2) * width for one in bars]
        means, spreads = zip(*(_auc(one.gan, "synthetic") for one in bars), strict=True)
        axes.bar(places, means, width * 0.92, yerr=spreads, capsize=3, color=COLOURS[number], label=kind,
                 error_kw={"linewidth": 1, "ecolor": "#333333"})  # fmt: skip
        lowest += [mean - spread for mean, spread in zip(means, spreads, strict=True)]
    real = {one.value: _auc(one.gan, "real") for one in group}
    means, spreads = zip(*(real[value] for value in values), strict=True)
    places = range(len(values))
    lower, upper = ([m + sign * s for m, s in zip(means, spreads, strict=True)] for sign in (-1, 1))
    axes.fill_between(places, lower, upper, color=GREY, alpha=0.3, linewidth=0)
    axes.plot(places, means, "o-", color="black", markersize=4, label="real images")
    axes.set_xticks(places, [f"{value:,}" for value in values])
    defined = [value for value in (*lowest, *lower) if math.isfinite(value)]
    axes.set_ylim(max(0.0, min(0.5, *(value - 0.03 for value in defined))), 1.0)
    flipped = " (below 0.5 flipped)" if any(view_of(one.gan).flipped for one in group) else ""
    axes.set(xlabel=_AXES[benchmark], ylabel=f"mean AUC on real test patients{flipped}")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, 1.16), ncols=len(kinds) + 1, frameon=False, fontsize=9)
    tidy(axes)
    caption = f"{dataset}, {benchmark}: AUC after training on synthetic and on real images"
    remarks = as_published([view_of(one.gan) for one in group])
    return Picture(f"benchmark-{dataset}-{benchmark}", ". ".join([caption, *remarks]), figure)


def _auc(gan: GanResults, kind: str) -> tuple[float, float]:
    """Mean and standard deviation over seeds of the mean AUC; a spread of 0 for one seed, NaN where undefined."""
    over = gap_of(gan)["conditions"][kind]["mean_auc"]["over_seeds"]
    mean = over["mean"] if is_number(over["mean"]) else math.nan
    return mean, over["sd"] if is_number(over["sd"]) else 0.0


Comparison = tuple[str, str, Setting, Setting]


def _comparisons(group: list[Setting]) -> list[Comparison]:
    """The extremes of each GAN, and GANs at each value: titles and settings of which the first is to be smaller."""
    pairs = []
    for kind in dict.fromkeys(one.kind for one in group):
        own = [one for one in group if one.kind == kind]
        # The paper tests whether the gap is smaller with fewer classes, and with fewer samples; the variant that is to
        # overfit against the plain one with most samples.
        plain = [one for one in group if one.gan.architecture == own[0].gan.architecture and not one.overfit]
        last = plain[-1] if plain else own[-1]
        if own[0].value < last.value:
            pairs.append((f"{kind}: {own[0].value:,}", f"{last.kind}: {last.value:,}", own[0], last))
    # The variant that is to overfit comes first: its gap is the one that is expected to be smaller.
    kinds = dict.fromkeys(one.kind for one in sorted(group, key=lambda one: (not one.overfit, one.kind)))
    for value in dict.fromkeys(one.value for one in group):
        own = {one.kind: one for one in group if one.value == value}
        for first, second in itertools.combinations([kind for kind in kinds if kind in own], 2):
            pairs.append((f"{first}: {value:,}", f"{second}: {value:,}", own[first], own[second]))
    return pairs


def _tables(comparisons: dict[tuple[str, str], list[Comparison]]) -> dict[tuple[str, str], list[Table]]:
    """The tests of each benchmark; p-values are corrected for all comparisons of the page together."""
    compared = {
        key: [compare_gaps(gap_of(first.gan), gap_of(second.gan)) for _, _, first, second in pairs]
        for key, pairs in comparisons.items()
    }
    found = {key: [*map(_row, pairs, compared[key])] for key, pairs in comparisons.items()}
    rows = [row for own in found.values() for row in own]
    for name in _TESTS:
        place = _HEAD.index(f"{name} p Holm")
        for row, p in zip(rows, holm([row[place] for row in rows]), strict=True):
            row[place] = PValue(p)
    return {key: [_table(*key, own, len(rows), _how(compared[key]))] if own else [] for key, own in found.items()}


_TESTS = {"U test": "mann_whitney", "paired t": "paired_t"}
_HEAD = ["first", "second", "gap of first", "gap of second", "seeds", *(f"{name} p" for name in _TESTS),
         *(f"{name} p Holm" for name in _TESTS), "detectable difference"]  # fmt: skip


def _how(compared: list[dict]) -> str:
    """How the p-values of the U tests were found: `exact`, by a normal approximation, or both."""
    return " and ".join(dict.fromkeys(how for one in compared if (how := one["mean"]["mann_whitney"]["how"])))


def _table(dataset: str, benchmark: str, rows: list[list], count: int, how: str) -> Table:
    caption = (
        f"{dataset}, {benchmark}: is the first gap smaller? One-sided Mann-Whitney U test as in the paper (S.5; its p: "
        f"{how or 'undefined'}), and paired t test over shared seeds. p Holm: corrected for the {count} comparisons of "
        "this page. For other trainings, on these test patients"
    )
    return Table(f"tests-{dataset}-{benchmark}", caption, _HEAD, rows)


def _row(pair: Comparison, found: dict) -> list:
    """A row of the table; the cells of corrected p-values hold the others."""
    (first_title, second_title, _, _), mean = pair, found["mean"]
    seeds = f"{len(found['first']['seeds'])} and {len(found['second']['seeds'])}"
    tests = [mean[test]["p"] for test in _TESTS.values()]
    means = [mean[which]["mean"] for which in ("first", "second")]
    detectable = found["detectable_difference"]
    shown = detectable if is_number(detectable) else f"from {FEWEST_SEEDS} seeds on"
    return [first_title, second_title, *means, seeds, *map(PValue, tests), *tests, shown]
