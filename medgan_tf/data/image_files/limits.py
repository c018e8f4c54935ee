"""The largest image that is read, whatever its format."""

from medgan_tf.errors import DataError

MAX_PIXELS = 2**27
"""Largest image, pixels; a header that claims more is taken for damaged."""
MAX_BYTES = 2**29
"""Largest image once it is decoded, and largest image file, bytes."""


def check_size(path: object, height: int, width: int, bytes_per_pixel: float = 1) -> None:
    """Raises `DataError` that names the file for a size that cannot be, or above the limits."""
    if width < 1 or height < 1:
        raise DataError(f"{path}: claims {height} x {width} pixels; is the file damaged?")
    if width * height > MAX_PIXELS:
        raise DataError(f"{path}: claims {height} x {width} pixels, more than {MAX_PIXELS}; is the file damaged?")
    if width * height * bytes_per_pixel > MAX_BYTES:
        raise DataError(
            f"{path}: claims {height} x {width} pixels of {bytes_per_pixel:g} bytes, more than {MAX_BYTES} bytes; "
            "is the file damaged?"
        )
