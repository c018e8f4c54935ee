"""Damage to compressed frames that decoders pass over: they fill what is missing, or decode it to noise."""

import re
from pathlib import Path

from pydicom.uid import UID, JPEG2000TransferSyntaxes, JPEGTransferSyntaxes, RLELossless

from medgan_tf.data.image_files.jpeg_damage import check_jpeg_is_whole
from medgan_tf.errors import DataError

_CODESTREAM = b"\xff\x4f\xff\x51"
_CODING_STYLE, _START_OF_TILE, _START_OF_DATA = b"\xff\x52", b"\xff\x90", b"\xff\x93"
_ZEROS = re.compile(rb"\0{256,}")
# A drawn chessboard of single pixels gives runs of 90 bytes, photographs and radiographs less than 20.
_MOST_ZEROS_IN_DATA = 255
_MOST_PADDING = 2
_RAW_BITS, _HIGH_THROUGHPUT = 0x01, 0x40


def check_whole(coded: bytes, syntax: UID, pixels: int, path: str | Path) -> None:
    """Refuses a frame whose coded data are visibly damaged.

    Args:
        coded: The bytes of the frame.
        syntax: Its transfer syntax.
        pixels: How many pixels it has.
        path: The file, for messages.

    Raises:
        DataError: One line that names the file.
    """
    if syntax in JPEG2000TransferSyntaxes:
        _check_jpeg2000(coded, path)
    elif syntax == RLELossless:
        _check_run_lengths(coded, pixels, path)
    elif syntax in JPEGTransferSyntaxes:
        # Of 8 bits only: `gdcm_frames` hears what is said of the others.
        check_jpeg_is_whole(coded, path)


def _check_run_lengths(coded: bytes, pixels: int, path: str | Path) -> None:
    """Refuses a run-length frame of which a segment stands for more or fewer bytes than there are pixels (PS3.5 G)."""
    numbers = [int.from_bytes(coded[place : place + 4], "little") for place in range(0, 64, 4)]
    starts = numbers[1 : 1 + numbers[0]]
    for start, end in zip(starts, [*starts[1:], len(coded)], strict=True):
        place, count = start, 0
        while place < min(end, len(coded)) and count < pixels:
            head = coded[place]
            # 0 to 127: so many bytes and one follow. 129 to 255: the next byte is repeated. 128 stands for nothing.
            count += head + 1 if head < 128 else (257 - head) % 129
            place += head + 2 if head < 128 else 2 - (head == 128)
        rest = coded[place:end]
        padded = len(rest) <= _MOST_PADDING or rest.count(rest[:1]) == len(rest)
        # An odd number of bytes may be filled up.
        if count not in (pixels, pixels + 1) or place > min(end, len(coded)) or not padded:
            raise DataError(f"{path}: its frame is damaged (its run lengths do not fit its size); get this file again")


def _check_jpeg2000(coded: bytes, path: str | Path) -> None:
    """Refuses a JPEG 2000 frame with a hole of zero bytes, such as a broken transfer leaves.

    What the arithmetic coder writes looks random, so a long run of zeros comes from packets without content, a byte
    each, or from a hole. There cannot be more packets than the header says (ISO 15444-1 A.6.1).
    """
    packets = _packets(coded)
    if packets is None:
        return
    longest = max((len(run) for run in _ZEROS.findall(coded, coded.find(_START_OF_DATA))), default=0)
    if longest > packets + _MOST_ZEROS_IN_DATA:
        raise DataError(f"{path}: its frame is damaged ({longest:,} zero bytes in coded data); get this file again")


def _packets(coded: bytes) -> int | None:
    """Most packets in a row without content, or None where zeros have other reasons too."""
    start = coded.find(_CODESTREAM)
    components = int.from_bytes(coded[start + 40 : start + 42])
    # From the segment SIZ to the segment COD.
    place = start + 2
    while start >= 0 and place + 13 <= len(coded) and coded[place : place + 2] not in (_START_OF_TILE, _START_OF_DATA):
        if coded[place : place + 2] == _CODING_STYLE:
            own_precincts, layers, levels = coded[place + 4] & 1, coded[place + 6 : place + 8], coded[place + 9]
            if own_precincts or coded[place + 12] & (_RAW_BITS | _HIGH_THROUGHPUT):
                return None
            return int.from_bytes(layers) * (levels + 1) * components
        place += 2 + int.from_bytes(coded[place + 2 : place + 4])
    return None
