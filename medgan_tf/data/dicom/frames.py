"""What a compressed frame of a DICOM file claims, compared with the file's header before a decoder sees it."""

from pathlib import Path

from pydicom.uid import UID, JPEG2000TransferSyntaxes, JPEGTransferSyntaxes, RLELossless

from medgan_tf.data.image_files.jpeg import JPEG_START, check_jpeg
from medgan_tf.data.image_files.limits import check_size
from medgan_tf.errors import DataError

_BOX_START, _CODESTREAM = b"\x00\x00\x00\x0cjP  ", b"\xff\x4f\xff\x51"
_MOST_COMPONENTS = 4


def check_frame(frame: bytes, syntax: UID, rows: int, columns: int, sample_bytes: int, path: str | Path) -> None:
    """Refuses a frame of another size than its header says, or one that is made to take memory or time.

    Args:
        frame: Its compressed bytes.
        syntax: The transfer syntax.
        rows, columns: Size that the header says.
        sample_bytes: Bytes of a pixel, all samples together.
        path: The file, for messages.

    Raises:
        DataError: One line that names the file.
    """
    if syntax == RLELossless:
        # At worst a run costs two bytes instead of one (PS3.5 G.3.1).
        if len(frame) > 64 + 2 * (rows * columns + 64) * sample_bytes:
            raise DataError(f"{path}: has {len(frame):,} bytes for a run-length frame of {rows} x {columns} pixels")
        return
    if syntax in JPEG2000TransferSyntaxes or "JPEG 2000" in syntax.name:
        size = _size_of_jpeg2000(frame, path)
    elif syntax in JPEGTransferSyntaxes or "JPEG-LS" in syntax.name:
        if not frame.startswith(JPEG_START):
            raise DataError(f"{path}: cannot be decoded, its frame is no JPEG")
        header = check_jpeg(frame, path)
        size = header.height, header.width
    else:
        return
    if size != (rows, columns):
        raise DataError(f"{path}: its frame has {size[0]} x {size[1]} pixels, its header says {rows} x {columns}")


def _size_of_jpeg2000(frame: bytes, path: str | Path) -> tuple[int, int]:
    """Height and width of the image area, ISO 15444-1 A.5.1."""
    start = _codestream(frame, path)
    if frame[start : start + 4] != _CODESTREAM or len(frame) < start + 42:
        raise DataError(f"{path}: cannot be decoded, its JPEG 2000 header is damaged")
    right, bottom, left, top, tile_width, tile_height = (
        int.from_bytes(frame[start + place : start + place + 4]) for place in range(8, 32, 4)
    )
    components = int.from_bytes(frame[start + 40 : start + 42])
    if components > _MOST_COMPONENTS or not tile_width or not tile_height:
        raise DataError(f"{path}: its JPEG 2000 frame has {components} components; is the file damaged?")
    check_size(path, bottom - top, right - left, components)
    return bottom - top, right - left


def _codestream(frame: bytes, path: str | Path) -> int:
    """Where the codestream starts. Refuses boxes that lead nowhere: pydicom 3.0 follows one of length 0 for ever."""
    offset = 12 if frame.startswith(_BOX_START) else 0
    while offset and offset < len(frame):
        length, kind = int.from_bytes(frame[offset : offset + 4]), frame[offset + 4 : offset + 8]
        if kind == b"jp2c":
            return offset + 8
        if length < 8:
            raise DataError(f"{path}: cannot be decoded, its JPEG 2000 header is damaged")
        offset += length
    return offset
