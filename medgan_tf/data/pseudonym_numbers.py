"""Pseudonyms as numbers: 8 bytes in place of the 56 that NumPy takes for 14 letters."""

import numpy as np

_DIGITS = 14
NONE = np.uint64(2**64 - 1)
"""The number of "", which stands for nobody. No pseudonym is so large: they have 7 bytes."""
_AT_ONCE = 2**16


def pseudonym_numbers(texts: np.ndarray) -> np.ndarray:
    """uint64 [N] of pseudonyms, str [N]. They are in the same order as the texts, and NONE stands for "".

    Raises:
        ValueError: A text is neither empty nor 14 hexadecimal digits in lower case.
    """
    numbers = np.empty(len(texts), np.uint64)
    for start in range(0, len(texts), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        numbers[part] = _numbers(np.asarray(texts[part]).astype(f"S{_DIGITS + 1}"))
    return numbers


def as_number(text: str) -> int:
    """The number of one pseudonym."""
    return int(text, 16)


def as_pseudonym(number: int | np.uint64) -> str:
    """The pseudonym of a number."""
    return f"{int(number):0{_DIGITS}x}"


def _numbers(texts: np.ndarray) -> np.ndarray:
    letters = np.ascontiguousarray(texts).view(np.uint8).reshape(len(texts), _DIGITS + 1)
    empty = letters[:, 0] == 0
    digits = np.where(letters >= ord("a"), letters - (ord("a") - 10), letters - ord("0"))[:, :_DIGITS]
    right = ((letters >= ord("0")) & (letters <= ord("9"))) | ((letters >= ord("a")) & (letters <= ord("f")))
    if not (empty | (right[:, :_DIGITS].all(axis=1) & (letters[:, _DIGITS] == 0))).all():
        raise ValueError(f"expected pseudonyms of {_DIGITS} hexadecimal digits")
    numbers = np.zeros(len(texts), np.uint64)
    for column in digits.T:
        numbers = (numbers << np.uint64(4)) | column.astype(np.uint64)
    return np.where(empty, NONE, numbers)
