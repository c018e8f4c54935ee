"""Damage to compressed frames that decoders pass over: they fill what is missing, or decode it to noise."""

from pathlib import Path

from pydicom.uid import UID, JPEG2000TransferSyntaxes, JPEGTransferSyntaxes, RLELossless

from medgan_tf.data.dicom.jpeg2000_damage import check_jpeg2000_is_whole
from medgan_tf.data.image_files.jpeg_damage import check_jpeg_is_whole
from medgan_tf.errors import DataError

_MOST_PADDING = 2


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
        check_jpeg2000_is_whole(coded, path)
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
