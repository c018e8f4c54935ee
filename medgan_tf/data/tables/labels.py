"""Label policies turn positive, negative, uncertain and blank into a binary label vector (paper S.1)."""

import difflib
from collections.abc import Sequence

import numpy as np

from medgan_tf.config.schema import LabelPolicy
from medgan_tf.data.tables.table import LabelState, SourceTable
from medgan_tf.errors import ConfigError, DataError
from medgan_tf.files.plain_text import name_problem

Step = tuple[str, np.ndarray]


def select_states(table: SourceTable, findings: Sequence[str] | None) -> tuple[np.ndarray, tuple[str, ...]]:
    """Label states of the wanted findings.

    Args:
        table: The table that the source read.
        findings: Names in the wanted order; None takes all of the source.

    Returns:
        int8 [N, L] of `LabelState`, and the L names.

    Raises:
        ConfigError: A finding that the source does not have, or one named twice.
    """
    names = table.findings if findings is None else tuple(findings)
    for name in names:
        if name not in table.findings:
            close = difflib.get_close_matches(name, table.findings, n=1)
            nearest = f"; did you mean {close[0]!r}?" if close else ""
            raise ConfigError(
                f"data.findings: the source has no finding {name!r}{nearest}; it has: {', '.join(table.findings)}"
            )
    if len(set(names)) != len(names) or not names:
        raise ConfigError(f"data.findings must be different names, at least one. Received: {list(names)}")
    return table.frame[list(names)].to_numpy(np.int8), names


def refuse_hidden_names(table: SourceTable) -> None:
    """Raises `DataError` for a finding or a file name with hidden characters, which look like something else.

    Names of findings go into every result, and file names into messages and into the private table.
    """
    for name in table.findings:
        if problem := name_problem(name):
            raise DataError(f"a finding of the source: {problem}; rename it in the table")
    for position, path in enumerate(table.frame["path"], start=1):
        if problem := name_problem(str(path)):
            raise DataError(f"the file of image {position} of the source: {problem}; rename the file")


def binarise(states: np.ndarray, policy: LabelPolicy) -> tuple[np.ndarray, list[Step]]:
    """Applies a label policy.

    Args:
        states: int8 [N, L] of `LabelState`.
        policy: The values for uncertain and blank labels, and the treatment of unlabelled images.

    Returns:
        uint8 [N, L] of 0 and 1, and the policy's steps in order: what was done in words, with its counts, and the
        images kept by it, bool [N].

    Raises:
        DataError: A value that is no label state.
    """
    if not np.isin(states, list(LabelState)).all():
        odd = sorted({int(value) for value in np.unique(states)} - set(map(int, LabelState)))
        raise DataError(f"label states must be among {[int(state) for state in LabelState]}. Received: {odd}")
    uncertain, blank = states == LabelState.UNCERTAIN, states == LabelState.BLANK
    positive = states == LabelState.POSITIVE
    if policy.uncertain == "positive":
        positive = positive | uncertain
    certain = ~uncertain.any(axis=1) if policy.uncertain == "drop" else np.ones(len(states), bool)
    mentioned = ~blank.any(axis=1) if policy.blank == "drop" else np.ones(len(states), bool)
    steps = [
        (_words("uncertain", policy.uncertain, uncertain), certain),
        (_words("blank", policy.blank, blank[certain]), mentioned),
    ]
    if policy.without_positive == "drop":
        steps.append(("images without a positive label dropped", positive.any(axis=1)))
    return positive.astype(np.uint8), steps


def _words(state: str, becomes: str, where: np.ndarray) -> str:
    labels, images = int(where.sum()), int(where.any(axis=1).sum())
    done = f"images with {state} labels dropped" if becomes == "drop" else f"{state} -> {becomes}"
    return f"{done} ({labels} labels of {images} images)"


def without_finding(labels: np.ndarray, names: Sequence[str], no_finding: str | None) -> np.ndarray:
    """Images that show nothing: no positive label but, where the source has one, `no_finding`. bool [N]."""
    others = [column for column, name in enumerate(names) if name != no_finding]
    return ~labels[:, others].any(axis=1)
