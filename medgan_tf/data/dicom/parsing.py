"""DICOM files to data sets of those elements that are wanted, with bounds on what a file can make pydicom do."""

import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import pydicom
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from medgan_tf.errors import DataError
from medgan_tf.files.regular_files import open_regular

IMAGE_ELEMENTS = (
    *("Modality", "Rows", "Columns", "NumberOfFrames", "SamplesPerPixel", "PhotometricInterpretation"),
    *("PlanarConfiguration", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "PixelAspectRatio"),
    *("SmallestImagePixelValue", "LargestImagePixelValue", "PixelPaddingValue", "PixelPaddingRangeLimit"),
    *("RescaleIntercept", "RescaleSlope", "ModalityLUTSequence", "WindowCenter", "WindowWidth", "VOILUTFunction"),
    *("VOILUTSequence", "PresentationLUTShape", "PresentationLUTSequence", "PixelPresentation"),
    *(
        f"{start}{colour}PaletteColorLookupTable{end}"
        for colour in ("Red", "Green", "Blue", "Alpha")
        for start, end in (("", "Descriptor"), ("", "Data"), ("Segmented", "Data"))
        if (start, colour, end) != ("", "Alpha", "Descriptor")
    ),
    *("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"),
    *("ExtendedOffsetTable", "ExtendedOffsetTableLengths", "PixelData", "FloatPixelData", "DoubleFloatPixelData"),
)
"""All that an image is made from. The rest of a file, private elements of any size among it, is not kept."""

LARGEST_FILE = 2**30
"""Largest DICOM file, with all its frames, bytes."""
_LARGEST_HEADER = 2**22
"""Of a single element beside the pixels, bytes. The groups of a file with 1,000 frames have about 2 MB."""
_PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
_MOST_READS = 2**20
_MOST_INFLATED = 2**27
_PIECE = 2**20


def parse_dicom(path: str | Path, keywords: Sequence[str], pixels: bool = True) -> Dataset:
    """The named elements of a DICOM file.

    Args:
        path: The file.
        keywords: The elements that are kept.
        pixels: Also read what comes after the header. Without, a file that lacks the format's mark is refused.

    Raises:
        DataError: It is no regular file, too large, or made to take more memory or time than an image does.
        Exception: Whatever pydicom raises for damaged files.
    """
    with open_regular(path, LARGEST_FILE) as file:
        start = file.read(132)
        file.seek(0)
        # Files from before the DICOM file format start with group 2 or 8, without preamble.
        old = start[128:] != b"DICM" and start[:2] in (b"\x02\x00", b"\x08\x00", b"\x00\x02", b"\x00\x08")
        bounded = _BoundedFile(file, path)
        dataset = pydicom.dcmread(
            bounded, force=old and pixels, stop_before_pixels=not pixels, specific_tags=list(keywords)
        )
    for element in dataset.values():
        size = len(element.value) if isinstance(element.value, bytes) else 0
        if size > _LARGEST_HEADER and pydicom.datadict.keyword_for_tag(element.tag) not in _PIXELS:
            raise DataError(f"{path}: element {element.tag} has {size:,} bytes, more than {_LARGEST_HEADER:,}")
    if dataset.file_meta.get("TransferSyntaxUID") is None:
        implicit, little_endian = dataset.original_encoding
        explicit = ExplicitVRLittleEndian if little_endian else ExplicitVRBigEndian
        dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian if implicit else explicit
    return dataset


class _BoundedFile:
    """A file as pydicom reads it: element by element, or all that is left when it is deflated."""

    def __init__(self, file: BinaryIO, path: str | Path):
        self._file = file
        self._path = path
        self._reads = 0
        self.name = str(path)
        self.seek, self.tell, self.close = file.seek, file.tell, file.close

    def read(self, size: int = -1) -> bytes:
        if size < 0:
            return self._deflated()
        self._reads += 1
        if self._reads > _MOST_READS:
            raise DataError(f"{self._path}: has more elements than an image; is the file damaged?")
        return self._file.read(min(size, LARGEST_FILE))

    def _deflated(self) -> bytes:
        """The rest of the file, after counting what it inflates to."""
        content = self._file.read()
        inflater, rest, total = zlib.decompressobj(-zlib.MAX_WBITS), content, 0
        while rest and not inflater.eof:
            total += len(inflater.decompress(rest, _PIECE))
            rest = inflater.unconsumed_tail
            if total > _MOST_INFLATED:
                raise DataError(f"{self._path}: inflates to more than {_MOST_INFLATED:,} bytes; is the file damaged?")
        return content
