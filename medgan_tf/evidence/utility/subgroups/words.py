"""Sentences on groups of patients and on what training sets are made of, for the terminal, the report and its card."""

from typing import Any

from medgan_tf.evidence.utility.subgroups.decide import REFUTED, SHOWN, UNDECIDED
from medgan_tf.evidence.utility.subgroups.rows import groups_of, pairs_of
from medgan_tf.evidence.utility.verdict import BETTER, EQUIVALENT, WORSE
from medgan_tf.presentation.blocks import Interval, cell_text

_MOST = 4
_HOW = (
    "A difference is the AUC in the first group less that in the second; its change is that after synthetic training "
    "less that after real training. Findings are corrected by Holm's method for the number of groups, and of pairs."
)


def subgroup_sentences(subgroups: dict[str, Any]) -> list[str]:
    """How the groups differ, over all groups and pairs, and how the findings are corrected."""
    if subgroups["missing"]:
        return [f"By group of patients: not measured, because {subgroups['missing']}."]
    return [*_gap_sentences(subgroups), *_change_sentences(subgroups), _HOW]


def _gap_sentences(subgroups: dict[str, Any]) -> list[str]:
    margin = f"{subgroups['margin']:g}"
    groups = list(groups_of(subgroups))
    found = {
        finding: [name for name, entry in groups if entry["shown"] and entry["verdict"]["finding"] == finding]
        for finding in (WORSE, EQUIVALENT, BETTER)
    }
    few = [name for name, entry in groups if not entry["shown"]]
    undecided = len(groups) - len(few) - sum(map(len, found.values()))
    parts = [
        f"{words} {', '.join(found[finding])}"
        for finding, words in ((WORSE, "worse in"), (BETTER, "better in"), (EQUIVALENT, "equivalent in"))
        if found[finding]
    ]
    parts += [f"undecided in {undecided}"] if undecided else []
    parts += [f"not shown for {', '.join(few)} (too few patients)"] if few else []
    return [f"The gap against the margin of {margin}, by group: {'; '.join(parts)}."] if parts else []


def _change_sentences(subgroups: dict[str, Any]) -> list[str]:
    pairs = [(name, entry) for name, entry in pairs_of(subgroups) if entry["shown"]]
    if not pairs:
        return ["No two groups have patients enough to compare their gaps."]
    found = {
        answer: [name for name, entry in pairs if entry["verdict"]["answer"] == answer]
        for answer in (SHOWN, REFUTED, UNDECIDED)
    }
    if len(found[REFUTED]) == len(pairs):
        parts = [f"refuted for all {len(pairs)} pairs"]
    else:
        parts = [f"{answer} for {_listed(names)}" for answer, names in found.items() if names]
    more = [f"{entry['verdict']['loses_more']} ({name})" for name, entry in pairs if entry["verdict"]["loses_more"]]
    loses = (
        f"shown to lose more by synthetic training than the other group: {', '.join(more)}"
        if more
        else ("no group is shown to lose more by synthetic training than another")
    )
    return [
        f"Does synthetic training widen the difference between groups: {'; '.join(parts)}.",
        f"{loses[0].upper()}{loses[1:]}.",
    ]


def _listed(names: list[str]) -> str:
    return ", ".join(names) if len(names) <= _MOST else f"{len(names)} pairs"


def prevalence_sentences(prevalence: dict[str, Any]) -> list[str]:
    """Whether the synthetic training images have the labels as often as the real ones."""
    if prevalence["missing"]:
        return [f"Label shares of the training sets: not compared, because {prevalence['missing']}."]
    sentences = []
    if prevalence["labels_as_real"]:
        sentences.append(
            "The synthetic training images have every combination of labels exactly as often as the real ones."
        )
    elif differ := prevalence["differ"]:
        sentences.append(
            f"Label shares differ between the real and the synthetic training images for {len(differ)} of "
            f"{len(prevalence['labels'])} labels: {_shares(prevalence['labels'], differ)}. Nothing was reweighted: the "
            "gap holds for this synthetic set with its own label shares."
        )
    else:
        sentences.append("Label shares are not shown to differ between the real and the synthetic training images.")
    if prevalence["groups"] is None:
        sentences.append(f"Composition by group: not compared, because {prevalence['groups_missing']}.")
    for covariate, groups in (prevalence["groups"] or {}).items():
        if names := [name for name, entry in groups.items() if entry["differs"]]:
            sentences.append(f"The synthetic set has other shares by {covariate}: {_shares(groups, names)}.")
    return sentences


def _shares(entries: dict[str, dict[str, Any]], names: list[str]) -> str:
    """The largest differences first."""
    ordered = sorted(names, key=lambda name: -abs(entries[name]["difference"]["value"]))
    texts = [
        f"{name} {entries[name]['real']['value']:.1%} real, {entries[name]['synthetic']['value']:.1%} synthetic"
        for name in ordered[:_MOST]
    ]
    return "; ".join(texts) + (f"; and {len(ordered) - _MOST} more" if len(ordered) > _MOST else "")


def group_warnings(gap: dict[str, Any]) -> list[str]:
    """What the mean over all patients hides: groups that lose more than the margin, differences that were widened."""
    subgroups = gap.get("subgroups") or {"missing": "an earlier version made the file"}
    if subgroups["missing"] is not None:
        return []
    worse = [
        f"{name} ({cell_text(Interval.of(entry['gap']['interval']))})"
        for name, entry in groups_of(subgroups)
        if entry["shown"] and entry["verdict"]["finding"] == WORSE
    ]
    pairs = [(name, entry["verdict"]) for name, entry in pairs_of(subgroups) if entry["shown"]]
    wider = [name for name, verdict in pairs if verdict["answer"] == SHOWN]
    more = [f"{verdict['loses_more']} ({name})" for name, verdict in pairs if verdict["loses_more"]]
    found = [f"The loss is above the margin in these groups of patients: {', '.join(worse)}."] if worse else []
    if wider:
        found.append(f"Synthetic training widens the difference between groups: {', '.join(wider)}.")
    if more:
        found.append(f"Groups that lose more by synthetic training than others: {', '.join(more)}.")
    return found


def set_sentences(gap: dict[str, Any]) -> list[str]:
    """That the synthetic training images have other label shares, where they do."""
    prevalence = gap.get("prevalence") or {"missing": "an earlier version made the file"}
    if prevalence["missing"] is not None or not prevalence["differ"]:
        return []
    return [
        f"The synthetic training images have other label shares than the real ones ({len(prevalence['differ'])} of "
        f"{len(prevalence['labels'])} labels)."
    ]
