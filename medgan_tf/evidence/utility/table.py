"""The gap as a text table for the terminal and as CSV for other programs."""

from pathlib import Path
from typing import Any

from medgan_tf.classification.published_code import FLIPPED, FLIPPED_MARK, flipped_labels, published_code_line
from medgan_tf.evidence.utility.arms.words import arm_sentences
from medgan_tf.evidence.utility.baselines.words import permutation_sentences, trivial_sentences
from medgan_tf.evidence.utility.external_seeds import foreign_sentences
from medgan_tf.evidence.utility.gap_view import patients_in_mean, shown_interval
from medgan_tf.evidence.utility.measure_comparison import rank_test_words
from medgan_tf.evidence.utility.seed_sources import source_sentences
from medgan_tf.evidence.utility.subgroups.table import group_lines
from medgan_tf.evidence.utility.verdict import ABOVE, BELOW, ONE_TRAINING, TOO_FEW, UNDEFINED
from medgan_tf.files.atomic import atomic_path
from medgan_tf.files.csv_files import csv_lines
from medgan_tf.presentation.text_table import number, p_value, text_table


def gap_table(gap: dict[str, Any], comparison: dict[str, Any] | None = None, by_label: bool = False) -> str:
    """A text table of `gap.json` and, if it is given, of `compare_gaps`; `by_label` adds each label of each group."""
    seeds = len(gap["seeds"])
    lines = [
        f"{gap['experiment']}, {gap['architecture']}: AUC on {gap['test']['images']} images of "
        f"{gap['test']['patients']} real test patients, {seeds} seed{'s' if seeds > 1 else ''}",
        "",
        *text_table(_label_rows(gap)),
        "",
        *text_table(_condition_rows(gap)),
        "",
        *_remarks(gap),
        *(group_lines(gap, by_label) if "subgroups" in gap else []),
    ]
    return "\n".join(lines + ([] if comparison is None else ["", *_comparison_lines(comparison)]))


def _label_rows(gap: dict[str, Any]) -> list[list[str]]:
    rows = [["label", "positive patients", "real", "synthetic", "gap", "sd", f"95 % {_over(gap)}", "p", "p Holm"]]
    for name in gap["label_names"]:
        aucs = [_auc_cell(gap["conditions"][kind], name) for kind in ("real", "synthetic")]
        entry = gap["gap"]["labels"][name]
        rows.append([name, str(entry["positive_patients"]), *aucs, *_gap_cells(entry)])
    aucs = [_auc_cell(gap["conditions"][kind]) for kind in ("real", "synthetic")]
    rows.append(["mean", patients_in_mean(gap), *aucs, *_gap_cells(gap["gap"]["mean"])])
    return rows


def _over(gap: dict[str, Any]) -> str:
    return "over seeds and patients" if len(gap["seeds"]) > 1 else "over patients"


def _interval_of(entry: dict[str, Any], sign: str = "+") -> str:
    """The interval over seeds and patients, or that of the only training over patients."""
    found = shown_interval(entry)
    return _range({"low": found.low, "high": found.high}, sign)


def _auc_cell(condition: dict[str, Any], label: str | None = None) -> str:
    """Mean AUC over seeds of a label, or of the mean over labels; marked where it was flipped in any seed."""
    flipped = {name for seed in condition.get("flipped", ()) for name in seed}
    if label is None:
        return number(condition["mean_auc"]["over_seeds"]["mean"]) + (FLIPPED_MARK if flipped else "")
    return number(condition["labels"][label]["mean"]) + (FLIPPED_MARK if label in flipped else "")


def _gap_cells(entry: dict[str, Any]) -> list[str]:
    over = entry["over_seeds"]
    spread = "-" if over["n"] < 2 else number(over["sd"])
    interval = _interval_of(entry) if entry.get("enough_patients", True) else "too few for an interval"
    return [number(over["mean"], signed=True), spread, interval, p_value(entry["p"]), p_value(entry.get("p_holm"))]


def _condition_rows(gap: dict[str, Any]) -> list[list[str]]:
    rows = [
        [
            f"trained on ({patients_in_mean(gap)} positive patients)",
            "mean AUC",
            "sd",
            f"95 % {_over(gap)}",
            "below real",
        ]
    ]
    real = gap["conditions"]["real"]["mean_auc"]["over_seeds"]["mean"]
    for entry in gap["conditions"].values():
        over = entry["mean_auc"]["over_seeds"]
        spread = "-" if over["n"] < 2 else number(over["sd"])
        # With few test images a mean AUC may be undefined.
        below = number(None if None in (real, over["mean"]) else real - over["mean"], signed=True)
        rows.append([entry["title"], _auc_cell(entry), spread, _interval_of(entry["mean_auc"], ""), below])
    if permuted := gap.get("permutations"):
        rows.append([f"labels permuted ({permuted['count']})", f"all: {_range(permuted, '')}", "", "", ""])
    return rows


def _remarks(gap: dict[str, Any]) -> list[str]:
    lines = [*_verdict_lines(gap["verdict"])]
    if _is_number(gap["detectable_gap"]["gap"]):
        lines.append(
            f"if seeds and patients vary as they did here, a study with {len(gap['seeds'])} seeds and as many patients "
            f"detects a gap of {gap['detectable_gap']['gap']:.4f} with a power of 80 %"
        )
    if gap["floor"] is not None:
        lines.append(
            "for comparison: classifiers of two halves of the real patients differ by "
            f"{gap['floor']['absolute_mean']:.4f} on average, a difference which two real trainings show"
        )
    lines += [*trivial_sentences(gap), *permutation_sentences(gap), *arm_sentences(gap), *foreign_sentences(gap)]
    lines += source_sentences(gap)
    if gap["undefined"]:
        lines.append(f"undefined, one class in the test fold, not in the means: {', '.join(gap['undefined'])}")
    if few := [name for name in gap["left_out_of_mean"] if name not in gap["undefined"]]:
        lines.append(f"too few patients with or without the finding, not in the means: {', '.join(few)}")
    if remark := published_code_line(gap["original_code"], flipped_labels(gap), FLIPPED_MARK):
        lines.append(remark)
    return lines


def _verdict_lines(verdict: dict[str, Any]) -> list[str]:
    """What is shown, for other trainings and other patients."""
    margin = f"{verdict['margin']:g}"
    if verdict["finding"] == ONE_TRAINING:
        return [
            f"not decided against the margin of {margin}: one training; give --seeds 1000..1004",
            "p-values and the detectable gap need several seeds that differ",
        ]
    if verdict["finding"] == TOO_FEW:
        return [f"not decided against the margin of {margin}: too few test patients have or lack the findings"]
    if verdict["finding"] == UNDEFINED:
        return [f"not decided against the margin of {margin}: the test images or the seeds do not allow an interval"]
    words = {BELOW: "is below", ABOVE: "is above"}.get(verdict["against"], "is not shown to be below")
    few = verdict["against"] == BELOW and verdict["seeds"] < verdict["fewest_seeds"]
    more = f"; {verdict['seeds']} seeds are few, repeat with {verdict['fewest_seeds']}" if few else ""
    return [
        f"the gap {words} the margin of {margin}: its 90 % interval over seeds and patients is {_range(verdict)}; "
        f"p = {p_value(verdict['p_below'])} (equivalence p = {p_value(verdict['p_equivalent'])}), "
        f"for this one split of the patients{more}"
    ]


def _comparison_lines(comparison: dict[str, Any]) -> list[str]:
    first, second = (_setting(comparison[key]) for key in ("first", "second"))
    rows = [["label", "gap of first", "gap of second", "difference", "U test p", "Holm", "paired t p", "Holm"]]
    for name, entry in [*comparison["labels"].items(), ("mean", comparison["mean"])]:
        cells = [number(entry[key]["mean"], signed=True) for key in ("first", "second")]
        cells.append(number(entry["difference"], signed=True))
        for test in ("mann_whitney", "paired_t"):
            cells += [p_value(entry[test]["p"]), p_value(entry[test].get("p_holm"))]
        rows.append([name, *cells])
    lines = [f"first: {first}", f"second: {second}", "one-sided: the gap of the first is smaller"]
    lines += [f"U test: {how}"] if (how := rank_test_words(comparison)) else []
    lines.append("")
    lines += text_table(rows)
    if _is_number(comparison["detectable_difference"]):
        lines += ["", f"these repeats detect a difference of {comparison['detectable_difference']:.4f} (power 80 %)"]
    return lines


def _setting(setting: dict[str, Any]) -> str:
    remark = published_code_line(setting["original_code"])
    return f"{setting['experiment']} ({setting['architecture']}{f'; {remark}' if remark else ''})"


def write_gap_csv(path: Path, gap: dict[str, Any]) -> None:
    """Writes one row for each condition, seed and label, with the mean over labels as label `mean`; atomic.

    With flipped AUCs the quantities are called `auc_real_flipped`, `gap_flipped` and so on.
    """
    flipped = "_flipped" if FLIPPED in gap["original_code"] else ""
    rows = [["quantity", "seed", "label", "value"]]
    for name, condition in gap["conditions"].items():
        for seed, values in zip(gap["seeds"], condition["label_aucs"], strict=True):
            for label, value in zip(gap["label_names"], values, strict=True):
                rows.append([f"auc_{name}{flipped}", seed, label, _cell(value)])
        for seed, value in zip(gap["seeds"], condition["mean_auc"]["values"], strict=True):
            rows.append([f"auc_{name}{flipped}", seed, "mean", _cell(value)])
    for name, found in (gap["permutations"] or {"classifiers": {}})["classifiers"].items():
        for seed, values, mean in zip(gap["seeds"], found["label_aucs"], found["values"], strict=True):
            named = [*zip(gap["label_names"], values, strict=True), ("mean", mean)]
            rows += [[f"auc_{name}", seed, label, _cell(value)] for label, value in named]
    for label, entry in [*gap["gap"]["labels"].items(), ("mean", gap["gap"]["mean"])]:
        for seed, value in zip(gap["seeds"], entry["values"], strict=True):
            rows.append([f"gap{flipped}", seed, label, _cell(value)])
    with atomic_path(path) as partial, open(partial, "w", newline="", encoding="utf-8") as file:
        file.writelines(csv_lines(rows))


def _cell(value: float | None) -> str:
    """The cell of a value; empty where it is undefined."""
    return f"{value:.9g}" if _is_number(value) else ""


def _range(interval: dict[str, Any], sign: str = "+") -> str:
    if not _is_number(interval["low"]):
        return "undefined"
    return f"{interval['low']:{sign}.3f}..{interval['high']:{sign}.3f}"


def _is_number(value: float | None) -> bool:
    return value is not None and value == value


def _known(test: dict[str, Any]) -> bool:
    return _is_number(test["p"])
