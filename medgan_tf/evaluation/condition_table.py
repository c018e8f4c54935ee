"""Which classifiers to train, and their test scores as a text table."""

import math
from typing import Any

from medgan_tf.config.schema import ClassifierConfig
from medgan_tf.evaluation.conditions import REAL, SYNTHETIC, Condition, baseline_conditions
from medgan_tf.evaluation.text_table import number, text_table


def chosen_conditions(config: ClassifierConfig, kind: str, baselines: bool) -> list[Condition]:
    """The conditions of one call.

    Args:
        config: Baselines and mixtures.
        kind: real, synthetic or both.
        baselines: Whether to add the baselines; those that need no images of the other kind.
    """
    main = {"real": [REAL], "synthetic": [SYNTHETIC], "both": [REAL, SYNTHETIC]}[kind]
    extra = baseline_conditions(config) if baselines else []
    if kind == "real":
        extra = [condition for condition in extra if not condition.synthetic]
    if kind == "synthetic":
        extra = [condition for condition in extra if condition.synthetic]
    return [*main, *extra]


def condition_table(results: dict[str, dict[str, Any]]) -> str:
    """AUC on the real test fold of each label (rows) for each classifier (columns), with 95 % intervals of the mean."""
    names = next(iter(results.values()))["label_names"]
    rows = [["AUC on real test patients", *(result["condition"] for result in results.values())]]
    for name in names:
        rows.append([name, *(number(result["test"]["labels"][name]["auc"]) for result in results.values())])
    rows.append(["mean", *(number(result["test"]["mean_auc"]) for result in results.values())])
    rows.append(["  95 % interval", *(_interval(result["test"]["mean_auc_interval"]) for result in results.values())])
    undefined = next(iter(results.values()))["test"]["undefined"]
    notes = []
    if undefined:
        notes = [f"undefined, and not in the mean, because the test fold has one class: {', '.join(undefined)}"]
    return "\n".join([*text_table(rows), *notes])


def _interval(interval: dict[str, Any]) -> str:
    low, high = interval["low"], interval["high"]
    if low is None or high is None or math.isnan(low):
        return "undefined"
    return f"{low:.3f}..{high:.3f}"
