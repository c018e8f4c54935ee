"""The groups of a covariate that are large enough to be told to a GAN; smaller ones are joined with others.

A column of its own would let anyone who has the generator ask for images of a handful of people, so a group of fewer
than `generate.minimum_patients` training patients has none. It is joined with another group, and the column is named
after both: ``sex=F/O``, ``age=65-89/90+``. Age bands are joined with a neighbour, all others with the smallest group.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from medgan_tf.data.records.covariate_bytes import UNKNOWN
from medgan_tf.errors import DataError


def in_order(groups: Sequence[str]) -> list[str]:
    """The groups, sorted, `unknown` last; sorted as texts, age bands rise."""
    return sorted(set(groups), key=lambda group: (group == UNKNOWN, group))


def patients_of(values: np.ndarray, patients: np.ndarray, groups: Sequence[str]) -> dict[str, set[str]]:
    """The patients of each group. An image whose patient is not known counts as a patient.

    Args:
        values: Group of each image [N].
        patients: str [N], "" where unknown.
        groups: The groups, also such that none of the images has.
    """
    names = [str(one) or f"image {row}" for row, one in enumerate(patients)]
    found: dict[str, set[str]] = {group: set() for group in groups}
    for value, name in zip(values, names, strict=True):
        found[value].add(name)
    return found


def rough(size: int, minimum: int) -> int:
    """A number of patients in steps of `minimum`, to the nearest."""
    return (2 * size + minimum) // (2 * minimum)


def large_groups(patients: Mapping[str, set[str]], minimum: int, in_bands: bool) -> tuple[tuple[str, ...], ...]:
    """The groups, joined until each has `minimum` patients or one is left.

    The order of joining depends on counts that are rounded to multiples of `minimum`, so a single patient rarely
    changes it.

    Args:
        patients: Training patients of each group, in order.
        minimum: Smallest number of patients.
        in_bands: The groups but `unknown` are neighbouring bands.
    """
    parts = [((group,), people) for group, people in patients.items()]
    while len(parts) > 1:
        sizes = [len(people) for _, people in parts]
        small = [number for number, size in enumerate(sizes) if size < minimum]
        if not small:
            break
        first = min(small, key=lambda number: rough(sizes[number], minimum))
        second = min(_partners(first, parts, in_bands), key=lambda number: rough(sizes[number], minimum))
        low, high = sorted((first, second))
        groups = tuple(in_order((*parts[low][0], *parts[high][0])))
        parts[low] = groups, parts[low][1] | parts[high][1]
        del parts[high]
    return tuple(groups for groups, _ in parts)


def _partners(number: int, parts: Sequence[tuple[tuple[str, ...], set[str]]], in_bands: bool) -> list[int]:
    """The parts that a part may be joined with."""
    others = [other for other in range(len(parts)) if other != number]
    if not in_bands or UNKNOWN in parts[number][0]:
        return others
    near = [other for other in others if abs(other - number) == 1 and parts[other][0] != (UNKNOWN,)]
    return near or others


def check_divides(covariate: str, groups: Sequence[tuple[str, ...]], minimum: int, where: str) -> None:
    """Raises `DataError` if a covariate has one group only, which tells a GAN nothing."""
    if len(groups) < 2:
        raise DataError(
            f"{where}: {covariate} does not divide the training patients: expected two groups of at least {minimum} "
            f"patients (generate.minimum_patients); found {covariate}={'/'.join(groups[0]) if groups else '(none)'} "
            "only; take it out of gan.conditions"
        )
