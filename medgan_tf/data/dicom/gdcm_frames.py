"""Frames of JPEG Lossless and of JPEG with 12 bits, decoded by GDCM (python-gdcm, of the extra `dicom`)."""

from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset
from pydicom.pixels import convert_color_space
from pydicom.uid import UID

from medgan_tf.data.dicom.damage import stderr_of
from medgan_tf.data.image_files.jpeg import check_jpeg
from medgan_tf.errors import DataError

try:
    import gdcm as GDCM
except ImportError:
    GDCM = None

# What libjpeg says when the coded data are damaged; other remarks concern headers, and the image is right.
_DAMAGE = ("Corrupt JPEG data", "Premature end of JPEG file")
_PIXELS = 0x7FE0, 0x0010
_SEQUENTIAL = (b"\xff\xc0", b"\xff\xc1")


def decode_with_gdcm(dataset: Dataset, coded: bytes, frame: int, path: str | Path) -> np.ndarray:
    """Stored values [H, W] or RGB [H, W, 3].

    pydicom has a plugin for GDCM too. It refuses 12 bits, and keeps an image although libjpeg warned of damage.

    Raises:
        DataError: The frame is damaged.
        ValueError: It is not what the header says.
    """
    precision = check_jpeg(coded, path).bits
    kind = np.dtype(np.uint8 if precision <= 8 else np.uint16)
    rows, columns, samples = dataset.Rows, dataset.Columns, dataset.SamplesPerPixel
    said: list[str] = []
    with stderr_of(said):
        decoded = _decode(
            _with_plain_scan(coded), dataset.file_meta.TransferSyntaxUID, rows, columns, samples, precision
        )
    if any(word in said[0] for word in _DAMAGE):
        reason = next(line for line in said[0].splitlines() if any(word in line for word in _DAMAGE))
        raise DataError(f"{path}: its frame is damaged ({reason.strip()[:100]}); get this file again")
    size = rows * columns * samples * kind.itemsize
    if len(decoded) not in (size, size + size % 2):
        raise ValueError(f"GDCM decoded {len(decoded)} bytes instead of {size}")
    pixels = np.frombuffer(decoded, kind, rows * columns * samples)
    if samples > 1:
        colours = pixels.reshape(rows, columns, samples)
        return _rgb(colours, dataset.PhotometricInterpretation)
    return _extended(
        pixels.reshape(rows, columns), min(precision, int(dataset.BitsStored)), dataset.PixelRepresentation
    )


def _decode(coded: bytes, syntax: UID, rows: int, columns: int, samples: int, precision: int) -> bytes:
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
    image.SetPixelFormat(GDCM.PixelFormat(samples, 8 if precision <= 8 else 16, precision, precision - 1, 0))
    decoded = image.GetBuffer()
    if decoded is None:
        raise ValueError("GDCM cannot decode it")
    # GDCM gives bytes as a text.
    return decoded.encode("utf-8", "surrogateescape")


def _with_plain_scan(coded: bytes) -> bytes:
    """A frame of one scan whose header says so. Some writers leave zeros there; libjpeg warns of that, and since it
    prints its first warning only, says nothing of damage (T.81 B.2.3: Ss 0, Se 63, Ah and Al 0)."""
    start = coded.find(b"\xff\xda")
    if start < 0 or not any(marker in coded[:start] for marker in _SEQUENTIAL):
        return coded
    last = start + 2 + int.from_bytes(coded[start + 2 : start + 4])
    return coded[: last - 3] + b"\x00\x3f\x00" + coded[last:]


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
