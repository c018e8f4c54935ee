"""AUC_real - AUC_syn over repeated seeds, with its statistical tests (paper sections 3.2 and S.5)."""

import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from medgan_tf.classification.conditions import Condition, readable_conditions
from medgan_tf.classification.published_code import gap_switches, reported_aucs
from medgan_tf.config.schema import Experiment
from medgan_tf.errors import DataError
from medgan_tf.evidence.utility.arms.measure import arm_differences, arms_not_applicable
from medgan_tf.evidence.utility.estimates.joint_aucs import JointAucs, joint_aucs
from medgan_tf.evidence.utility.estimates.measure_baselines import halves_difference, permuted_labels, trivial_gaps
from medgan_tf.evidence.utility.estimates.seed_contrast import FEWEST_OF_A_GAP, SeedContrast
from medgan_tf.evidence.utility.estimates.seed_scores import SeedScores, check_same_test
from medgan_tf.evidence.utility.verdict import FEWEST_SEEDS, gap_verdict
from medgan_tf.metrics.clustered_auc import FEWEST_PATIENTS
from medgan_tf.metrics.group_tests import holm, paired_t, repeats, wilcoxon

LEVEL = 0.95
FORMAT_VERSION = 2
_GAP = (1.0, -1.0)


def measure_gap(experiment: Experiment, seeds: list[SeedScores]) -> dict[str, Any]:
    """The gap over seeds: per label and mean, with intervals, tests, verdict and the detectable gap.

    Every seed must have been tested on the same images. What is undefined is NaN: a label with one class in the test
    fold, an interval over patients of whom too few have the finding, and with one seed everything that needs a spread
    over seeds.

    Args:
        experiment: Its name, architecture and margin are used.
        seeds: One entry for each seed.

    Returns:
        The content of `gap.json`, as docs/utility.md describes it.

    Raises:
        DataError: No seeds, or seeds that were tested on different images.
    """
    started = time.monotonic()
    if not seeds:
        raise DataError("expected at least one seed. Received: none")
    first = seeds[0].predictions["real"]
    for other in seeds[1:]:
        check_same_test(first, other.predictions["real"], Path(f"seed {other.seed}"))
    switches, names = gap_switches(experiment), first.label_names
    pair = joint_aucs(seeds, ("real", "synthetic"), switches)
    mean = pair.contrast(_GAP, pair.counted)
    conditions = _shared_conditions(experiment, seeds)
    return {
        "format_version": FORMAT_VERSION,
        "what": "gap",
        "experiment": experiment.name,
        "architecture": experiment.generator_name,
        "classifier": _one_network(seeds),
        "original_code": switches,
        "seeds": [entry.seed for entry in seeds],
        "label_names": list(names),
        "undefined": _named(names, ~np.isfinite(pair.values[0, 0])),
        "left_out_of_mean": _named(names, ~pair.counted),
        "test": {"images": len(first.truth), "patients": pair.aucs.patients},
        "gap": {"mean": _mean_entry(mean, pair), "labels": _labels(names, pair)},
        "verdict": gap_verdict(mean.over_both, experiment.classifier.margin, mean.enough_for_a_verdict),
        "detectable_gap": _detectable(mean),
        "conditions": _conditions(conditions, seeds, pair, switches),
        "trivial": trivial_gaps(seeds, conditions, pair.counted, switches, LEVEL),
        "permutations": permuted_labels(seeds, conditions, pair.counted),
        "arms": arm_differences(seeds, conditions, pair.counted, switches, LEVEL),
        "arms_not_applicable": arms_not_applicable(experiment),
        "floor": halves_difference(seeds, conditions, switches, LEVEL),
        "predictions_sha256": {str(entry.seed): entry.sha256 for entry in seeds},
        "how": {
            "interval": "seeds and test patients together: Obuchowski-Rockette variance, MOVER limits, logit scale",
            "each_seed": "test patients: Obuchowski's clustered DeLong covariance, MOVER limits, logit scale",
            "fewest_patients": FEWEST_PATIENTS,
            "fewest_patients_of_a_gap": FEWEST_OF_A_GAP,
            "fewest_patients_of_a_verdict": mean.fewest_of_a_verdict,
            "level": LEVEL,
            "p": "one-sided, AUC_real above AUC_syn, for other seeds and other patients; labels corrected by Holm",
            "paired_t, wilcoxon": "over seeds, for these test patients only, as in the paper",
        },
        "seconds": time.monotonic() - started,
    }


def _one_network(seeds: list[SeedScores]) -> str | None:
    """The network of all seeds. Raises `DataError` for seeds of different ones."""
    found = list(dict.fromkeys(entry.network for entry in seeds))
    if len(found) > 1:
        raise DataError(
            f"the classifiers of these seeds are different ones: {', '.join(map(str, found))}; `medgan-tf classify` "
            "with one classifier.architecture trains them again"
        )
    return found[0]


def _named(names: Sequence[str], chosen: np.ndarray) -> list[str]:
    return [name for name, one in zip(names, chosen, strict=True) if one]


def _entry(contrast: SeedContrast) -> dict[str, Any]:
    """One gap over seeds. Without enough patients its intervals and its p-value are NaN."""
    both, values, enough = contrast.over_both, contrast.values, contrast.enough_patients
    return {
        "enough_patients": enough,
        "values": values,
        "over_seeds": asdict(repeats(values)),
        "interval": contrast.interval(LEVEL),
        "each_seed": contrast.each_seed(LEVEL),
        "seed_variance": both.seed_variance,
        "shared_variance": both.shared_variance,
        "patient_degrees": both.patient_degrees,
        "p": both.p_above(0.0) if enough else float("nan"),
        "paired_t": asdict(paired_t(values)),
        "wilcoxon": asdict(wilcoxon(values)),
    }


def _mean_entry(mean: SeedContrast, pair: JointAucs) -> dict[str, Any]:
    return _entry(mean) | {"labels": int(pair.counted.sum())}


def _labels(names: Sequence[str], pair: JointAucs) -> dict[str, dict[str, Any]]:
    """The gap of each label, with p-values corrected by Holm."""
    positive, negative = pair.positive_patients(), pair.negative_patients()
    labels = {}
    for k, name in enumerate(names):
        entry = _entry(pair.contrast(_GAP, np.arange(len(names)) == k))
        labels[name] = {"positive_patients": int(positive[k]), "negative_patients": int(negative[k])} | entry
    for place in (("p",), ("paired_t", "p"), ("wilcoxon", "p")):
        holders = [labels[name] if len(place) == 1 else labels[name][place[0]] for name in names]
        for holder, p in zip(holders, holm([holder["p"] for holder in holders]), strict=True):
            holder["p_holm"] = p
    return labels


def _detectable(mean: SeedContrast) -> dict[str, Any]:
    """The gap that as many seeds detect. A standard deviation of fewer seeds is too uncertain to promise anything."""
    enough = len(mean.values) >= FEWEST_SEEDS and mean.enough_patients
    return {
        "power": 0.8,
        "alpha": 0.05,
        "gap": mean.over_both.detectable() if enough else float("nan"),
        "how": f"one-sided test for other seeds and other patients; from {FEWEST_SEEDS} seeds on",
    }


def _conditions(
    conditions: dict[str, Condition], seeds: list[SeedScores], pair: JointAucs, switches: list[str]
) -> dict[str, Any]:
    """Every training set but those of permuted labels, which have no interval around a mean."""
    table = {}
    for name, condition in conditions.items():
        if condition.is_permuted:
            continue
        own = joint_aucs(seeds, (name,), switches)
        mean = own.contrast((1.0,), pair.counted)
        table[name] = {
            "title": condition.title,
            "real_share": condition.real,
            "synthetic_share": condition.synthetic,
            "mean_auc": {
                "values": mean.values,
                "over_seeds": asdict(repeats(mean.values)),
                "interval": _within_bounds(mean.interval(LEVEL)),
                "each_seed": mean.each_seed(LEVEL),
            },
            "label_aucs": own.values[0],
            "flipped": [reported_aucs(entry.predictions[name], switches)[1] for entry in seeds],
            "labels": {label: asdict(repeats(own.values[0, :, k])) for k, label in enumerate(_label_names(seeds))},
        }
    return table


def _within_bounds(interval: dict[str, float]) -> dict[str, float]:
    """The interval of an AUC, which lies in 0..1; few seeds leave a wider one."""
    return interval | {end: float(np.clip(interval[end], 0, 1)) for end in ("low", "high")}


def _label_names(seeds: list[SeedScores]) -> tuple[str, ...]:
    return seeds[0].predictions["real"].label_names


def _shared_conditions(experiment: Experiment, seeds: list[SeedScores]) -> dict[str, Condition]:
    """Conditions that every seed has, by name, in the order of the setting."""
    known = readable_conditions(experiment.classifier)
    return {one.name: one for one in known if all(one.name in entry.predictions for entry in seeds)}
