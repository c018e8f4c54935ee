"""Result files without what identifies: rows about single patients or images, pseudonyms, names of readers, folders."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from medgan_tf.reporting.provenance import without_places

LEFT_OUT = "left_out_of_release"
"""Key of a released result file: the places from which something was left out, and how much."""
MASK = "(left out)"
_IDENTIFYING = frozenset(("image_id", "image_ids", "patient", "patient_id", "path", "file"))
_SETTINGS, _READER = "settings", "reader"
# Two folders or more, from the root or a drive; no address of the web, and no fraction.
_ABSOLUTE = re.compile(r"(?<![\w:/.<])(?:/|[A-Za-z]:[\\/])(?:[\w.~+@-]+[\\/])+[\w.~+@-]*")

Masked = Callable[[str], str]
"""Function from a text to the same text with `MASK` in place of everything that identifies."""


def scrubbed(values: Mapping[str, Any], masked: Masked) -> dict[str, Any]:
    """The content of a result file without what identifies.

    Rows of lists that name an image, a patient or a file are left out whole. A value that does is left out with its
    key. In a text that does, such as a sentence, `(left out)` stands in its place. Readers of a study are numbered.

    Args:
        values: The content.
        masked: Masks identifiers in a text.

    Returns:
        The content; with `left_out_of_release` where something was left out.
    """
    scrubber = _Scrubber(masked, values)
    kept = scrubber.object(values, "")
    if scrubber.left_out:
        kept[LEFT_OUT] = [f"{where}: {count}" for where, count in sorted(scrubber.left_out.items())]
    return kept


class _Scrubber:
    """Goes through the content of one file, and counts what it leaves out by place."""

    def __init__(self, masked: Masked, values: Mapping[str, Any]):
        self.left_out: Counter[str] = Counter()
        self._masked = masked
        names = dict.fromkeys(_readers(values))
        self._readers = {name: f"reader {number}" for number, name in enumerate(names, start=1)}
        found = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
        self._names = re.compile(rf"(?<!\w)(?:{found})(?!\w)") if found else None

    def object(self, values: Mapping[str, Any], where: str) -> dict[str, Any]:
        kept = {}
        for key, value in values.items():
            if key in _IDENTIFYING:
                self.left_out[f"{where}/{key}"] += 1
                continue
            name = self._text(key)
            if MASK in name:
                # The key itself is an identifier.
                self.left_out[f"{where}/*"] += 1
                continue
            value = self._value(without_places(value) if key == _SETTINGS else value, f"{where}/{name}")
            if value == MASK:
                self.left_out[f"{where}/{name}"] += 1
            else:
                kept[name] = value
        return kept

    def _value(self, value: Any, where: str) -> Any:
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, Mapping):
            return self.object(value, where)
        return self._list(value, where) if isinstance(value, list) else value

    def _list(self, values: list[Any], where: str) -> list[Any]:
        kept = []
        for value in values:
            value = MASK if isinstance(value, Mapping) and self._names_somebody(value) else self._value(value, where)
            if value == MASK:
                self.left_out[where] += 1
            else:
                kept.append(value)
        return kept

    def _names_somebody(self, row: Mapping[str, Any]) -> bool:
        """Whether a row of a list is about a single image, patient or file."""
        texts = (value for value in row.values() if isinstance(value, str) and value != MASK)
        return not _IDENTIFYING.isdisjoint(row) or any(self._text(text) == MASK for text in texts)

    def _text(self, text: str) -> str:
        if self._names:
            text = self._names.sub(lambda name: self._readers[name[0]], text)
        return self._masked(without_folders(text))


def without_folders(text: str) -> str:
    """A text with `(left out)` in place of each path from the root of a machine."""
    return _ABSOLUTE.sub(MASK, text)


def _readers(value: Any) -> Iterator[str]:
    """Names of the readers of a study, in the order in which they come."""
    if isinstance(value, Mapping):
        if isinstance(value.get(_READER), str) and value[_READER]:
            yield value[_READER]
        for item in value.values():
            yield from _readers(item)
    elif isinstance(value, list):
        for item in value:
            yield from _readers(item)
