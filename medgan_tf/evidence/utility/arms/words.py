"""Arms in words and in cells, from `gap.json`: for the terminal and for the report."""

from typing import Any

from medgan_tf.evidence.utility.arms.gain import REFUTED, SHOWN
from medgan_tf.evidence.utility.verdict import ONE_TRAINING, OPEN, TOO_FEW
from medgan_tf.presentation.blocks import Interval, cell_text

FINDINGS = {
    SHOWN: "gain shown",
    REFUTED: "gain refuted: a loss is shown",
    OPEN: "undecided",
    ONE_TRAINING: "undecided: one training",
    TOO_FEW: "undecided: too few test patients",
}
HOW = (
    "Each gain is the mean AUC of an arm less that of its control, on the same test patients and with the same seeds. "
    "A gain is shown when its whole 90 % interval lies above 0, and refuted when it lies below. Either is wrong "
    "in at most 5 % of studies without a true gain. Of many arms some are judged wrongly; p Holm allows for that."
)


def arm_entries(gap: dict[str, Any]) -> list[dict[str, Any]]:
    """The arms of a `gap.json`; none in files of earlier versions."""
    return list(gap.get("arms") or ())


def finding_words(entry: dict[str, Any]) -> str:
    """What is shown about an arm."""
    return FINDINGS.get(entry["verdict"]["finding"], "undecided: no interval")


def gain_interval(entry: dict[str, Any]) -> Interval:
    """The interval of a gain over seeds and patients; with one seed over patients."""
    return Interval.of(entry["interval"] if len(entry["values"]) > 1 else entry["each_seed"][0])


def arm_sentences(gap: dict[str, Any]) -> list[str]:
    """One line for each arm: its AUC, its gain and what is shown; then what it lacks."""
    over = "seeds and patients" if len(gap["seeds"]) > 1 else "patients"
    lines = []
    for entry in arm_entries(gap):
        auc, control = (gap["conditions"][entry[key]]["mean_auc"]["over_seeds"]["mean"] for key in ("arm", "control"))
        interval = gain_interval(entry)
        shown = f"95 % over {over} {cell_text(interval)}" if interval.defined else "no interval"
        lines.append(
            f"{entry['title']}: AUC {cell_text(auc)}, against {entry['control_title']} ({cell_text(control)}) a gain "
            f"of {cell_text(entry['over_seeds']['mean'])} ({shown}): {finding_words(entry)}"
        )
    return [*lines, *lacking(gap)]


def lacking(gap: dict[str, Any]) -> list[str]:
    """What arms did not get: images that the synthetic set does not hold, or a generator that could make more."""
    lines = []
    for entry in arm_entries(gap):
        for found in entry.get("topped_up", ())[:1]:
            if found["missing"]:
                lines.append(
                    f"{entry['title']}: {found['added']:,} synthetic images were added; {found['missing']:,} more were "
                    "wanted, which the synthetic set does not hold"
                )
    if missing := gap.get("arms_not_applicable"):
        lines.append(f"not applicable, as no generator is here to make more images: {'; '.join(missing)}")
    return lines
