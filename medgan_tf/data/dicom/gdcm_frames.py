"""Frames of JPEG Lossless and of JPEG with 12 bits, decoded by GDCM (python-gdcm, of the extra `dicom`)."""

import re
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset
from pydicom.pixels import convert_color_space
from pydicom.uid import UID

from medgan_tf.data.image_files.decoder_messages import listen
from medgan_tf.data.image_files.jpeg import check_jpeg
from medgan_tf.data.image_files.jpeg_damage import without_remarks
from medgan_tf.errors import DataError

try:
    import gdcm as GDCM
except ImportError:
    GDCM = None

# What libjpeg says when the coded data are damaged; other remarks concern headers, and the image is right.
_DAMAGE = re.compile(r"Corrupt JPEG data.*|Premature end of JPEG file.*")
_EXTRANEOUS = re.compile(r"(\d+) extraneous bytes before marker 0xd9")
_MOST_EXTRANEOUS = 8
_PIXELS = 0x7FE0, 0x0010
# Bits that each coding can have: baseline, extended and progressive, and lossless (T.81 table B.2).
_DEPTHS = {0xC0: (8,), 0xC1: (8, 12), 0xC2: (8, 12), 0xC3: range(2, 17)}


def decode_with_gdcm(dataset: Dataset, coded: bytes, frame: int, path: str | Path) -> np.ndarray:
    """Stored values [H, W] or RGB [H, W, 3]. The arguments are those of `decompress`.

    pydicom has a plugin for GDCM too. It refuses 12 bits, and keeps an image although libjpeg warned of damage.

    Raises:
        DataError: The frame is damaged.
        ValueError: It is not what the header says.
    """
    header = check_jpeg(coded, path)
    rows, columns, samples = dataset.Rows, dataset.Columns, dataset.SamplesPerPixel
    if header.components != samples or samples not in (1, 3):
        raise ValueError(f"{header.components} components instead of {samples}")
    if header.bits not in _DEPTHS.get(header.coding, ()):
        raise ValueError(f"coding {header.coding:X} with {header.bits} bits")
    kind = np.dtype(np.uint8 if header.bits <= 8 else np.uint16)
    # GDCM ends the process when libjpeg warns of anything in the header. In the data, a harmless warning, say of a
    # scan that names no coefficients, would hide those of damage: only the first is printed.
    plain, syntax = without_remarks(coded, path, header), dataset.file_meta.TransferSyntaxUID
    decoded, said = listen(lambda: _decode(plain, syntax, rows, columns, samples, 8 * kind.itemsize), every_line=True)
    for remark in filter(_DAMAGE.match, said):
        # Some writers leave a few bytes before the end marker.
        extraneous = _EXTRANEOUS.search(remark)
        if not extraneous or int(extraneous[1]) > _MOST_EXTRANEOUS:
            raise DataError(f"{path}: its frame is damaged ({remark.strip()[:100]}); get this file again")
    if decoded is None:
        raise ValueError("GDCM cannot decode it")
    size = rows * columns * samples * kind.itemsize
    if len(decoded) not in (size, size + size % 2):
        raise ValueError(f"GDCM decoded {len(decoded)} bytes instead of {size}")
    pixels = np.frombuffer(decoded, kind, rows * columns * samples)
    if samples > 1:
        colours = pixels.reshape(rows, columns, samples)
        return _rgb(colours, dataset.PhotometricInterpretation)
    bits = min(header.bits, int(dataset.BitsStored))
    return _extended(pixels.reshape(rows, columns), bits, dataset.PixelRepresentation)


def _decode(coded: bytes, syntax: UID, rows: int, columns: int, samples: int, bits: int) -> bytes | None:
    fragment = GDCM.Fragment()
    fragment.SetByteStringValue(coded)
    fragments = GDCM.SequenceOfFragments.New()
    fragments.AddFragment(fragment)
    pixels = GDCM.DataElement(GDCM.Tag(*_PIXELS))
    pixels.SetValue(fragments.__ref__())
    image = GDCM.Image()
    image.SetNumberOfDimensions(2)
    image.SetDimensions((columns, rows, 1))
    image.SetDataElement(pixels)
    # As RGB, the samples are left as they are.
    names = GDCM.PhotometricInterpretation
    image.SetPhotometricInterpretation(names(names.RGB if samples > 1 else names.MONOCHROME2))
    image.SetPlanarConfiguration(0)
    image.SetTransferSyntax(GDCM.TransferSyntax(GDCM.TransferSyntax.GetTSType(str.__str__(syntax))))
    # All bits as stored: GDCM ends the process where it should clear the rest of 8.
    image.SetPixelFormat(GDCM.PixelFormat(samples, bits, bits, bits - 1, 0))
    # Bytes as a text, or None where decoding failed.
    decoded = image.GetBuffer()
    return None if decoded is None else decoded.encode("utf-8", "surrogateescape")


def _extended(pixels: np.ndarray, bits: int, signed: int) -> np.ndarray:
    """Pixels of `bits` bits without what is above them, as signed numbers if they are signed."""
    shift = 8 * pixels.dtype.itemsize - bits
    moved = pixels << shift
    return (moved.view(f"i{pixels.dtype.itemsize}") if signed else moved) >> shift


def _rgb(colours: np.ndarray, photometric: str) -> np.ndarray:
    if photometric in ("YBR_FULL", "YBR_FULL_422"):
        return convert_color_space(colours, "YBR_FULL", "RGB")
    if photometric != "RGB":
        raise ValueError(f"colours as {photometric}")
    return colours
