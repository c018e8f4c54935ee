import zlib

import cv2
import numpy as np
import pytest
from bombs import GRADIENT, jpeg, large_jpeg, png_chunk, png_with, tiff, tiff_tags

from medgan_tf.data.image_files.check import check_image
from medgan_tf.data.image_files.jpeg import JpegHeader, check_jpeg
from medgan_tf.data.image_files.limits import check_size
from medgan_tf.data.images import decode_grey
from medgan_tf.errors import DataError

COLOUR = cv2.merge([GRADIENT, GRADIENT, GRADIENT])
DEEP = GRADIENT.astype(np.uint16) * 257


@pytest.mark.parametrize("image", [GRADIENT, COLOUR, DEEP, cv2.merge([DEEP, DEEP, DEEP, DEEP])])
@pytest.mark.parametrize("compression", [1, 5, 8, 32773, 32946])
def test_tiffs_as_programs_write_them_pass(image, compression):
    data = cv2.imencode(".tif", image, [cv2.IMWRITE_TIFF_COMPRESSION, compression])[1].tobytes()
    assert np.array_equal(decode_grey(data, "a.tif"), GRADIENT) or image.ndim == 3
    check_image(data, "a.tif")


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_tiff_of_either_byte_order_strips_and_tiles(order):
    strips = tiff(tiff_tags(64, 48, length=64 * 48, compression=1), GRADIENT.tobytes(), order)
    assert np.array_equal(decode_grey(strips, "a.tif"), GRADIENT)
    tile = np.zeros((48, 64), np.uint8)
    tile[:] = GRADIENT
    tags = tiff_tags(64, 48, compression=1, t322=64, t323=48, t324=8, t325=64 * 48)
    tiles = tiff({tag: value for tag, value in tags.items() if tag not in (273, 278, 279)}, tile.tobytes(), order)
    assert np.array_equal(decode_grey(tiles, "a.tif"), GRADIENT)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (tiff({}), "is truncated .its directory is missing"),
        (tiff(tiff_tags(8, 8))[:-8], "is truncated"),
        (tiff({256: (4, [8]), 257: (4, [8]), 273: (4, [8] * 9)})[:-20], "is truncated .field 273 is after its end"),
        (tiff({257: (4, [8])}), "claims 8 x 0 pixels"),
        (tiff(tiff_tags(8, 8) | {258: (3, [128])}), "expected at most 64 bits per value. Received: 128 bits"),
        (tiff(tiff_tags(9000, 9000) | {277: (3, [9])}), "pixels of 9 bytes, more than"),
    ],
)
def test_damaged_tiffs(data, message):
    with pytest.raises(DataError, match=f"a.tif: .*{message}"):
        check_image(data, "a.tif")


def test_a_field_that_is_there_twice_could_mean_either():
    data = bytearray(tiff(tiff_tags(8, 8)))
    first = data.index(b"\x01\x01\x04\x00")
    data[first : first + 2] = b"\x00\x01"
    with pytest.raises(DataError, match="a.tif: has the field 256 twice"):
        check_image(bytes(data), "a.tif")


def test_the_size_of_a_jpeg_is_found_as_libjpeg_finds_it():
    for progressive in (False, True):
        data = jpeg(progressive)
        header = check_jpeg(data, "a.jpg")
        assert header == JpegHeader(48, 64, 1, 8, data.index(b"\xff\xda"), 0xC2 if progressive else 0xC0)
        frame = data.index(b"\xff\xc2" if progressive else b"\xff\xc0")
        segment = b"\xff\xe0\x00\x06\xff\xda\xff\xc0"
        for odd in (b"\xff\x01", b"\xff\xff\xff", b"garbage", b"\xff\x00", b"\xff\xd3", segment):
            inserted = data[:frame] + odd + data[frame:]
            found = check_jpeg(inserted, "a.jpg")
            assert (found.height, found.width, found.first_scan) == (48, 64, header.first_scan + len(odd))
            # Where OpenCV reads it, it finds that size.
            image = cv2.imdecode(np.frombuffer(inserted, np.uint8), cv2.IMREAD_GRAYSCALE)
            assert image is None or image.shape == (48, 64)


def test_jpegs_that_state_no_size():
    data = jpeg()
    frame = data.index(b"\xff\xc0")
    without = data[:frame] + data[frame + 2 + int.from_bytes(data[frame + 2 : frame + 4]) :]
    with pytest.raises(DataError, match="a.jpg: states no size before its first scan"):
        check_jpeg(without, "a.jpg")
    with pytest.raises(DataError, match="a.jpg: has more than 65536 markers"):
        check_jpeg(large_jpeg(b"\xff\xe0\x00\x02" * 70_000), "a.jpg")
    with pytest.raises(DataError, match="a.jpg: has a segment without length"):
        check_jpeg(data[:2] + b"\xff\xe0\x00\x01" + data[2:], "a.jpg")
    # A run of the fill byte must not take quadratic time.
    with pytest.raises(DataError, match="a.jpg: is truncated"):
        check_jpeg(data[:2] + b"\xff" * 20_000_000, "a.jpg")


def test_ordinary_texts_and_profiles_of_a_png_pass():
    packed = cv2.imencode(".png", GRADIENT)[1].tobytes()
    text = zlib.compress(b"a remark " * 1000)
    data = png_with(
        png_chunk(b"zTXt", b"Comment\0\0" + text),
        png_chunk(b"iTXt", b"Comment\0\1\0en\0Remark\0" + text),
        png_chunk(b"tEXt", b"Comment\0plain"),
        png_chunk(b"iTXt", b"Comment\0\0\0\0\0plain"),
    )
    assert np.array_equal(decode_grey(data, "a.png"), decode_grey(packed, "a.png"))


def test_texts_of_a_png_count_together():
    chunk = png_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(2**20), 9))
    check_image(png_with(chunk), "a.png")
    with pytest.raises(DataError, match="a.png: has texts that unpack"):
        check_image(png_with(*[chunk] * 9), "a.png")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (png_with(b"\x7f\xff\xff\xfftEXt"), "has a chunk that goes on after its end"),
        (png_with(png_chunk(b"tEXt", b"") * 300_000), "has more than 262144 chunks"),
    ],
)
def test_damaged_pngs(data, message):
    with pytest.raises(DataError, match=f"a.png: {message}"):
        check_image(data, "a.png")


@pytest.mark.parametrize(
    ("extension", "name"),
    [
        *((".bmp", "BMP"), (".webp", "WebP"), (".jp2", "JPEG 2000"), (".gif", "GIF"), (".ppm", "PNM")),
        (".hdr", "Radiance HDR"),
    ],
)
def test_other_formats_of_opencv_are_named(extension, name):
    picture = COLOUR.astype(np.float32) if extension == ".hdr" else COLOUR
    with pytest.raises(DataError, match=f"a.x: is not a PNG, JPEG or TIFF image. Received: {name}; save it as PNG"):
        decode_grey(cv2.imencode(extension, picture)[1].tobytes(), "a.x")


@pytest.mark.parametrize(
    ("start", "name"),
    [
        (b"\x59\xa6\x6a\x95", "Sun raster"),
        (b"\x76\x2f\x31\x01", "OpenEXR"),
        (b"\0\0\0\x20ftypavif", "AVIF or HEIC"),
        (bytes(128) + b"DICM", "DICOM"),
    ],
)
def test_rare_formats_are_named(start, name):
    with pytest.raises(DataError, match=f"a.x: is not a PNG, JPEG or TIFF image. Received: {name}"):
        decode_grey(start + bytes(200), "a.x")


def test_sizes():
    check_size("a", 2**13, 2**14, 4)
    for height, width, per_pixel in ((0, 5, 1), (5, -1, 1), (2**13, 2**14 + 1, 1), (2**13, 2**14, 4.5)):
        with pytest.raises(DataError, match=f"a: claims {height} x {width} pixels"):
            check_size("a", height, width, per_pixel)
