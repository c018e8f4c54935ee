"""The choice of classifiers to train, and their test scores as a text table."""

import math
from typing import Any

from medgan_tf.classification.conditions import REAL, SYNTHETIC, Condition, baseline_conditions
from medgan_tf.classification.published_code import FLIPPED_MARK, published_code_line
from medgan_tf.config.schema import ClassifierConfig
from medgan_tf.presentation.text_table import number, text_table


def chosen_conditions(
    config: ClassifierConfig, kind: str, baselines: bool, external: bool = False, arms: bool = False
) -> list[Condition]:
    """The conditions of one call.

    Args:
        config: Baselines and mixtures.
        kind: real, synthetic or both.
        baselines: Whether to add the baselines; those that need no images of the other kind.
        external: Whether the synthetic images come from another's generator.
        arms: Whether to add the arms in any case.
    """
    main = {"real": [REAL], "synthetic": [SYNTHETIC], "both": [REAL, SYNTHETIC]}[kind]
    extra = [one for one in baseline_conditions(config, external) if baselines or (arms and one.arm)]
    if kind == "real":
        extra = [condition for condition in extra if not condition.synthetic]
    if kind == "synthetic":
        extra = [condition for condition in extra if condition.synthetic]
    return [*main, *extra]


def condition_table(results: dict[str, dict[str, Any]]) -> str:
    """AUC on the real test fold of each label (rows) for each classifier (columns), with 95 % intervals of the mean.

    Beside each label stands the number of test patients who have it.
    """
    first = next(iter(results.values()))
    names = first["label_names"]
    rows = [["AUC on real test patients", "positive patients", *(result["condition"] for result in results.values())]]
    for name in names:
        rows.append(
            [
                name,
                _positive_patients(first["test"], name),
                *(_auc(result["test"], name) for result in results.values()),
            ]
        )
    rows.append(["mean", "", *(_auc(result["test"]) for result in results.values())])
    intervals = [result["test"]["mean_auc_interval"] for result in results.values()]
    few = first["test"].get("not_in_interval", ())
    if few and len(few) < first["test"]["defined_labels"]:
        rows.append(["mean of labels in the interval", "", *(number(interval["value"]) for interval in intervals)])
    rows.append(["  95 % interval", "", *map(_interval, intervals)])
    notes = []
    if undefined := first["test"]["undefined"]:
        notes = [f"undefined, and not in the mean, because the test fold has one class: {', '.join(undefined)}"]
    if few:
        notes.append(
            f"too few patients with or without the label for an interval, not in that of the mean: {', '.join(few)}"
        )
    flipped = [name for result in results.values() for name in result["test"].get("flipped", ())]
    if remark := published_code_line(first.get("original_code", ()), flipped, FLIPPED_MARK):
        notes.append(remark)
    return "\n".join([*text_table(rows), *notes])


def _positive_patients(test: dict[str, Any], label: str) -> str:
    """Test patients with the label; results of version 0.1 do not have their number."""
    return str(test["labels"][label]["auc_interval"].get("positive_patients", "unknown"))


def _auc(test: dict[str, Any], label: str | None = None) -> str:
    """The AUC of a label, or the mean over labels; marked if it is flipped."""
    flipped = test.get("flipped", ())
    value, marked = (test["mean_auc"], flipped) if label is None else (test["labels"][label]["auc"], label in flipped)
    return number(value) + (FLIPPED_MARK if marked else "")


def _interval(interval: dict[str, Any]) -> str:
    low, high = interval["low"], interval["high"]
    if low is None or high is None or math.isnan(low):
        return "too few patients"
    return f"{low:.3f}..{high:.3f}"
