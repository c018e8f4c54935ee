"""The figures of all parts of the audit by label combination, and the paper's guidance on their numbers of images."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from medgan_tf.evidence.privacy.answers import Remark
from medgan_tf.evidence.privacy.inputs import PrivacyInputs
from medgan_tf.evidence.privacy.settings import PrivacyConfig


def combination_rows(
    inputs: PrivacyInputs, columns: Iterable[Mapping[str, Mapping[str, Any]]] = ()
) -> list[dict[str, Any]]:
    """Rows by label combination of the training set, fewest images first: counts, guidance, the audit's figures.

    Args:
        inputs: The sets.
        columns: `Answer.combinations` of the parts.
    """
    if not inputs.train.label_names:
        return []
    train, synthetic, settings = inputs.train.combinations(), inputs.synthetic.combinations(), inputs.settings
    rows = []
    for name, count in zip(*np.unique(train, return_counts=True), strict=True):
        guidance = "memorises" if count < settings.few_images else "between"
        row = {
            "labels": str(name),
            "train_images": int(count),
            "guidance": "enough" if count >= settings.enough_images else guidance,
            "synthetic_images": int((synthetic == name).sum()),
        }
        for part in columns:
            row |= part.get(str(name), {})
        rows.append(row)
    return sorted(rows, key=lambda row: row["train_images"])


def combinations_remark(rows: list[dict[str, Any]], settings: PrivacyConfig) -> Remark:
    """The paper's guidance on the number of training images."""
    if not rows:
        return Remark("combinations", "labels are not known")
    few = [row for row in rows if row["train_images"] < settings.few_images]
    enough = [row for row in rows if row["train_images"] >= settings.enough_images]
    smallest = min(rows, key=lambda row: row["train_images"])
    words = (
        f"{len(few)} of {len(rows)} combinations have fewer than {settings.few_images:,} training images, where the "
        f"paper saw memorisation; {len(enough)} have {settings.enough_images:,} or more; smallest: "
        f"{smallest['labels']} with {smallest['train_images']:,}"
    )
    return Remark("combinations", words, float(smallest["train_images"]), warns=bool(few))
