"""Label columns, label combinations, and images for the folds."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from medgan_tf.data.tables.cells import nearest_name
from medgan_tf.data.tables.combinations import find_combinations
from medgan_tf.synthesis.external.checks.finding import RIGHT, UNDECIDED, WRONG, CheckFinding

RARE = 10
"""Fewer synthetic images of a combination than this are called few."""
_MOST_NAMED = 5


def check_label_names(columns: Sequence[str], names: Sequence[str], known: Collection[str] = ()) -> CheckFinding:
    """Whether a table has a column for each label of the real images. Their order is free.

    Args:
        columns: Of the table.
        names: Labels of the real images.
        known: Columns that are no labels, such as the paths and the fold.

    Returns:
        `labels`; `numbers["order"]` has the place of each label among the columns. It cannot be accepted.
    """
    others = [column for column in columns if column not in names and column not in known]
    missing = [name for name in names if name not in columns]
    numbers = {"missing": missing, "not_read": others}
    if missing:
        near = [(name, nearest) for name in missing if (nearest := nearest_name(name, others))]
        rename = "".join(f"; rename {found!r} to {name!r}" for name, found in near[:_MOST_NAMED])
        advice = rename or "; add the column with 0 and 1"
        words = f"expected a column for each label of the real images; received none for {_named(missing)}{advice}"
        return CheckFinding("labels", WRONG, words, numbers, acceptable=False)
    twice = [name for name in names if list(columns).count(name) > 1]
    if twice:
        words = f"expected one column for each label; received several for {_named(twice)}; remove all but one"
        return CheckFinding("labels", WRONG, words, numbers, acceptable=False)
    numbers["order"] = [list(columns).index(name) for name in names]
    if not others:
        return CheckFinding("labels", RIGHT, "the table has the labels of the real images", numbers)
    hints = [f"{name!r}{_hint(name, names)}" for name in others[:_MOST_NAMED]]
    more = f" and {len(others) - _MOST_NAMED} more" if len(others) > _MOST_NAMED else ""
    words = f"columns that are no label of the real images are not read: {', '.join(hints)}{more}"
    return CheckFinding("labels", UNDECIDED, words, numbers)


def _hint(name: str, names: Sequence[str]) -> str:
    nearest = nearest_name(name, names)
    return f" (near to {nearest!r})" if nearest else ""


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(repr(name) for name in names[:_MOST_NAMED]) + more


def check_combinations(labels: np.ndarray, real: np.ndarray, names: Sequence[str]) -> CheckFinding:
    """The label combinations of the synthetic images against those of the real training images.

    Names of real combinations are told, as a generator's card tells them; their counts are not. Shares may differ: who
    compares generators reports or weights that. It is wrong only where no synthetic image has a combination that occurs
    in the real ones.

    Args:
        labels: Of the synthetic images, 0 and 1, [N, L].
        real: Of the real training images, [M, L].
        names: The L names.
    """
    own, other = (_counts(values, names) for values in (labels, real))
    absent = [name for name in other if name not in own]
    few = [name for name in other if 0 < own.get(name, 0) < min(RARE, other[name])]
    new = [name for name in own if name not in other]
    share = sum(max(0.0, other[name] / len(real) - own.get(name, 0) / len(labels)) for name in other)
    numbers = {
        "absent": absent,
        "few": few,
        "new": new,
        "moved_share": share,
    }
    if len(absent) == len(other):
        words = (
            f"expected label combinations of the real images, such as {_named(list(other)[:2])}; received none, "
            f"but {_named(list(own)[:2])}; check the label columns"
        )
        return CheckFinding("combinations", WRONG, words, numbers)
    notes = [
        f"{what}: {_named(found)}"
        for what, found in (
            ("without an image", absent),
            (f"fewer than {RARE} images", few),
            ("not among the real ones", new),
        )
        if found
    ]
    if not notes:
        return CheckFinding("combinations", RIGHT, f"all {len(other)} combinations of the real images occur", numbers)
    words = f"label combinations differ from those of the real images; {'; '.join(notes)}"
    return CheckFinding("combinations", UNDECIDED, words, numbers)


def _counts(labels: np.ndarray, names: Sequence[str]) -> dict[str, int]:
    found = find_combinations(np.asarray(labels).astype(np.uint8), names)
    return {name: int(count) for name, count in zip(found.names, found.counts, strict=True)}


def check_folds(labels: Mapping[str, np.ndarray], real_counts: Mapping[str, int]) -> CheckFinding:
    """Whether there are images enough for the folds that classifiers are trained on.

    Args:
        labels: Labels of the synthetic images by fold, 0 and 1, [N, L]; `train` and `valid`.
        real_counts: Numbers of real images by fold.

    Returns:
        `folds`; wrong where a fold is empty, or no label is both present and absent among the validation images, so
        that a classifier could not be stopped. It cannot be accepted. Fewer images than real ones are a note.
    """
    counts = {fold: len(labels.get(fold, ())) for fold in ("train", "valid")}
    wanted = {fold: int(real_counts.get(fold, 0)) for fold in counts}
    numbers = {"images": counts, "real": wanted}
    received = f"{counts['train']:,} training and {counts['valid']:,} validation images"
    like = f"the real ones are {wanted['train']:,} and {wanted['valid']:,}"
    empty = [fold for fold, count in counts.items() if not count]
    if empty:
        words = f"expected images for the folds train and valid; received {received}; make more ({like})"
        return CheckFinding("folds", WRONG, words, numbers, acceptable=False)
    valid = np.asarray(labels["valid"])
    if not ((valid.max(axis=0) > 0) & (valid.min(axis=0) < 1)).any():
        words = (
            "expected validation images with a label and without it, to stop the training of a classifier by; received "
            f"{received}, where every label is the same in all validation images; make more ({like})"
        )
        return CheckFinding("folds", WRONG, words, numbers, acceptable=False)
    if all(counts[fold] >= wanted[fold] for fold in counts):
        return CheckFinding("folds", RIGHT, received, numbers)
    words = f"{received}; {like}: the utility of the set includes that it is smaller"
    return CheckFinding("folds", UNDECIDED, words, numbers)
