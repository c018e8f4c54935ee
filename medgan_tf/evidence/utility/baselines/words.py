"""Sentences on the baselines, from `gap.json`: for the terminal and for the report, over all seeds or one of them."""

from typing import Any

from medgan_tf.presentation.blocks import Interval, cell_text, is_number

_ON = {"intensity": "the mean intensity", "pixels": "the image at 8 x 8 pixels"}


def trivial_sentences(gap: dict[str, Any], index: int | None = None) -> list[str]:
    """What classifiers without a deep network reach; nothing where there are none.

    Args:
        gap: Content of `gap.json`.
        index: Place of the seed that is spoken of; None speaks of all seeds.
    """
    parts = []
    for kind, found in (gap.get("trivial") or {}).items():
        real, synthetic = (_auc(gap["conditions"][f"{kind}_{which}"], index) for which in ("real", "synthetic"))
        value = found["mean"] if index is None else found["values"][index]
        # One training has an interval over patients only.
        own = found["each_seed"][0 if index is None else index]
        several = index is None and len(gap["seeds"]) > 1
        interval = Interval.of(found["interval"] if several else own)
        over = "seeds and patients" if several else "patients"
        shown = f"95 % over {over} {cell_text(interval)}" if interval.defined else "no interval: the order is the same"
        parts.append(
            f"{_ON.get(kind, found['title'])}: AUC {cell_text(real)} after real images, {cell_text(synthetic)} after "
            f"synthetic ones, gap {cell_text(value)} ({shown})"
        )
    if not parts:
        return []
    return [f"Without a deep network, by logistic regression on {'; on '.join(parts)}."]


def _auc(condition: dict[str, Any], index: int | None) -> float | None:
    auc = condition["mean_auc"]
    return auc["over_seeds"]["mean"] if index is None else auc["values"][index]


def permutation_sentences(gap: dict[str, Any], index: int | None = None) -> list[str]:
    """What classifiers of permuted labels reach; arguments as for `trivial_sentences`.

    Results of version 0.1 have one classifier of permuted labels for each seed.
    """
    found, older = gap.get("permutations"), gap["conditions"].get("shuffled")
    if not found and not older:
        return []
    classifiers = found["classifiers"] if found else {"shuffled": older["mean_auc"]}
    values = [
        value
        for one in classifiers.values()
        for value in (one["values"] if index is None else [one["values"][index]])
        if is_number(value)
    ]
    if not values:
        return []
    reach = f"{cell_text(min(values))} to {cell_text(max(values))}" if len(values) > 1 else cell_text(values[0])
    count = f"{len(values)} classifiers" if len(values) > 1 else "One classifier"
    few = (
        f"The range of {len(values)} contains the AUC of another one with a probability of "
        f"{(len(values) - 1) / (len(values) + 1):.0%}."
        if len(values) > 1
        else "One value does not show how far from 0.5 chance can lie."
    )
    verb = "reach mean AUCs of" if len(values) > 1 else "reaches a mean AUC of"
    widest = _widest(found, gap) if found and index is None and len(values) > 1 else ""
    return [
        f"{count} of permuted labels {verb} {reach}{widest}. Their labels teach nothing, but any direction in the "
        f"images goes along with the true labels or against them. {few}"
    ]


def _widest(found: dict[str, Any], gap: dict[str, Any]) -> str:
    """The label whose AUCs lie farthest from 0.5, with its patients; the mean over labels hides it."""
    if len(found["labels"]) < 2:
        return ""
    label, ends = max(found["labels"].items(), key=lambda item: max(0.5 - item[1]["low"], item[1]["high"] - 0.5))
    patients = gap["gap"]["labels"][label].get("positive_patients")
    counted = f" ({patients} positive patients)" if patients is not None else ""
    return f"; of single labels {label}{counted} goes farthest, {cell_text(Interval.of(ends))}"
