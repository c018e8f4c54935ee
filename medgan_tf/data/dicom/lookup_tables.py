"""Lookup tables of DICOM files (PS3.3 C.11.1.1.1 and C.11.2.1.1), in all the ways in which they are written."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset

from medgan_tf.errors import DataError

_MOST_ENTRIES = 2**16
_FEWEST_BITS, _MOST_BITS = 8, 16


@dataclass(frozen=True)
class LookupTable:
    """What stands for each value from `first` on.

    Attributes:
        first: The value that the first entry stands for.
        entries: The entries, uint16 [N], N from 1 to 65,536.
        bits: Bits of an entry as the file says.
    """

    first: int
    entries: np.ndarray
    bits: int

    def look_up(self, values: np.ndarray) -> np.ndarray:
        """Entries for whole numbers, uint16 of the same shape; values beyond an end get the entry at that end."""
        return self.entries[self._places(values)]

    def grey(self, values: np.ndarray) -> np.ndarray:
        """As `look_up`, from black (0) to white, as uint8 in 0..255.

        White is the largest number of the bits that the file says. Some units say 16 bits and use 12, others say 8 and
        write more. So where the largest entry needs fewer or more bits, it is white itself.
        """
        largest = int(self.entries.max())
        white = 2**self.bits - 1
        if not _FEWEST_BITS <= self.bits <= _MOST_BITS or not white < 2 * largest <= 2 * white:
            white = max(largest, 1)
        return np.rint(self.entries * (255.0 / white)).astype(np.uint8)[self._places(values)]

    def _places(self, values: np.ndarray) -> np.ndarray:
        values = np.asarray(values)
        # In floating point, because the difference of two values can leave the type of the pixels.
        places = np.rint(np.nan_to_num(values.astype(np.float64))) - self.first
        return np.clip(places, 0, len(self.entries) - 1).astype(np.intp)


def lookup_table(
    item: Dataset, name: str, lowest: float, highest: float, little_endian: bool, path: str | Path
) -> LookupTable:
    """The table in the item of a Modality LUT Sequence or a VOI LUT Sequence.

    Args:
        item: With LUT Descriptor and LUT Data, of whatever VR.
        name: What the table is called in messages.
        lowest, highest: The range of the values that are looked up. It says whether the first value is signed, which
            the VR of the descriptor, US or SS, often does wrongly.
        little_endian: Order of the bytes in the file.
        path: The file, for messages.

    Raises:
        DataError: The table is missing, or has fewer entries than its descriptor says.
    """
    descriptor, _, signed = _words(item, "LUTDescriptor", little_endian)
    words, data, _ = _words(item, "LUTData", little_endian)
    if len(descriptor) < 3:
        raise DataError(f"{path}: its {name} has no descriptor of three numbers")
    count, first, bits = (int(word) for word in descriptor[:3])
    count = count or _MOST_ENTRIES
    if len(words) >= count:
        entries = words[:count]
    # Entries of 8 bits may be bytes, two in a word, with a byte more where their number is odd.
    elif len(data) in (count, count + 1):
        entries = np.frombuffer(data, np.uint8)[:count].astype(np.uint16)
    else:
        raise DataError(f"{path}: its {name} has {len(words):,} entries, its descriptor says {count:,}")
    return LookupTable(_first(first, signed, lowest, highest), entries, bits)


def _first(word: int, signed: bool, lowest: float, highest: float) -> int:
    """The first value: of both readings of its 16 bits the one that can occur, else the one of its VR."""
    readings = {word, word - 2**16 if word >= 2**15 else word}
    possible = [reading for reading in readings if lowest <= reading <= highest]
    if len(possible) == 1:
        return possible[0]
    return min(readings) if signed or lowest < 0 else max(readings)


def _words(item: Dataset, keyword: str, little_endian: bool) -> tuple[np.ndarray, bytes, bool]:
    """An element as 16-bit words, as the bytes of these words from low to high, and whether its VR is signed."""
    if keyword not in item:
        return np.zeros(0, np.uint16), b"", False
    element = item.get_item(keyword)
    # Taken as it is stored, because pydicom cannot tell its VR without the elements around it. Only bytes (OB) have
    # the same order in all files.
    value = element.value
    order = element.is_little_endian if isinstance(element, RawDataElement) else little_endian
    if isinstance(value, bytes):
        kind = "<u2" if order or element.VR == "OB" else ">u2"
        words = np.frombuffer(value[: len(value) // 2 * 2], kind).astype("<u2")
        last = value[len(words) * 2 :]
    else:
        numbers = [] if value is None else [value] if isinstance(value, int) else list(value)
        words, last = np.array([int(number) & 0xFFFF for number in numbers], "<u2"), b""
    return words, words.tobytes() + last, element.VR == "SS"
