"""Decimal strings of DICOM files (PS3.5 6.2, DS), also as programs write them that keep to their country's comma."""

import re
from pathlib import Path

import numpy as np
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from medgan_tf.errors import DataError

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
# "40,0" and "0,625" are decimals. "1,024" can be 1.024 or 1024, so it is none.
_DECIMAL_COMMA = re.compile(r"[+-]?(0*,\d+|\d*,(\d{0,2}|\d{4,})|\d{4,},\d+)([eE][+-]?\d+)?")
_GROUPS_AND_DOT, _GROUPS_AND_COMMA = (
    re.compile(r"[+-]?\d{1,3}(,\d{3})+\.\d*"),
    re.compile(r"[+-]?\d{1,3}(\.\d{3})+,\d*"),
)
_NOT_TEXT = ("FD", "FL", "US", "SS", "UL", "SL", "UV", "SV")
_LONGEST_SHOWN = 40


def decimals(dataset: Dataset, keyword: str, path: str | Path) -> list[float | None]:
    """The numbers of an element, None for each that is blank; no numbers if the element is missing.

    Commas are mended where only one reading is possible: "40,0", "0,625", "1.024,5" and "1,024.5".

    Raises:
        DataError: A value is no finite number, or can be read in two ways, like "1,024".
    """
    if keyword not in dataset:
        return []
    element = dataset.get_item(keyword)
    raw = isinstance(element, RawDataElement) and isinstance(element.value, bytes) and element.VR not in _NOT_TEXT
    value = element.value.decode("latin-1").split("\\") if raw else dataset[keyword].value
    values = list(value) if isinstance(value, (list, tuple, MultiValue)) else [value]
    return [_decimal(one, keyword, path) for one in values]


def single_decimal(dataset: Dataset, keyword: str, default: float, path: str | Path) -> float:
    """The number of an element of one value; `default` where it is missing or blank.

    Raises:
        DataError: As `decimals`, or there are several different numbers.
    """
    found = sorted({number for number in decimals(dataset, keyword, path) if number is not None})
    if len(found) > 1:
        raise DataError(f"{path}: its {keyword} has the values {found[0]:g} and {found[-1]:g}; one was expected")
    return found[0] if found else default


def _decimal(value: object, keyword: str, path: str | Path) -> float | None:
    text = "" if value is None else str(value).strip(" \0\t\r\n")
    if not text:
        return None
    dotted = text
    if _DECIMAL_COMMA.fullmatch(text):
        dotted = text.replace(",", ".")
    elif _GROUPS_AND_DOT.fullmatch(text):
        dotted = text.replace(",", "")
    elif _GROUPS_AND_COMMA.fullmatch(text):
        dotted = text.replace(".", "").replace(",", ".")
    if not _NUMBER.fullmatch(dotted) or not np.isfinite(float(dotted)):
        raise DataError(f"{path}: its {keyword} is {text[:_LONGEST_SHOWN]!r}; a number like 1024.5 was expected")
    return float(dotted)
