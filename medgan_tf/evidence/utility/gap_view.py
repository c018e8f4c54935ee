"""`gap.json` as figures and reports need it: over all its seeds, or for one of them."""

from dataclasses import dataclass
from typing import Any

from medgan_tf.classification.published_code import FLIPPED, flipped_labels, published_code_line
from medgan_tf.evidence.report import GanResults
from medgan_tf.evidence.utility.settings import KEY
from medgan_tf.presentation.blocks import Interval, is_number

ABOVE, BELOW, OPEN, UNDEFINED = "above", "below", "open", "undefined"


@dataclass(frozen=True)
class GapRow:
    """One label, or the mean over labels.

    Attributes:
        label: Its name.
        real, synthetic: AUC of the two classifiers on real test patients, means over seeds.
        values: real - synthetic of each seed; `gap` their mean, `sd` their standard deviation (None for one seed).
        interval: Interval of the gap over test patients.
        p, p_holm: p-value of the one-sided paired t test over seeds, and the same after Holm's correction over labels.
    """

    label: str
    real: float | None
    synthetic: float | None
    values: tuple[float | None, ...]
    gap: float | None
    sd: float | None
    interval: Interval
    p: float | None
    p_holm: float | None


@dataclass(frozen=True)
class GapView:
    """The gap over some seeds.

    Attributes:
        seeds: The seeds.
        images, patients: Number of test images and test patients.
        level: Coverage of the intervals.
        rows, mean: Labels, and the mean over those that are defined.
        margin: Largest gap that does not matter.
        margin_interval: The interval that is compared with the margin, with the coverage `margin_level`.
        equivalence_p: p-value of the test over seeds that the gap is below the margin.
        detectable: Gap that these seeds would have detected.
        floor: Difference between two halves of the real patients.
        original_code: Switches that were on.
        flipped_labels: Labels whose AUC was flipped.
    """

    seeds: tuple[int, ...]
    images: int
    patients: int
    level: float
    rows: tuple[GapRow, ...]
    mean: GapRow
    margin: float
    margin_interval: Interval
    margin_level: float
    equivalence_p: float | None = None
    detectable: float | None = None
    floor: float | None = None
    original_code: tuple[str, ...] = ()
    flipped_labels: tuple[str, ...] = ()

    @property
    def verdict(self) -> str:
        """Whether the gap is `above` or `below` the margin, `open` or `undefined`."""
        if not self.margin_interval.defined:
            return UNDEFINED
        if self.margin_interval.high < self.margin:
            return BELOW
        return ABOVE if self.margin_interval.low > self.margin else OPEN

    @property
    def flipped(self) -> bool:
        """Whether AUCs below 0.5 were made 1 - AUC."""
        return FLIPPED in self.original_code

    @property
    def remark(self) -> str:
        """The departures of the published code that are in the numbers, in words; "" for none."""
        return published_code_line(self.original_code, self.flipped_labels)


@dataclass(frozen=True)
class UtilityResult:
    """The utility results of one run. `None` stands for a file that is not there.

    Attributes:
        gap: `gap.json`, which is the same for all seeds of a GAN.
        classifier, real_classifier: Results of the classifiers of this run's and of the real images.
    """

    gap: dict[str, Any] | None
    classifier: dict[str, Any] | None
    real_classifier: dict[str, Any] | None


def gap_of(gan: GanResults) -> dict[str, Any] | None:
    """`gap.json` of a GAN; None where there is none."""
    found = gan.runs[0].evidence.get(KEY)
    return found.gap if found else None


def view_of(gan: GanResults) -> GapView | None:
    """The gap of a GAN over all seeds; None where there is none."""
    gap = gap_of(gan)
    return gap_view(gap) if gap else None


def shown_view(gan: GanResults, kind: str) -> GapView | None:
    """The gap that a report of this kind speaks of: for a run its own seed's, else over all seeds."""
    gap = gap_of(gan)
    return gap_view(gap, gan.runs[0].seed if kind == "run" else None) if gap else None


def gap_view(gap: dict[str, Any], seed: int | None = None) -> GapView | None:
    """The view over all seeds, or of one; None when `gap.json` does not have that seed."""
    if seed is not None and seed not in gap["seeds"]:
        return None
    index = None if seed is None else gap["seeds"].index(seed)
    margin = gap["equivalence"]["margin"]
    if not is_number(margin) or not 0 < margin <= 1:
        raise ValueError(f"the margin must lie between 0 and 1. Received: {margin!r:.40}")
    rows = tuple(_row(gap, name, gap["gap"]["labels"][name], index) for name in gap["label_names"])
    common = {
        "images": gap["test"]["images"],
        "patients": gap["test"]["patients"],
        "level": gap["how"]["level"],
        "rows": rows,
        "mean": _row(gap, "mean", gap["gap"]["mean"], index),
        "margin": margin,
        "original_code": tuple(gap.get("original_code", ())),
        "flipped_labels": tuple(flipped_labels(gap, index)),
    }
    if index is not None:
        own = common["mean"].interval
        return GapView((seed,), margin_interval=own, margin_level=gap["how"]["level"], **common)
    patients = gap["equivalence"]["over_patients"]
    return GapView(
        tuple(gap["seeds"]),
        margin_interval=Interval.of(patients),
        margin_level=patients["level"],
        equivalence_p=gap["equivalence"]["over_seeds"]["p_below"],
        detectable=gap["detectable_gap"]["gap"],
        floor=gap["floor"]["absolute_mean"] if gap["floor"] else None,
        **common,
    )


def _row(gap: dict[str, Any], label: str, entry: dict[str, Any], index: int | None) -> GapRow:
    real, synthetic = (_aucs(gap, kind, label) for kind in ("real", "synthetic"))
    if index is not None:
        value = entry["values"][index]
        interval = Interval.of(entry["each_seed_over_patients"][index])
        return GapRow(label, real[index], synthetic[index], (value,), value, None, interval, None, None)
    over, test = entry["over_seeds"], entry["paired_t"]
    return GapRow(
        label,
        _mean(real),
        _mean(synthetic),
        tuple(entry["values"]),
        over["mean"],
        over["sd"],
        Interval.of(entry["over_patients"]),
        test["p"],
        test.get("p_holm"),
    )


def _aucs(gap: dict[str, Any], kind: str, label: str) -> list[float | None]:
    """AUC of each seed."""
    condition = gap["conditions"][kind]
    if label == "mean":
        return list(condition["mean_auc"]["values"])
    column = gap["label_names"].index(label)
    return [row[column] for row in condition["label_aucs"]]


def _mean(values: list[float | None]) -> float | None:
    return sum(values) / len(values) if values and all(map(is_number, values)) else None
