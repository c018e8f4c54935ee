"""Utility: AUC on real patients of classifiers trained on real and on synthetic images."""

from typing import Any

from medgan_tf.classification.settings import ClassifierConfig
from medgan_tf.config.section import Changes, deciding_values
from medgan_tf.evidence.report import FINDINGS, GanResults, GridColumns, Results, RunResults
from medgan_tf.evidence.utility import section_benchmark, section_card
from medgan_tf.evidence.utility.baseline_words import permutation_sentences, trivial_sentences
from medgan_tf.evidence.utility.figures import gap_figure, mixing_figure
from medgan_tf.evidence.utility.gap_view import (
    OLDER,
    GapRow,
    GapView,
    UtilityResult,
    gap_of,
    margin_of,
    shown_interval,
    shown_view,
    view_of,
)
from medgan_tf.evidence.utility.measure_comparison import compare_gaps, rank_test_words
from medgan_tf.evidence.utility.section_findings import pair_blocks
from medgan_tf.evidence.utility.settings import KEY
from medgan_tf.evidence.utility.subgroups.blocks import group_blocks
from medgan_tf.evidence.utility.verdict import TOO_FEW
from medgan_tf.files.lenient_reader import LenientReader
from medgan_tf.files.result_files import with_nan
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.presentation.blocks import (
    Html,
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
from medgan_tf.presentation.cards import Card

TITLE = "What the data is worth"
TERMS = {
    "Gap": "AUC after training on real images minus AUC after training on synthetic ones, on the same real test "
    "patients. 0: nothing is lost.",
    "Margin": "The largest gap that the settings of the experiment accept. A gap is shown to be below it only when its "
    'whole 90 % interval is. "Was this planned?" says whether the margin was chosen before the results.',
    "Interval over seeds and patients": "If everything were done again with other seeds and other test patients of the "
    "same kind, about 95 of 100 such intervals would contain the true mean, for this one split of the patients. With "
    "two or three seeds the intervals are wider than that.",
}
_INTRODUCTION = (
    "Each finding's AUC is the chance that the classifier ranks a patient image with the finding above one without it. "
    "The gap is the AUC after training on real images minus that after training on synthetic ones, both tested on the "
    "same real images of the test fold, on which no generator was trained."
)


def read(run: RunFolder, reader: LenientReader) -> UtilityResult | None:
    """The gap over seeds, and the results of the run's two classifiers."""
    files = (run.gap / "gap.json", run.classifier / "result.json", run.real.classifier / "result.json")
    found = [reader.json(file) for file in files]
    return UtilityResult(*found) if any(found) else None


def hashes(result: UtilityResult) -> list[tuple[str, str | None]]:
    """SHA-256 of the classifiers and of the images that they were trained and tested on."""
    found = []
    named = {"real-trained classifier": result.real_classifier, "synthetic-trained classifier": result.classifier}
    for name, values in named.items():
        if values:
            keys = ("weights_sha256", "predictions_sha256")
            found += [(f"{name}: {key.removesuffix('_sha256')}", values.get(key)) for key in keys]
            found += [(f"{name}: {kind} images", value) for kind, value in values.get("inputs_sha256", {}).items()]
    return found


def measured(result: UtilityResult) -> dict[str, Any]:
    """Margin, seeds and labels of the gap, and what the classifiers were trained with."""
    found: dict[str, Any] = {}
    for values in (result.real_classifier, result.classifier):
        if values and isinstance(values.get("settings"), dict):
            kept = deciding_values(values["settings"], ClassifierConfig, Changes.AFTERWARDS)
            # Its hash stands there instead of its name.
            found |= {f"classifier.{name}": value for name, value in kept.items() if name != "weights"}
    if result.gap:
        names = result.gap.get("label_names")
        found |= {"classifier.margin": margin_of(result.gap), "seeds": result.gap["seeds"], "labels": names}
    return found


def card(results: Results) -> Card:
    """The utility of the data, in words that need no statistics."""
    return section_card.card(results)


def grid_columns(results: Results) -> GridColumns:
    """The gap of every setting."""
    return section_benchmark.columns(results)


def grid_sections(results: Results) -> list[Section]:
    """The paper's Figures 2 and 3, and its claims on gaps."""
    return [section_benchmark.section(results), Section(FINDINGS, pair_blocks(results))]


def sections(results: Results, details: bool) -> list[Section]:
    """Table and figures of each GAN, and the comparison where there are two."""
    section = Section(TITLE, [paragraph(_INTRODUCTION)])
    for gan in results.gans:
        section.tried(f"{gan.title}: gap", _add_gan, section, gan, results.kind, details)
    if details:
        for first, second in _compared(results):
            section.add(f"{first.title} against {second.title}", comparison_table, first, second)
    return [section]


def _add_gan(section: Section, gan: GanResults, kind: str, details: bool) -> None:
    view, gap = shown_view(gan, kind), gap_of(gan)
    if view is None:
        section.missing += _missing(gan)
    elif details:
        _gan_blocks(section, gan, view, kind)
    if view is not None and kind != "run":
        section.missing += _left_out(gan, view)
    if details and (gap is None or "half_a" not in gap["conditions"]):
        section.missing.append(Missing(gan.title, "halves and other baselines", "medgan-tf run EXPERIMENT.yaml"))


def _missing(gan: GanResults) -> list[Missing]:
    without = [run.name for run in gan.runs if not _classified(run)]
    if without:
        return [Missing(f"{gan.title}: {', '.join(without)}", "classifiers and gap", "medgan-tf run EXPERIMENT.yaml")]
    return [Missing(gan.title, "gap", "medgan-tf gap EXPERIMENT.yaml --seeds ...")]


def _classified(run: RunResults) -> bool:
    found = run.evidence.get(KEY)
    return bool(found and found.classifier)


def _left_out(gan: GanResults, view: GapView) -> list[Missing]:
    """Runs that the gap does not speak of yet."""
    left = [run.name for run in gan.runs if run.seed not in view.seeds]
    return (
        [Missing(f"{gan.title}: {', '.join(left)}", "gap", "medgan-tf run EXPERIMENT.yaml --seeds ...")] if left else []
    )


def _gan_blocks(section: Section, gan: GanResults, view: GapView, kind: str) -> None:
    stem = f"gap-{gan.stem}"
    section.blocks.append(heading(gan.title))
    section.add(f"{gan.title}: table of the gap", gap_table, view, stem, gan.title)
    section.add(f"{gan.title}: figure of the gap", gap_picture, view, stem, gan.title)
    section.add(f"{gan.title}: remarks on the gap", _remarks, view)
    section.add(f"{gan.title}: remarks on baselines", _baseline_remarks, gan, kind)
    if kind != "run" or len(view.seeds) == len(gap_of(gan)["seeds"]):
        section.add(f"{gan.title}: groups of patients", group_blocks, gan, gan.stem)
    if kind != "run" and len(gap_of(gan)["conditions"]) > 2:
        section.add(f"{gan.title}: baselines and mixtures", conditions_table, gan)
        section.add(f"{gan.title}: figure of mixtures", _mixing, gan)


def _remarks(view: GapView) -> list[Html]:
    remarks = []
    if is_number(view.p_below):
        remarks.append(
            f"The test that the gap of other trainings and other patients is below {view.margin:g} has "
            f"p = {view.p_below:.4f}."
        )
    if is_number(view.detectable):
        remarks.append(
            f"If seeds and patients vary as they did here, a study with {len(view.seeds)} seeds and as many patients "
            f"detects a gap of {view.detectable:.4f} with a power of 80 %."
        )
    elif len(view.seeds) == 1:
        remarks.append("One seed says nothing about how the result varies when everything is trained again.")
    if is_number(view.halves):
        remarks.append(
            f"For comparison: classifiers trained on two halves of the real patients differ by {view.halves:.4f} on "
            "average. That is a difference which two real trainings show; it is no limit of what can be detected."
        )
    return [paragraph(" ".join(remarks))] if remarks else []


def _baseline_remarks(gan: GanResults, kind: str) -> list[Html]:
    gap = gap_of(gan)
    index = gap["seeds"].index(gan.runs[0].seed) if kind == "run" else None
    sentences = [*trivial_sentences(gap, index), *permutation_sentences(gap, index)]
    return [paragraph(" ".join(sentences))] if sentences else []


def gap_table(view: GapView, stem: str, title: str) -> Table:
    """One row for each label and the mean."""
    several = len(view.seeds) > 1
    # Also in the CSV and LaTeX files, which lack the caption.
    auc = "AUC (below 0.5 flipped)" if view.flipped else "AUC"
    over = "over seeds and patients" if several and view.finding != OLDER else "over patients"
    head = ["finding", "positive patients", f"{auc} real", f"{auc} synthetic", "gap", f"{view.level:.0%} {over}"]
    head = [*head, "sd over seeds", "p", "p Holm"] if several else head

    def cells(row: GapRow) -> list[Any]:
        positives = (
            view.patients_in_mean
            if row.label == "mean"
            else "unknown"
            if row.positive_patients is None
            else row.positive_patients
        )
        first = [row.label, positives, row.real, row.synthetic, row.gap, _interval_cell(row, view)]
        return [*first, row.sd, PValue(row.p), PValue(row.p_holm) if row.label != "mean" else ""] if several else first

    caption = (
        f"{title}: gap on {view.images:,} images of {view.patients:,} real test patients, "
        f"seed{'s' if several else ''} {', '.join(map(str, view.seeds))}{_remark(view)}"
    )
    return Table(stem, caption, head, [cells(row) for row in (*view.rows, view.mean)], foot=1)


def _interval_cell(row: GapRow, view: GapView) -> Interval | str:
    """The interval, or the reason why there is none."""
    counted = row.positive_patients is not None or view.finding == TOO_FEW
    few = is_number(row.gap) and not row.interval.defined and counted
    return "too few patients for an interval" if few else row.interval


def gap_picture(view: GapView, stem: str, title: str) -> Picture:
    """Each label's gap with its interval, seeds as dots, the margin as a band."""
    caption = f"{title}: gap of each finding and of their mean; the mean is {cell_text(view.mean.gap)}{_remark(view)}"
    return Picture(stem, caption, gap_figure(view))


def _remark(view: GapView) -> str:
    return f"; {view.remark}" if view.remark else ""


def conditions_table(gan: GanResults) -> Table:
    """A table of all training sets of classifiers."""
    conditions = gap_of(gan)["conditions"]
    real = conditions["real"]["mean_auc"]["over_seeds"]["mean"]
    rows = []
    for entry in conditions.values():
        auc = entry["mean_auc"]
        mean = auc["over_seeds"]["mean"]
        below = real - mean if is_number(real) and is_number(mean) else None
        rows.append([entry["title"], mean, auc["over_seeds"]["sd"] if auc["over_seeds"]["n"] > 1 else "one seed",
                     shown_interval(auc), below])  # fmt: skip
    if permuted := gap_of(gan).get("permutations"):
        reach = f"all: {cell_text(Interval.of(permuted))}"
        rows.append([f"real, labels permuted ({permuted['count']} classifiers)", reach, "", "", ""])
    view = view_of(gan)
    auc = "mean AUC (below 0.5 flipped)" if view.flipped else "mean AUC"
    over = "patients" if view.finding == OLDER or len(view.seeds) < 2 else "seeds and patients"
    head = ["trained on", auc, "sd over seeds", f"95% over {over}", "below real"]
    caption = (
        f"{gan.title}: baselines and mixtures; the findings in the mean have {view.patients_in_mean} positive test "
        f"patients{_remark(view)}"
    )
    return Table(f"conditions-{gan.stem}", caption, head, rows)


def _mixing(gan: GanResults) -> list[Picture]:
    if not any(name.startswith("mix_") for name in gap_of(gan)["conditions"]):
        return []
    caption = f"{gan.title}: mean AUC of classifiers trained on mixtures of real and synthetic images"
    return [Picture(f"mixing-{gan.stem}", caption, mixing_figure(with_nan(gap_of(gan))))]


def _compared(results: Results) -> list[tuple[GanResults, GanResults]]:
    """Pairs of GANs of one experiment, of which it is asked whether the first one's gap is smaller."""
    found = []
    for name in dict.fromkeys(gan.experiment for gan in results.gans):
        gans = [gan for gan in results.gans if gan.experiment == name and gap_of(gan)]
        found += [(first, second) for number, first in enumerate(gans) for second in gans[number + 1 :]]
    return found


def comparison_table(first: GanResults, second: GanResults) -> Table:
    """The paper's one-sided Mann-Whitney U test and the paired test, for the mean and each label."""
    gaps = [gap_of(gan) for gan in (first, second)]
    found = compare_gaps(*gaps)
    rows = [
        [name, entry["first"]["mean"], entry["second"]["mean"], entry["difference"],
         *(PValue(entry[test].get("p_holm", entry[test]["p"])) for test in ("mann_whitney", "paired_t"))]
        for name, entry in [*found["labels"].items(), ("mean", found["mean"])]
    ]  # fmt: skip
    head = ["finding", "gap of first", "gap of second", "difference", "U test p", "paired t p"]
    counts = " and ".join(str(len(gap["seeds"])) for gap in gaps) + " seeds"
    remarks = [_remark(view_of(gan)) for gan in (first, second)]
    caption = (
        f"First: {first.title}{remarks[0]}. Second: {second.title}{remarks[1]}. {counts}; one-sided, the gap of the "
        f"first is smaller; U test {rank_test_words(found) or 'undefined'}; p of findings corrected by Holm"
    )
    stem = f"comparison-{first.stem}-{second.stem}"
    return Table(stem, caption, head, rows, foot=1)
