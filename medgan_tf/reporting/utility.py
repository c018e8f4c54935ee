"""What the data is worth: AUC of classifiers trained on real and on synthetic images, on real patients."""

import math
from typing import Any

from medgan_tf.classification.published_code import FLIPPED_TITLE
from medgan_tf.evidence.utility.figures import mixing_figure
from medgan_tf.evidence.utility.measure_comparison import compare_gaps
from medgan_tf.presentation.blocks import (
    Interval,
    Missing,
    Picture,
    PValue,
    Section,
    Table,
    cell_text,
    heading,
    is_number,
    paragraph,
)
from medgan_tf.presentation.figure_style import GREY, SYNTHETIC, new_figure, tidy
from medgan_tf.reporting.answer import shown_gap
from medgan_tf.reporting.gap_view import GapRow, GapView, gap_view
from medgan_tf.reporting.results import GanResults, Results


def utility_section(results: Results, details: bool) -> Section:
    """Table and figures of each GAN, and the comparison where there are two."""
    section = Section("What the data is worth")
    section.blocks.append(
        paragraph(
            "Each finding's AUC is the chance that the classifier ranks a patient image with the finding above one "
            "without it. The gap is the AUC after training on real images minus that after training on synthetic ones, "
            "both tested on the same real patients whom no generator has seen."
        )
    )
    for gan in results.gans:
        view = shown_gap(gan, results.kind)
        if view is None:
            section.missing += _missing(gan)
        elif details:
            _gan_blocks(section, gan, view, results.kind)
        if view is not None and results.kind != "run":
            section.missing += _left_out(gan, view)
        if details and (gan.gap is None or "half_a" not in gan.gap["conditions"]):
            section.missing.append(Missing(gan.title, "floor and baselines", "medgan-tf run EXPERIMENT.yaml"))
    if details:
        section.blocks += _comparisons(results)
    return section


def _missing(gan: GanResults) -> list[Missing]:
    without = [run.name for run in gan.runs if not run.classifier]
    if without:
        return [Missing(f"{gan.title}: {', '.join(without)}", "classifiers and gap", "medgan-tf run EXPERIMENT.yaml")]
    return [Missing(gan.title, "gap", "medgan-tf gap EXPERIMENT.yaml --seeds ...")]


def _left_out(gan: GanResults, view: GapView) -> list[Missing]:
    """Runs that the gap does not speak of yet."""
    left = [run.name for run in gan.runs if run.seed not in view.seeds]
    return (
        [Missing(f"{gan.title}: {', '.join(left)}", "gap", "medgan-tf run EXPERIMENT.yaml --seeds ...")] if left else []
    )


def _gan_blocks(section: Section, gan: GanResults, view: GapView, kind: str) -> None:
    stem = f"gap-{gan.experiment}-{gan.architecture}"
    section.blocks += [heading(gan.title), gap_table(view, stem, gan.title), gap_picture(view, stem, gan.title)]
    remarks = []
    if is_number(view.equivalence_p):
        remarks.append(f"Over seeds, the test that the gap is below {view.margin:g} has p = {view.equivalence_p:.4f}.")
    if is_number(view.detectable):
        remarks.append(f"{len(view.seeds)} seeds detect a gap of {view.detectable:.4f} with a power of 80 %.")
    elif len(view.seeds) == 1:
        remarks.append("One seed says nothing about how the result varies when everything is trained again.")
    if is_number(view.floor):
        remarks.append(
            f"Floor: classifiers trained on two halves of the real patients differ by {view.floor:.4f}; a gap of that "
            "size cannot be told from none."
        )
    if remarks:
        section.blocks.append(paragraph(" ".join(remarks)))
    if kind != "run" and len(gan.gap["conditions"]) > 2:
        section.blocks += [conditions_table(gan), *_mixing(gan)]


def gap_table(view: GapView, stem: str, title: str) -> Table:
    """One row for each label and the mean."""
    several = len(view.seeds) > 1
    # Also in the CSV and LaTeX files, which lack the caption.
    auc = "AUC (below 0.5 flipped)" if view.flipped else "AUC"
    head = ["finding", f"{auc} real", f"{auc} synthetic", "gap", f"{view.level:.0%} over patients"]
    head = [*head, "sd over seeds", "p", "p Holm"] if several else head

    def cells(row: GapRow) -> list[Any]:
        first = [row.label, row.real, row.synthetic, row.gap, row.interval]
        return [*first, row.sd, PValue(row.p), PValue(row.p_holm) if row.label != "mean" else ""] if several else first

    caption = (
        f"{title}: gap on {view.images:,} images of {view.patients:,} real test patients, "
        f"seed{'s' if several else ''} {', '.join(map(str, view.seeds))}{_remark(view)}"
    )
    return Table(stem, caption, head, [cells(row) for row in (*view.rows, view.mean)], foot=1)


def gap_picture(view: GapView, stem: str, title: str) -> Picture:
    """Each label's gap with its interval, seeds as dots, the margin as a band."""
    rows = (*view.rows, view.mean)
    figure = new_figure(7.2, 1.3 + 0.34 * len(rows))
    axes = figure.subplots()
    axes.axvspan(-view.margin, view.margin, color="#ececec", zorder=0)
    axes.axvline(0, color=GREY, linewidth=1)
    for place, row in enumerate(reversed(rows)):
        if not is_number(row.gap):
            axes.text(0, place, " undefined", va="center", fontsize=9, color=GREY)
            continue
        colour = "black" if row is view.mean else SYNTHETIC
        if row.interval.defined:
            axes.plot([row.interval.low, row.interval.high], [place, place], color=colour, linewidth=2)
        if len(row.values) > 1:
            values = [value if is_number(value) else math.nan for value in row.values]
            axes.plot(values, [place] * len(values), ".", color=colour, alpha=0.5, markersize=7)
        axes.plot(row.gap, place, "D", color=colour, markersize=6)
    axes.set_yticks(range(len(rows)), [row.label for row in reversed(rows)])
    dots = ", dots: seeds" if len(view.seeds) > 1 else ""
    axes.set_xlabel(f"AUC(real) - AUC(synthetic)\nline: {view.level:.0%} over patients{dots}; grey: within the margin")
    tidy(axes)
    if view.flipped:
        axes.set_title(FLIPPED_TITLE, fontsize=10)
    return Picture(
        stem,
        f"{title}: gap of each finding and of their mean; the mean is {cell_text(view.mean.gap)}{_remark(view)}",
        figure,
    )


def _remark(view: GapView) -> str:
    return f"; {view.remark}" if view.remark else ""


def conditions_table(gan: GanResults) -> Table:
    """Everything that classifiers were trained on."""
    conditions = gan.gap["conditions"]
    real = conditions["real"]["mean_auc"]["over_seeds"]["mean"]
    rows = []
    for entry in conditions.values():
        auc = entry["mean_auc"]
        mean = auc["over_seeds"]["mean"]
        below = real - mean if is_number(real) and is_number(mean) else None
        rows.append([entry["title"], mean, auc["over_seeds"]["sd"] if auc["over_seeds"]["n"] > 1 else "one seed",
                     Interval.of(auc["over_patients"]), below])  # fmt: skip
    view = gap_view(gan.gap)
    auc = "mean AUC (below 0.5 flipped)" if view.flipped else "mean AUC"
    head = ["trained on", auc, "sd over seeds", "95% over patients", "below real"]
    caption = f"{gan.title}: baselines and mixtures{_remark(view)}"
    return Table(f"conditions-{gan.experiment}-{gan.architecture}", caption, head, rows)


def _mixing(gan: GanResults) -> list[Picture]:
    if not any(name.startswith("mix_") for name in gan.gap["conditions"]):
        return []
    caption = f"{gan.title}: mean AUC of classifiers trained on mixtures of real and synthetic images"
    return [Picture(f"mixing-{gan.experiment}-{gan.architecture}", caption, mixing_figure(with_nan(gan.gap)))]


def with_nan(value: Any) -> Any:
    """A result with NaN where its JSON has null, as figures want it."""
    if isinstance(value, dict):
        return {key: with_nan(item) for key, item in value.items()}
    if isinstance(value, list):
        return [with_nan(item) for item in value]
    return math.nan if value is None else value


def _comparisons(results: Results) -> list[Table]:
    """Pairs of GANs of one experiment: whether the first one's gap is smaller."""
    tables = []
    for name in dict.fromkeys(gan.experiment for gan in results.gans):
        gans = [gan for gan in results.gans if gan.experiment == name and gan.gap]
        pairs = [(a, b) for number, a in enumerate(gans) for b in gans[number + 1 :]]
        tables += [comparison_table(first, second) for first, second in pairs]
    return tables


def comparison_table(first: GanResults, second: GanResults) -> Table:
    """The paper's one-sided Mann-Whitney U test and the paired test, for the mean and each label."""
    found = compare_gaps(first.gap, second.gap)
    rows = [
        [name, entry["first"]["mean"], entry["second"]["mean"], entry["difference"],
         *(PValue(entry[test].get("p_holm", entry[test]["p"])) for test in ("mann_whitney", "paired_t"))]
        for name, entry in [*found["labels"].items(), ("mean", found["mean"])]
    ]  # fmt: skip
    head = ["finding", "gap of first", "gap of second", "difference", "U test p", "paired t p"]
    counts = f"{len(first.gap['seeds'])} and {len(second.gap['seeds'])} seeds"
    remarks = [_remark(gap_view(gan.gap)) for gan in (first, second)]
    caption = (
        f"First: {first.title}{remarks[0]}. Second: {second.title}{remarks[1]}. {counts}; one-sided, the gap of the "
        "first is smaller; p of findings corrected by Holm"
    )
    stem = f"comparison-{first.experiment}-{first.architecture}-{second.experiment}-{second.architecture}"
    return Table(stem, caption, head, rows, foot=1)
