"""The one check of image files before they are decoded: known formats only, and none that claims too much."""

from medgan_tf.data.image_files.jpeg import JPEG_START, JpegHeader, check_jpeg
from medgan_tf.data.image_files.png import PNG_START, check_png
from medgan_tf.data.image_files.tiff import BIG_TIFF_STARTS, TIFF_STARTS, check_tiff
from medgan_tf.data.image_files.tiff_page import TiffPage
from medgan_tf.errors import DataError

# Formats that OpenCV also decodes. Their size is not known before that, or they are no format of medical images.
_OTHERS = (
    (b"BM", 0, "BMP"),
    (b"GIF8", 0, "GIF"),
    (b"WEBP", 8, "WebP"),
    (b"jP  ", 4, "JPEG 2000"),
    (b"\xff\x4f\xff\x51", 0, "JPEG 2000"),
    (b"ftyp", 4, "AVIF or HEIC"),
    (b"\x76\x2f\x31\x01", 0, "OpenEXR"),
    (b"#?RADIANCE", 0, "Radiance HDR"),
    (b"#?RGBE", 0, "Radiance HDR"),
    (b"\x59\xa6\x6a\x95", 0, "Sun raster"),
    (b"DICM", 128, "DICOM"),
)


def check_image(data: bytes, path: object, page: int | None = None) -> JpegHeader | TiffPage | None:
    """Looks at the header of an image file.

    Args:
        data: All bytes of the file.
        path: The file, for messages.
        page: Page of a TIFF with several, from 0.

    Returns:
        The header of a JPEG, the page of a TIFF, None for a PNG.

    Raises:
        DataError: It is no PNG, JPEG or TIFF, is truncated, has several pages or none of that number, or claims more
            than `image_files.limits` allows. One line that names the file.
    """
    if not data:
        raise DataError(f"{path}: is truncated (it is empty); get this file again")
    if data.startswith(TIFF_STARTS):
        return check_tiff(data, path, page)
    if data.startswith(BIG_TIFF_STARTS):
        raise DataError(f"{path}: is a 64-bit TIFF (BigTIFF), which is not read; save it as an ordinary TIFF or as PNG")
    header = None
    if data.startswith(PNG_START):
        check_png(data, path)
    elif data.startswith(JPEG_START):
        header = check_jpeg(data, path)
    else:
        raise DataError(f"{path}: is not a PNG, JPEG or TIFF image{_received(data)}")
    if page:
        raise DataError(f"{path}: has 1 page. Received: data.options.frame={page}")
    return header


def _received(data: bytes) -> str:
    for start, place, name in _OTHERS:
        if data[place : place + len(start)] == start:
            return f". Received: {name}; save it as PNG" if name != "DICOM" else ". Received: DICOM"
    if data[:1] == b"P" and data[1:2].isalnum() and data[2:3].isspace():
        return ". Received: PNM; save it as PNG"
    return ""
