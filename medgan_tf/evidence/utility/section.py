"""Utility: AUC on real patients of classifiers trained on real and on synthetic images."""

from typing import Any

from medgan_tf.classification.settings import ClassifierConfig
from medgan_tf.config.section import Changes, deciding_values
from medgan_tf.evidence.comparison import Comparison
from medgan_tf.evidence.report import FINDINGS, GanResults, GridColumns, Results, RunResults
from medgan_tf.evidence.utility import section_benchmark, section_card, section_epsilon
from medgan_tf.evidence.utility.arms.section import arm_blocks
from medgan_tf.evidence.utility.arms.training_sets import conditions_table, mixing_pictures
from medgan_tf.evidence.utility.baselines.words import permutation_sentences, trivial_sentences
from medgan_tf.evidence.utility.external_seeds import foreign_sentences
from medgan_tf.evidence.utility.figures import gap_figure
from medgan_tf.evidence.utility.gap_view import (
    OLDER,
    GapRow,
    GapView,
    UtilityResult,
    gap_of,
    margin_of,
    shown_view,
)
from medgan_tf.evidence.utility.generators.compared import compared
from medgan_tf.evidence.utility.generators.table import compared_pairs, comparison_table
from medgan_tf.evidence.utility.section_findings import pair_blocks
from medgan_tf.evidence.utility.seed_sources import source_sentences
from medgan_tf.evidence.utility.settings import KEY
from medgan_tf.evidence.utility.subgroups.blocks import group_blocks
from medgan_tf.evidence.utility.verdict import TOO_FEW
from medgan_tf.files.lenient_reader import LenientReader
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
    """Utility against epsilon, the paper's Figures 2 and 3, and its claims on gaps."""
    return [
        *section_epsilon.sections(results),
        section_benchmark.section(results),
        Section(FINDINGS, pair_blocks(results)),
    ]


def comparison(results: Results) -> Comparison:
    """The gaps of several generators, and the differences of pairs."""
    return compared(results)


def sections(results: Results, details: bool) -> list[Section]:
    """Table and figures of each GAN, and the comparison where there are two."""
    section = Section(TITLE, [paragraph(_INTRODUCTION)])
    for gan in results.gans:
        section.tried(f"{gan.title}: gap", _add_gan, section, gan, results.kind, details)
    if details:
        for first, second in compared_pairs(results):
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
        section.add(f"{gan.title}: figure of mixtures", mixing_pictures, gan)
        section.add(f"{gan.title}: further arms", arm_blocks, gap_of(gan), gan.stem, gan.title)


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
    sentences = [*trivial_sentences(gap, index), *permutation_sentences(gap, index), *foreign_sentences(gap)]
    sentences += source_sentences(gap) if index is None else []
    if name := gap.get("classifier"):
        sentences.insert(0, f"Classifier: {name}.")
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
