"""Result files without what identifies: rows about single patients or images, pseudonyms, and folders of a machine."""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from medgan_tf.reporting.provenance import without_places

LEFT_OUT = "left_out_of_release"
"""Key of a released result file: the places from which something was left out, and how much."""
MASK = "(left out)"
_IDENTIFYING = frozenset(("image_id", "image_ids", "patient", "patient_id", "path"))
_SETTINGS = "settings"
# Two folders or more, from the root or a drive; no address of the web, and no fraction.
_ABSOLUTE = re.compile(r"(?<![\w:/.<])(?:/|[A-Za-z]:[\\/])(?:[\w.~+@-]+[\\/])+[\w.~+@-]*")

Masked = Callable[[str], str]
"""Function from a text to the same text with `MASK` in place of everything that identifies."""


def scrubbed(values: Mapping[str, Any], masked: Masked) -> dict[str, Any]:
    """The content of a result file without what identifies.

    Rows of lists that name an image or a patient are left out whole. A value that does is left out with its key. In a
    text that does, such as a sentence, `(left out)` stands in its place.

    Args:
        values: The content.
        masked: Masks identifiers in a text.

    Returns:
        The content; with `left_out_of_release` where something was left out.
    """
    left_out: Counter[str] = Counter()
    kept = _object(values, "", _Scrubber(masked, left_out))
    if left_out:
        kept[LEFT_OUT] = [f"{where}: {count}" for where, count in sorted(left_out.items())]
    return kept


class _Scrubber:
    def __init__(self, masked: Masked, left_out: Counter[str]):
        self._masked, self.left_out = masked, left_out

    def text(self, text: str) -> str:
        return self._masked(_ABSOLUTE.sub(MASK, text))


def _object(values: Mapping[str, Any], where: str, scrubber: _Scrubber) -> dict[str, Any]:
    kept = {}
    for key, value in values.items():
        place = f"{where}/{key}"
        if key in _IDENTIFYING or scrubber.text(key) != key:
            # The key itself may be an identifier.
            scrubber.left_out[f"{where}/{key}" if key in _IDENTIFYING else f"{where}/*"] += 1
            continue
        if key == _SETTINGS:
            value = without_places(value)
        value = _value(value, place, scrubber)
        if value == MASK:
            scrubber.left_out[place] += 1
        else:
            kept[key] = value
    return kept


def _value(value: Any, where: str, scrubber: _Scrubber) -> Any:
    if isinstance(value, str):
        return scrubber.text(value)
    if isinstance(value, Mapping):
        return _object(value, where, scrubber)
    if isinstance(value, list):
        return _list(value, where, scrubber)
    return value


def _list(values: list[Any], where: str, scrubber: _Scrubber) -> list[Any]:
    kept = []
    for value in values:
        if isinstance(value, Mapping) and _names_somebody(value, scrubber):
            scrubber.left_out[where] += 1
            continue
        value = _value(value, where, scrubber)
        if value == MASK:
            scrubber.left_out[where] += 1
        else:
            kept.append(value)
    return kept


def _names_somebody(row: Mapping[str, Any], scrubber: _Scrubber) -> bool:
    """Whether a row of a list is about a single image or patient."""
    return not _IDENTIFYING.isdisjoint(row) or any(
        isinstance(value, str) and value != MASK and scrubber.text(value) == MASK for value in row.values()
    )
