"""Two settings against each other: the paper's Mann-Whitney U test, and paired tests where runs share seeds."""

from dataclasses import asdict
from typing import Any

import numpy as np

from medgan_tf.evidence.utility.verdict import FEWEST_SEEDS
from medgan_tf.metrics.equivalence import detectable_difference
from medgan_tf.metrics.group_tests import holm, mann_whitney, paired_t, repeats, wilcoxon


def compare_gaps(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """Tests whether the first setting's gap is smaller than the second's.

    Args:
        first: Content of a `gap.json`, or of `measure_gap`.
        second: Content of another one.

    Returns:
        For the mean and each label that both have: `difference` (mean of first - mean of second), `mann_whitney` (one-
        sided: the first is smaller) and, where they share at least two seeds, `paired_t` and `wilcoxon` over these; the
        labels' p-values corrected by Holm; and the difference that these repeats could have detected, from
        `FEWEST_SEEDS` seeds of each on.
    """
    shared = [seed for seed in first["seeds"] if seed in second["seeds"]]
    names = [name for name in first["label_names"] if name in second["label_names"]]
    labels = {
        name: _compared(first, second, first["gap"]["labels"][name], second["gap"]["labels"][name], shared)
        for name in names
    }
    for test in ("mann_whitney", "paired_t", "wilcoxon"):
        corrected = holm([labels[name][test]["p"] for name in names])
        for name, p in zip(names, corrected, strict=True):
            labels[name][test]["p_holm"] = p
    mean = _compared(first, second, first["gap"]["mean"], second["gap"]["mean"], shared)
    spread = [setting["gap"]["mean"]["over_seeds"]["sd"] for setting in (first, second)]
    pooled = float(np.sqrt(np.mean(np.square(np.array(spread, np.float64)))))
    return {
        "first": _setting(first),
        "second": _setting(second),
        "shared_seeds": shared,
        "alternative": "the gap of the first is smaller",
        "mean": mean,
        "labels": labels,
        "detectable_difference": _detectable(pooled, len(first["seeds"]), len(second["seeds"])),
    }


def rank_test_words(found: dict[str, Any]) -> str:
    """How the p-values of the U test were found: `exact`, or by a normal approximation; "" where there are none."""
    entries = [found["mean"], *found["labels"].values()]
    return " and ".join(dict.fromkeys(how for entry in entries if (how := entry["mann_whitney"]["how"])))


def _detectable(pooled: float, first: int, second: int) -> float:
    """A standard deviation of few seeds is too uncertain to promise anything, see `measure`."""
    return detectable_difference(pooled, first, second) if min(first, second) >= FEWEST_SEEDS else float("nan")


def _setting(gap: dict[str, Any]) -> dict[str, Any]:
    described = {key: gap[key] for key in ("experiment", "architecture", "seeds")}
    return described | {"original_code": gap.get("original_code", [])}


def _compared(first: dict, second: dict, one: dict, other: dict, shared: list[int]) -> dict[str, Any]:
    values, others = _numbers(one["values"]), _numbers(other["values"])
    rows = [first["seeds"].index(seed) for seed in shared]
    columns = [second["seeds"].index(seed) for seed in shared]
    differences = values[rows] - others[columns]
    return {
        "difference": float(values.mean() - others.mean()),
        "first": asdict(repeats(values)),
        "second": asdict(repeats(others)),
        "mann_whitney": asdict(mann_whitney(values, others, "less")),
        "paired_t": asdict(paired_t(differences, "less")),
        "wilcoxon": asdict(wilcoxon(differences, "less")),
    }


def _numbers(values: Any) -> np.ndarray:
    return np.array([np.nan if value is None else value for value in values], np.float64)
