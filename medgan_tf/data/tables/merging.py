"""Several rows of an image become one: boxes, readers.

Tables of detections have a row for each box (RSNA pneumonia), and some a row for each box of each reader (VinDr-CXR).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from medgan_tf.data.tables.table import LabelState
from medgan_tf.errors import DataError

How = Literal["any", "majority", "all"]
MERGES: tuple[How, ...] = ("any", "majority", "all")


def merge_rows(
    frame: pd.DataFrame,
    findings: Sequence[str],
    how: How,
    source: str | Path = "the table",
    readers: str | None = None,
    no_finding: str | None = None,
) -> tuple[pd.DataFrame, int]:
    """One row for each `image_id`, in the order of their first rows. The order of rows changes nothing else.

    A blank state is no vote. Without votes the merged state is blank; with votes it is, for

    - `any`: positive if one vote is positive; else uncertain if one is uncertain; else negative.
    - `all`: negative if one vote is negative; else uncertain if one is uncertain; else positive.
    - `majority`: positive or negative if more than half of the votes are; else uncertain, so also for a tie.

    Args:
        frame: Columns `image_id`, the findings (int8 of `LabelState`), and others, whose values must be equal in all
            rows of an image.
        findings: Names of the columns of findings.
        how: The rule.
        source: The file, for messages.
        readers: Column that says who wrote a row. All rows of a reader on an image are first merged by `any`, because
            a reader writes a row for each finding; `how` then is between readers. The column is left out of the result.
        no_finding: The finding that states the absence of all others: where it is positive beside another, it becomes
            negative.

    Returns:
        The merged frame, and how many rows it has less than `frame`.

    Raises:
        DataError: The rows of an image differ in another column.
    """
    given = len(frame)
    if readers is not None:
        _refuse_differences(frame.drop(columns=readers), findings, source)
        frame = _merged(frame, ["image_id", readers], findings, "any").drop(columns=readers)
    else:
        _refuse_differences(frame, findings, source)
    merged = _merged(frame, ["image_id"], findings, how)
    others = [name for name in findings if name != no_finding]
    if no_finding is not None and others:
        shown = (merged[others] == LabelState.POSITIVE).any(axis=1)
        contradicted = shown & (merged[no_finding] == LabelState.POSITIVE)
        merged.loc[contradicted, no_finding] = np.int8(LabelState.NEGATIVE)
    return merged, given - len(merged)


def _merged(frame: pd.DataFrame, keys: list[str], findings: Sequence[str], how: How) -> pd.DataFrame:
    groups = frame.groupby(keys, sort=False).ngroup().to_numpy()
    if len(groups) == 0 or groups.max() + 1 == len(groups):
        return frame.reset_index(drop=True)
    count = int(groups.max()) + 1
    merged = frame[~pd.Series(groups).duplicated().to_numpy()].reset_index(drop=True)
    for name in findings:
        states = frame[name].to_numpy()
        votes = {state: np.bincount(groups[states == state], minlength=count) for state in LabelState}
        merged[name] = _decided(votes, how)
    return merged


def _decided(votes: dict[LabelState, np.ndarray], how: How) -> np.ndarray:
    positive, negative = votes[LabelState.POSITIVE], votes[LabelState.NEGATIVE]
    uncertain = votes[LabelState.UNCERTAIN]
    total = positive + negative + uncertain
    if how == "any":
        order = [(positive > 0, LabelState.POSITIVE), (uncertain > 0, LabelState.UNCERTAIN)]
        otherwise = LabelState.NEGATIVE
    elif how == "all":
        order = [(negative > 0, LabelState.NEGATIVE), (uncertain > 0, LabelState.UNCERTAIN)]
        otherwise = LabelState.POSITIVE
    else:
        order = [(2 * positive > total, LabelState.POSITIVE), (2 * negative > total, LabelState.NEGATIVE)]
        otherwise = LabelState.UNCERTAIN
    order.insert(0, (total == 0, LabelState.BLANK))
    return np.select([where for where, _ in order], [state for _, state in order], otherwise).astype(np.int8)


def _refuse_differences(frame: pd.DataFrame, findings: Sequence[str], source: str | Path) -> None:
    repeats = frame["image_id"].duplicated(keep=False)
    rows = frame[repeats]
    for name in rows.columns.difference(["image_id", *findings], sort=False):
        different = rows.groupby("image_id", sort=False)[name].nunique(dropna=False) > 1
        if different.any():
            image = different.index[different.to_numpy().argmax()]
            values = rows.loc[rows["image_id"] == image, name].unique()[:2]
            raise DataError(
                f"{source}: the rows of image {image} differ in {name}, e.g. {str(values[0]):.60} and "
                f"{str(values[1]):.60}; rows that are merged may differ in findings only"
            )
