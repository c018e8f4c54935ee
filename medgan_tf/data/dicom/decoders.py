"""Which decoder reads which transfer syntax, and what is said where none does.

Decoders of one syntax can differ in the last bit of a lossy image, so what is installed beside them changes no pixel:
the order is fixed here.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset
from pydicom.pixels import get_decoder, pixel_array
from pydicom.uid import (
    UID,
    JPEG2000TransferSyntaxes,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSTransferSyntaxes,
    JPEGTransferSyntaxes,
)

from medgan_tf.data.dicom.damage import check_whole
from medgan_tf.data.dicom.gdcm_frames import GDCM, decode_with_gdcm
from medgan_tf.errors import DataError

EXTRA = "pip install 'medgan-tf[dicom]'"
"""What installs all decoders that are used here."""
_OURS = ("pillow", "pyjpegls", "pylibjpeg", "pydicom")
_WITH_GDCM = (JPEGExtended12Bit, JPEGLossless, JPEGLosslessSV1)

Reader = Callable[[Dataset, bytes, int, str | Path], np.ndarray]


def decompress(dataset: Dataset, coded: bytes, frame: int, path: str | Path) -> np.ndarray:
    """Stored values [H, W] or RGB [H, W, 3] of a compressed frame.

    Args:
        dataset: The file, with all elements that describe the pixels.
        coded: The bytes of the frame, after `check_frame`.
        frame: Its index in the file.
        path: The file, for messages.

    Raises:
        DataError: No decoder for it is installed, or the frame is damaged. One line that names the file.
    """
    syntax = dataset.file_meta.TransferSyntaxUID
    try:
        readers = _readers(syntax)
    except NotImplementedError as error:
        raise DataError(f"{path}: transfer syntax {syntax.name} is not supported") from error
    if not readers:
        remedy = f"; {EXTRA} brings one" if _is_in_extra(syntax) else ""
        raise DataError(f"{path}: no decoder is installed for transfer syntax {syntax.name}{remedy}")
    check_whole(coded, syntax, dataset.Rows * dataset.Columns, path)
    reasons: list[str] = []
    for read in readers:
        try:
            return read(dataset, coded, frame, path)
        except DataError:
            raise
        except Exception as error:
            reasons.append(one_line(error).rpartition("all available plugins: ")[2])
    remedy = f"; {EXTRA} brings others" if syntax in _WITH_GDCM and GDCM is None else ""
    raise DataError(f"{path}: {syntax.name} that the installed decoder cannot read ({reasons[-1]}){remedy}")


def one_line(error: Exception) -> str:
    """An error of a decoder or of pydicom, on one line of at most about 200 characters."""
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}".removesuffix(": ")


def _readers(syntax: UID) -> list[Reader]:
    """The installed decoders of a syntax, in the order in which they are tried."""
    available = get_decoder(syntax).available_plugins
    readers = [_plugin(name) for name in _OURS if name in available]
    if syntax in _WITH_GDCM and GDCM is not None:
        readers.append(decode_with_gdcm)
    if readers:
        return readers
    # pydicom's plugin for GDCM passes over damage.
    return [_plugin(name) for name in available if name != "gdcm"]


def _plugin(name: str) -> Reader:
    return lambda dataset, coded, frame, path: pixel_array(dataset, index=frame, decoding_plugin=name)


def _is_in_extra(syntax: UID) -> bool:
    return (
        syntax in (*JPEG2000TransferSyntaxes, *JPEGTransferSyntaxes, *JPEGLSTransferSyntaxes) or "2000" in syntax.name
    )
