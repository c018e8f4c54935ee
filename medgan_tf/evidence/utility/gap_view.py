"""`gap.json` as figures and reports need it: over all its seeds, or for one of them."""

from dataclasses import dataclass
from typing import Any

from medgan_tf.classification.published_code import FLIPPED, flipped_labels, published_code_line
from medgan_tf.evidence.report import GanResults
from medgan_tf.evidence.utility.settings import KEY
from medgan_tf.evidence.utility.verdict import BELOW, FEWEST_SEEDS, ONE_TRAINING, OPEN
from medgan_tf.presentation.blocks import Interval, is_number

OLDER = "older"
"""Instead of a finding: the file is of version 0.1, whose interval speaks for these trainings only."""


@dataclass(frozen=True)
class GapRow:
    """One label, or the mean over labels.

    Attributes:
        label: Its name.
        real, synthetic: AUC of the two classifiers on real test patients, means over seeds.
        values: real - synthetic of each seed; `gap` their mean, `sd` their standard deviation (None for one seed).
        interval: Interval of the gap, for other trainings and other patients; of one training, for other patients.
        p, p_holm: One-sided p-value of a gap above 0, and the same after Holm's correction over labels.
        positive_patients: Test patients with the finding; None for the mean and where it is not known.
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
    positive_patients: int | None = None


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
        against: What is shown of the gap and the margin: `below`, `above`, `open` or `undefined`.
        finding: The same more closely, see `verdict.gap_verdict`; or `older`.
        p_below: p-value of the test that the gap is below the margin.
        detectable: Gap that as many seeds detect.
        halves: Mean absolute difference between classifiers of two halves of the real patients.
        left_out: Labels that are not in the mean.
        patients_in_mean: Positive patients of the labels in the mean, in words.
        original_code: Switches that were on.
        flipped_labels: Labels whose AUC was flipped.
        seeds_vary: What the seeds vary where it is not everything, see `seed_sources`: `images` or `classifiers`.
        classifier: The classifier in words; "" in files that do not say it.
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
    against: str
    finding: str
    p_below: float | None = None
    detectable: float | None = None
    halves: float | None = None
    left_out: tuple[str, ...] = ()
    patients_in_mean: str = "unknown"
    original_code: tuple[str, ...] = ()
    flipped_labels: tuple[str, ...] = ()
    seeds_vary: str = ""
    classifier: str = ""

    @property
    def is_good(self) -> bool:
        """Whether the gap is shown to be below the margin, by enough seeds to call it good."""
        return self.against == BELOW and len(self.seeds) >= FEWEST_SEEDS

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
    margin = margin_of(gap)
    rows = tuple(_row(gap, name, gap["gap"]["labels"][name], index) for name in gap["label_names"])
    common = {
        "images": gap["test"]["images"],
        "patients": gap["test"]["patients"],
        "level": gap["how"]["level"],
        "rows": rows,
        "mean": _row(gap, "mean", gap["gap"]["mean"], index),
        "margin": margin,
        "left_out": tuple(gap.get("left_out_of_mean", gap["undefined"])),
        "patients_in_mean": patients_in_mean(gap),
        "original_code": tuple(gap.get("original_code", ())),
        "flipped_labels": tuple(flipped_labels(gap, index)),
        "seeds_vary": (gap.get("seeds_vary") or {}).get("what", ""),
        "classifier": gap.get("classifier") or "",
    }
    if index is not None:
        own = common["mean"].interval
        return GapView((seed,), margin_interval=own, margin_level=common["level"], against=OPEN,
                       finding=ONE_TRAINING, **common)  # fmt: skip
    common["halves"] = gap["floor"]["absolute_mean"] if gap["floor"] else None
    if "verdict" not in gap:
        patients = gap["equivalence"]["over_patients"]
        return GapView(tuple(gap["seeds"]), margin_interval=Interval.of(patients), margin_level=patients["level"],
                       against=OPEN, finding=OLDER, **common)  # fmt: skip
    verdict = gap["verdict"]
    single = len(gap["seeds"]) < 2
    return GapView(
        tuple(gap["seeds"]),
        margin_interval=common["mean"].interval if single else Interval.of(verdict),
        margin_level=common["level"] if single else verdict["level"],
        against=verdict["against"],
        finding=verdict["finding"],
        p_below=verdict["p_below"],
        detectable=gap["detectable_gap"]["gap"],
        **common,
    )


def patients_in_mean(gap: dict[str, Any]) -> str:
    """Positive patients of the labels in the mean, e.g. `12` or `8 to 60`; `unknown` in files of version 0.1."""
    left = gap.get("left_out_of_mean", gap["undefined"])
    counts = [gap["gap"]["labels"][name].get("positive_patients") for name in gap["label_names"] if name not in left]
    if not counts or None in counts:
        return "unknown" if counts else "none"
    return f"{min(counts)}" if min(counts) == max(counts) else f"{min(counts)} to {max(counts)}"


def margin_of(gap: dict[str, Any]) -> float:
    """The margin. Raises `ValueError` unless it lies between 0 and 1."""
    margin = gap["verdict" if "verdict" in gap else "equivalence"]["margin"]
    if not is_number(margin) or not 0 < margin <= 1:
        raise ValueError(f"the margin must lie between 0 and 1. Received: {margin!r:.40}")
    return margin


def shown_interval(entry: dict[str, Any]) -> Interval:
    """The interval of an entry of `gap.json`: over seeds and patients; of one seed or of version 0.1 over patients."""
    if "over_patients" in entry:
        return Interval.of(entry["over_patients"])
    both = Interval.of(entry["interval"])
    return both if both.defined or len(entry["each_seed"]) > 1 else Interval.of(entry["each_seed"][0])


def _row(gap: dict[str, Any], label: str, entry: dict[str, Any], index: int | None) -> GapRow:
    real, synthetic = (_aucs(gap, kind, label) for kind in ("real", "synthetic"))
    positives = entry.get("positive_patients")
    if index is not None:
        value = entry["values"][index]
        interval = Interval.of(entry.get("each_seed", entry.get("each_seed_over_patients"))[index])
        return GapRow(label, real[index], synthetic[index], (value,), value, None, interval, None, None, positives)
    over = entry["over_seeds"]
    return GapRow(
        label,
        _mean(real),
        _mean(synthetic),
        tuple(entry["values"]),
        over["mean"],
        over["sd"],
        shown_interval(entry),
        entry.get("p"),
        entry.get("p_holm"),
        positives,
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
