"""How a result was measured, in one line: two results can be compared only where these lines agree."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from medgan_tf.metrics.bootstrap import patient_numbers

NAME = "medgan-fid-v1"
_BY_PATIENT, _BY_IMAGE = "draws balanced by patient", "draws by image (patients not known)"
_EARLIER = "measured by an earlier version"


def balanced_rows(patients: np.ndarray, wanted: int, random: np.random.Generator) -> np.ndarray:
    """A random image of each of at most `wanted` random patients, so that each patient counts once.

    Args:
        patients: str [N]; an image with the empty name is a patient of its own.
        wanted: Largest number of images.
        random: Draws the patients and their images.

    Returns:
        int64 rows in rising order.
    """
    if not len(patients):
        return np.zeros(0, np.int64)
    units = patient_numbers(patients)
    chosen = random.permutation(int(units.max()) + 1)[:wanted]
    order = random.permutation(len(patients))
    _, first = np.unique(units[order], return_index=True)
    return np.sort(order[first][chosen])


def protocol_line(extractor: dict[str, Any], images: Sequence[int], by_patient: bool, seed: int) -> str:
    """The protocol of a result.

    Args:
        extractor: Description of the extractor.
        images: Numbers of real and synthetic images.
        by_patient: Whether the patients of the real images are known.
        seed: Seed of the draws.
    """
    counts = " + ".join(f"{count:,}" for count in images)
    draws = _BY_PATIENT if by_patient else _BY_IMAGE
    return (
        f"{NAME}: extractor {extractor['name']} {extractor['weights_sha256'][:12]}, resize {extractor['resize']}, "
        f"n {counts}, {draws}, seed {seed}"
    )


def comparison_key(result: dict[str, Any]) -> tuple[str, ...]:
    """What has to agree between two results: the protocol without its seed, the resolution and the real images."""
    line = result.get("protocol")
    if not isinstance(line, str):
        return (_EARLIER,)
    return line.rsplit(", seed ", 1)[0], str(result.get("resolution")), str(result["real"].get("sha256"))


def check_comparable(first: dict[str, Any], second: dict[str, Any]) -> None:
    """Raises `ValueError` that says why two results cannot be compared, if they cannot."""
    reason = difference(comparison_key(first), comparison_key(second))
    if reason:
        raise ValueError(f"these results cannot be compared: {reason}")


def difference(first: tuple[str, ...], second: tuple[str, ...]) -> str:
    """Why results with these keys cannot be compared; "" where they can."""
    if first == second and first != (_EARLIER,):
        return ""
    if (_EARLIER,) in (first, second):
        return f"one was {_EARLIER}, which did not state how"
    if first[0] != second[0]:
        return f"{first[0]}; against {second[0]}"
    if first[1] != second[1]:
        return f"resolutions {first[1]} and {second[1]}"
    return "they have other real images"
