"""The elements that describe the pixels (PS3.3 C.7.6.3), completed where one is missing and can have one value only."""

import re
from pathlib import Path

from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from medgan_tf.errors import DataError

COLOUR = ("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_PARTIAL_420", "YBR_ICT", "YBR_RCT")
MONOCHROME = ("MONOCHROME1", "MONOCHROME2")
PALETTE = "PALETTE COLOR"
NO_PIXELS = "has no pixels; if it should, it is truncated"
_SPELLINGS = {re.sub(r"[\s_-]", "", name): name for name in (*COLOUR, *MONOCHROME, PALETTE)}
_LONGEST_SHOWN = 40


def mend_elements(dataset: Dataset, path: str | Path) -> None:
    """Completes the description of the pixels, in place.

    Photometric interpretation: MONOCHROME2 for one sample a pixel without a palette; other spellings ("monochrome2",
    "YBR FULL") become those of the standard. Samples a pixel: from the photometric interpretation. Bits allocated: from
    the number of bytes. Bits stored: high bit + 1, else bits allocated. High bit: bits stored - 1. Pixel
    representation: 0, unsigned. Planar configuration: 0.

    Raises:
        DataError: The file has no size, something that is missing can have two values, or a value is no whole number.
    """
    _mend_photometric(dataset, path)
    name = dataset.PhotometricInterpretation
    samples = whole_number(dataset, "SamplesPerPixel", path) or (3 if name in COLOUR else 1)
    _set(dataset, "SamplesPerPixel", samples)
    if samples > 1 and whole_number(dataset, "PlanarConfiguration", path) is None:
        _set(dataset, "PlanarConfiguration", 0)
    for keyword in ("Rows", "Columns"):
        size = whole_number(dataset, keyword, path) or 0
        if size < 1:
            raise DataError(f"{path}: {NO_PIXELS}")
        _set(dataset, keyword, size)
    frames = whole_number(dataset, "NumberOfFrames", path)
    dataset.add_new("NumberOfFrames", "IS", frames or 1)
    if "PixelData" in dataset:
        _mend_bits(dataset, path)


def whole_number(dataset: Dataset, keyword: str, path: str | Path) -> int | None:
    """The value of an element of one whole number; None where it is missing or blank."""
    value = dataset.get(keyword)
    values = list(value) if isinstance(value, (list, tuple, MultiValue)) else [value]
    if values and all(one == values[0] for one in values):
        value = values[0]
        if value is None or (isinstance(value, str) and not value.strip()):
            return None
        try:
            if float(value) == int(value):
                return int(value)
        except (TypeError, ValueError, OverflowError):
            pass
    elif not values:
        return None
    raise DataError(f"{path}: its {keyword} is {str(value)[:_LONGEST_SHOWN]!r}; one whole number was expected")


def _mend_photometric(dataset: Dataset, path: str | Path) -> None:
    said = str(dataset.get("PhotometricInterpretation") or "").strip(" \0")
    name = _SPELLINGS.get(re.sub(r"[\s_-]", "", said.upper()), said)
    if not name:
        samples = whole_number(dataset, "SamplesPerPixel", path)
        if samples not in (None, 1) or "RedPaletteColorLookupTableDescriptor" in dataset:
            raise DataError(f"{path}: does not say its photometric interpretation, and it is not a plain grey image")
        name = "MONOCHROME2"
    dataset.add_new("PhotometricInterpretation", "CS", name)


def _mend_bits(dataset: Dataset, path: str | Path) -> None:
    given = ("BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation")
    allocated, stored, high, signed = (whole_number(dataset, keyword, path) for keyword in given)
    allocated = allocated or _allocated(dataset, stored, path)
    if not stored:
        stored = high + 1 if high is not None and 0 < high < allocated else allocated
    signed = signed or 0
    if not 1 <= stored <= allocated or signed not in (0, 1):
        raise DataError(
            f"{path}: expected at most as many bits stored as allocated, and pixel representation 0 or 1. "
            f"Received: {stored} of {allocated} bits, pixel representation {signed}"
        )
    # A high bit below the bits stored, or above those allocated, cannot be: then the bits stored count.
    high = high if high is not None and stored <= high < allocated else stored - 1
    for keyword, value in zip(given, (allocated, stored, high, signed), strict=True):
        _set(dataset, keyword, value)


def _allocated(dataset: Dataset, stored: int | None, path: str | Path) -> int:
    if dataset.file_meta.TransferSyntaxUID.is_encapsulated:
        bits = {1: 8, 2: 16}.get(-(-(stored or 0) // 8))
    else:
        pixels = dataset.Rows * dataset.Columns * dataset.SamplesPerPixel * dataset.NumberOfFrames
        length = len(dataset.PixelData or b"")
        bits = next((8 * size for size in (1, 2, 4) if length in (size * pixels, size * pixels + 1)), None)
    if bits is None:
        raise DataError(f"{path}: does not say how many bits a pixel takes (BitsAllocated)")
    return bits


def _set(dataset: Dataset, keyword: str, value: int) -> None:
    # Replaced, not only given another value: it may have been written with the VR of a text.
    dataset.add_new(keyword, "US", value)
