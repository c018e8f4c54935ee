"""Where an element of a frame lies: in the data set, or in the functional groups of enhanced files (PS3.3 C.7.6.16)."""

from collections.abc import Sequence

from pydicom.dataset import Dataset


def group_of(dataset: Dataset, frame: int, sequence: str, keywords: Sequence[str]) -> Dataset:
    """The data set itself, if it has one of the elements; else the item of `sequence` that has, of all frames or of
    this one; else an empty data set."""
    if any(keyword in dataset for keyword in keywords):
        return dataset
    groups = list(dataset.get("SharedFunctionalGroupsSequence") or [])[:1]
    groups += list(dataset.get("PerFrameFunctionalGroupsSequence") or [])[frame : frame + 1]
    for group in groups:
        if sequence in group and group[sequence].value and any(name in group[sequence][0] for name in keywords):
            return group[sequence][0]
    return Dataset()
