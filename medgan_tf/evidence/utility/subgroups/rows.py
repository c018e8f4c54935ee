"""The tables by group as rows of cells, for the terminal, the report and CSV files, from `gap.json`."""

from collections.abc import Iterator
from typing import Any

from medgan_tf.evidence.utility.subgroups.decide import NARROWED, UNDECIDED, WIDENED, WITHIN
from medgan_tf.evidence.utility.verdict import ONE_TRAINING, OPEN, TOO_FEW, UNDEFINED
from medgan_tf.presentation.blocks import Cell, Interval, is_number

Row = list[Cell]

GROUP_HEAD = ["group", "patients", "effective patients", "labels", "real", "synthetic", "gap", "95%", "finding"]
LABEL_HEAD = ["group", "label", "positive patients", *GROUP_HEAD[4:]]
PAIR_HEAD = [
    "difference",
    "effective patients",
    "labels",
    "real",
    "synthetic",
    "change",
    "95% of the change",
    "loses more",
    "widened?",
]
SHARE_HEAD = [
    "share of training images",
    "real",
    "95% real",
    "synthetic",
    "95% synthetic",
    "difference",
    "95%",
    "differs",
]
_UNDECIDED = {
    OPEN: UNDECIDED,
    ONE_TRAINING: f"{UNDECIDED}: one training",
    UNDEFINED: f"{UNDECIDED}: no spread",
}
_CHANGES = {NARROWED: "refuted: narrowed", WITHIN: "refuted: below the margin"}


def groups_of(subgroups: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every group with its name in words, e.g. `sex F`."""
    for covariate, found in subgroups["covariates"].items():
        for group, entry in found["groups"].items():
            yield f"{covariate} {group}", entry


def pairs_of(subgroups: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every pair of groups with its name in words, e.g. `sex F minus M`."""
    for covariate, found in subgroups["covariates"].items():
        for entry in found["pairs"]:
            first, second = entry["groups"]
            yield f"{covariate} {first} minus {second}", entry


def group_rows(subgroups: dict[str, Any]) -> list[Row]:
    """One row for each group, as a mean over labels, see `GROUP_HEAD`."""
    return [
        [name, entry["patients"], entry["counts_as"], entry["labels_in_mean"], *_gap(entry)]
        for name, entry in groups_of(subgroups)
    ]


def label_rows(subgroups: dict[str, Any]) -> list[Row]:
    """One row for each group and label, see `LABEL_HEAD`."""
    return [
        [name, label, entry["positive_patients"], *_gap(entry)]
        for name, group in groups_of(subgroups)
        for label, entry in group["labels"].items()
    ]


def pair_rows(subgroups: dict[str, Any]) -> list[Row]:
    """One row for each pair of groups, see `PAIR_HEAD`."""
    return [[name, entry["counts_as"], entry["labels_in_mean"], *_change(entry)] for name, entry in pairs_of(subgroups)]


def _gap(entry: dict[str, Any]) -> Row:
    if not entry["shown"]:
        return ["", "", "", "", not_shown(entry)]
    gap, verdict = entry["gap"], entry["verdict"]
    aucs = [entry["real"], entry["synthetic"], gap["mean"]]
    return [*aucs, Interval.of(gap["interval"]), undecided_words(verdict) or verdict["finding"]]


def _change(entry: dict[str, Any]) -> Row:
    if not entry["shown"]:
        return ["", "", "", "", "", not_shown(entry)]
    means = [entry[key]["mean"] for key in ("real", "synthetic", "change")]
    verdict = entry["verdict"]
    more = verdict["loses_more"] or "not shown"
    return [*means, Interval.of(entry["change"]["interval"]), more, answer_words(verdict)]


def not_shown(entry: dict[str, Any]) -> str:
    """That a group has too few patients, and how many are missing."""
    missing = entry["missing_patients"]
    return f"not shown: {missing} patient{'s' if missing > 1 else ''} missing"


def undecided_words(verdict: dict[str, Any]) -> str:
    """That a finding is not decided, and why; "" where it is."""
    missing = verdict["missing_patients"]
    if verdict["finding"] == TOO_FEW:
        return f"{UNDECIDED}: {missing} patient{'s' if missing > 1 else ''} missing"
    return _UNDECIDED.get(verdict["finding"], "")


def answer_words(verdict: dict[str, Any]) -> str:
    """Whether the difference between two groups was widened, in words."""
    finding = verdict["finding"]
    if finding == WIDENED:
        return "shown, by less than the margin" if verdict["within_margin"] else "shown"
    return _CHANGES.get(finding) or undecided_words(verdict)


def share_rows(prevalence: dict[str, Any]) -> list[Row]:
    """One row for each label, and for each group where the synthetic set says them, see `SHARE_HEAD`."""
    named = list(prevalence["labels"].items())
    for covariate, groups in (prevalence["groups"] or {}).items():
        named += [(f"{covariate} {group}", entry) for group, entry in groups.items()]
    return [[name, *_share(entry), "yes" if entry["differs"] else "not shown"] for name, entry in named]


def _share(entry: dict[str, Any]) -> Row:
    cells: Row = []
    for key in ("real", "synthetic", "difference"):
        found = entry[key]
        cells += [found["value"] if is_number(found["value"]) else None, Interval.of(found)]
    return cells
