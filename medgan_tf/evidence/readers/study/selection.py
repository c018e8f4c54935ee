"""Choice and order of the images that are shown: drawn with a seed, with equal label combinations on both sides."""

import collections
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from medgan_tf.errors import DataError
from medgan_tf.evidence.readers.study.pools import ImagePool


@dataclass(frozen=True)
class Selection:
    """Row numbers of the chosen images in their pools."""

    real: np.ndarray
    synthetic: np.ndarray


def select_images(
    real: ImagePool,
    synthetic: ImagePool,
    real_images: int,
    synthetic_images: int,
    random: np.random.Generator,
    one_per_patient: bool = True,
) -> Selection:
    """Draws a set stratified by label combination.

    Each combination has as many places as both pools can fill. Places are drawn by systematic sampling over the list
    of places sorted by combination, so each combination gets its share, rounded up or down, and every place has the
    same probability. Both sides fill the same places; the side with fewer images a systematic part of them.

    Args:
        real, synthetic: The pools.
        real_images, synthetic_images: Numbers to draw.
        random: Source of all draws.
        one_per_patient: Use at most one real image of each patient.

    Raises:
        DataError: The pools have other labels or sizes, or too few images of common combinations.
    """
    _check_alike(real, synthetic)
    candidates = (
        _by_combination(real, random, one_per_patient),
        _by_combination(synthetic, random, one_per_patient=False),
    )
    names = random.permutation(sorted(set(candidates[0]) & set(candidates[1]))).tolist()
    places = [name for name in names for _ in range(min(len(side[name]) for side in candidates))]
    wanted = max(real_images, synthetic_images)
    if len(places) < wanted:
        hint = ", or set reader_study.one_per_patient=false" if one_per_patient and any(real.patients) else ""
        raise DataError(
            f"the set needs {wanted} images of one kind, but real and synthetic images have only {len(places)} pairs "
            f"of the same label combination; lower reader_study.images or provide more images{hint}"
        )
    chosen = [places[index] for index in _systematic(len(places), wanted, random)]
    return Selection(
        *(
            _fill([chosen[index] for index in _systematic(wanted, count, random)], side)
            for count, side in zip((real_images, synthetic_images), candidates, strict=True)
        )
    )


def _check_alike(real: ImagePool, synthetic: ImagePool) -> None:
    if real.label_names != synthetic.label_names:
        described = [", ".join(pool.label_names or ("none",)) for pool in (real, synthetic)]
        raise DataError(f"real images have the labels {described[0]}; synthetic ones {described[1]}: expected the same")
    if real.images.shape[1:] != synthetic.images.shape[1:]:
        sizes = ["x".join(map(str, pool.images.shape[:0:-1])) for pool in (real, synthetic)]
        raise DataError(f"real images have {sizes[0]} pixels, synthetic ones {sizes[1]}: expected the same size")


def _by_combination(pool: ImagePool, random: np.random.Generator, one_per_patient: bool) -> dict[str, list[int]]:
    """Rows of each combination in random order, every image once."""
    rows, patients, origins = collections.defaultdict(list), set(), set()
    for row in random.permutation(len(pool)).tolist():
        patient, origin = pool.patients[row], pool.origins[row]
        # Over-sampled folds hold an image several times.
        if origin in origins or (one_per_patient and patient and patient in patients):
            continue
        patients.add(patient)
        origins.add(origin)
        rows[pool.combinations[row]].append(row)
    return dict(rows)


def _systematic(total: int, count: int, random: np.random.Generator) -> list[int]:
    """`count` of `total` positions at equal distances from a random start; each has the probability count / total."""
    start = random.random()
    return [min(int((start + step) * total / count), total - 1) for step in range(count)]


def _fill(combinations: Sequence[str], candidates: dict[str, list[int]]) -> np.ndarray:
    used = collections.Counter()
    rows = []
    for name in combinations:
        rows.append(candidates[name][used[name]])
        used[name] += 1
    return np.array(rows)


def draw_order(images: Sequence[str], repeats: dict[str, str], distance: int, random: np.random.Generator) -> list[str]:
    """A random order in which every repeat comes at least `distance` images after its first showing.

    Args:
        images: First showings.
        repeats: Second showing to first showing; at most len(images) - distance.
        distance: Smallest distance.
        random: Source of all draws.
    """
    order = random.permutation(list(images)).tolist()
    again = set(repeats.values())
    # First showings that come too late for a repeat change places with images that are not repeated.
    last = max(len(order) - distance, 0)
    late = [place for place in range(last, len(order)) if order[place] in again]
    free = random.permutation([place for place in range(last) if order[place] not in again]).tolist()
    for place, other in zip(late, free, strict=False):
        order[place], order[other] = order[other], order[place]
    for second in random.permutation(sorted(repeats)).tolist():
        earliest = order.index(repeats[second]) + distance
        order.insert(int(random.integers(earliest, len(order) + 1)), second)
    return order
