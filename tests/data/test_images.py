import time

import cv2
import numpy as np
import pytest

from medgan_tf.data.dicom.settings import Window
from medgan_tf.data.image_files.options import GreyOptions
from medgan_tf.data.images import (
    decode_grey,
    is_constant,
    read_grey,
    resize_area,
    scale_to_maximum,
    to_stored,
    to_uint8,
)
from medgan_tf.errors import DataError

GRADIENT = np.tile(np.linspace(0, 255, 64), (48, 1)).astype(np.uint8)


def _write(path, image, *parameters):
    assert cv2.imwrite(str(path), image, parameters)
    return str(path)


@pytest.mark.parametrize("name", ["a.png", "a.tif"])
def test_lossless_grey_comes_back_as_it_was(tmp_path, name):
    assert np.array_equal(read_grey(_write(tmp_path / name, GRADIENT)), GRADIENT)


def test_jpeg_is_what_opencv_decodes(tmp_path):
    path = _write(tmp_path / "a.jpg", GRADIENT, cv2.IMWRITE_JPEG_QUALITY, 95)
    image = read_grey(path)
    assert image.shape == (48, 64) and image.dtype == np.uint8
    assert np.abs(image.astype(int) - GRADIENT).max() <= 2


@pytest.mark.parametrize("name", ["a.png", "a.jpg"])
def test_colour_becomes_luma(tmp_path, name):
    """ITU-R BT.601: 0.299 R + 0.587 G + 0.114 B."""
    colour = np.zeros((16, 16, 3), np.uint8)
    colour[:] = (200, 100, 50)  # blue, green, red
    assert read_grey(_write(tmp_path / name, colour)).mean() == pytest.approx(
        0.299 * 50 + 0.587 * 100 + 0.114 * 200, abs=1
    )


def test_transparency_is_ignored(tmp_path):
    image = np.full((4, 4, 4), 90, np.uint8)
    image[..., 3] = 10
    assert (read_grey(_write(tmp_path / "a.png", image)) == 90).all()


@pytest.mark.parametrize("name", ["a.png", "a.tif"])
def test_16_bits_are_scaled_to_their_maximum(tmp_path, name):
    # 12-bit values in a 16-bit file, as radiographs are often exported.
    image = np.array([[0, 1000], [2000, 4000]], np.uint16)
    assert read_grey(_write(tmp_path / name, image)).tolist() == [[0, 64], [128, 255]]


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95, 0.999])
@pytest.mark.parametrize("name", ["a.jpg", "a.png"])
def test_a_truncated_file_is_refused(tmp_path, name, share):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64)).astype(np.uint8)
    path = tmp_path / name
    data = path.read_bytes() if _write(path, noise) is None else path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(DataError, match=f"{name}: is truncated"):
        read_grey(str(path))


def test_the_end_marker_of_a_thumbnail_does_not_count():
    data = cv2.imencode(".jpg", GRADIENT)[1].tobytes()
    thumbnail = cv2.imencode(".jpg", GRADIENT[:8, :8])[1].tobytes()
    segment = b"\xff\xe1" + (len(thumbnail) + 2).to_bytes(2, "big") + thumbnail
    with_thumbnail = data[:2] + segment + data[2:]
    assert np.array_equal(decode_grey(with_thumbnail, "a.jpg"), decode_grey(data, "a.jpg"))
    with pytest.raises(DataError, match="a.jpg: is truncated"):
        decode_grey(with_thumbnail[:-200], "a.jpg")


def test_progressive_jpeg_and_bytes_after_the_end(tmp_path):
    data = cv2.imencode(".jpg", GRADIENT, [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])[1].tobytes()
    assert decode_grey(data + b"\0\0", "a.jpg").shape == (48, 64)


@pytest.mark.parametrize("content", [b"", b"no image", b"\xff\xd8", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_image_is_refused(tmp_path, content):
    (tmp_path / "a.jpg").write_bytes(content)
    with pytest.raises(DataError, match="a.jpg: is "):
        read_grey(str(tmp_path / "a.jpg"))


def test_a_missing_file():
    with pytest.raises(DataError, match="nowhere.png: cannot be read: No such file"):
        read_grey("nowhere.png")


def test_shrinking_averages_areas():
    image = np.array([[0, 10, 100, 200], [20, 30, 100, 200]] * 2, np.uint8)
    assert resize_area(image, 2).tolist() == [[15, 150], [15, 150]]


def test_an_oblong_image_is_squeezed():
    image = np.repeat(np.array([[10, 20, 30, 40]], np.uint8), 16, axis=0)
    assert resize_area(image, 4).tolist() == [[10, 20, 30, 40]] * 4


@pytest.mark.parametrize("shape", [(16, 16), (8, 64), (64, 8), (32, 32), (1, 1)])
def test_any_shape_becomes_square(shape):
    assert np.array_equal(resize_area(np.full(shape, 77, np.uint8), 32), np.full((32, 32), 77))


def test_scaling_to_the_maximum():
    assert scale_to_maximum(np.array([[0, 50, 100]], np.uint8)).tolist() == [[0, 128, 255]]
    assert scale_to_maximum(np.array([[0, 255]], np.uint8)).tolist() == [[0, 255]]
    assert scale_to_maximum(np.array([[0, 65535, 257]], np.uint16)).tolist() == [[0, 255, 1]]
    assert scale_to_maximum(np.zeros((2, 2), np.uint8)).tolist() == [[0, 0], [0, 0]]


def test_what_is_stored():
    image = np.repeat(np.array([[0, 0, 60, 60]], np.uint8), 4, axis=0)
    assert to_stored(image, 2).tolist() == [[0, 255], [0, 255]]


def test_a_small_file_that_unpacks_to_more_pixels_than_an_image_has_is_refused():
    # 12,000 x 12,000 black pixels are 150 kB of PNG and 144 MB of memory.
    bomb = cv2.imencode(".png", np.zeros((12_000, 12_000), np.uint8), [cv2.IMWRITE_PNG_COMPRESSION, 9])[1].tobytes()
    with pytest.raises(
        DataError, match="a.png: claims 12000 x 12000 pixels, more than 134217728; is the file damaged?"
    ):
        decode_grey(bomb, "a.png")
    jpeg = bytearray(cv2.imencode(".jpg", GRADIENT)[1].tobytes())
    frame = jpeg.index(b"\xff\xc0")
    jpeg[frame + 5 : frame + 9] = b"\x70\x00\x60\x00"
    with pytest.raises(DataError, match="a.jpg: claims 28672 x 24576 pixels"):
        decode_grey(bytes(jpeg), "a.jpg")


def test_constant_images():
    for level in (0, 77, 255):
        assert is_constant(np.full((5, 7), level, np.uint8))
    assert not is_constant(np.array([[0, 0], [0, 1]], np.uint8))


def test_a_window_of_a_file_is_applied_to_what_it_stores(tmp_path):
    # HU + 32768: black up to -160 HU, white from 240 HU.
    hounsfield = np.array([[-1000, -160, -60], [40, 240, 1000]])
    options = GreyOptions(window=Window(center=40.5, width=401), intercept=-32768.0)
    for name in ("a.png", "a.tif"):
        path = _write(tmp_path / name, (hounsfield + 32768).astype(np.uint16))
        assert read_grey(path, options).tolist() == [[0, 0, 64], [128, 255, 255]]


def test_a_second_scan_of_a_sequential_file_is_no_way_around_the_limit_of_scans():
    """Scans are not counted where the first one has all components, as the decoder then ends with it."""
    data = cv2.imencode(".jpg", GRADIENT)[1].tobytes()
    scan = data[data.index(b"\xff\xda") : -2]
    started = time.perf_counter()
    image = decode_grey(data[:-2] + scan * 20_000 + data[-2:], "a.jpg")
    np.testing.assert_array_equal(image, decode_grey(data, "a.jpg"))
    assert time.perf_counter() - started < 2


def test_a_generators_images_are_rounded_and_clipped():
    pixels = np.array([0, 1, 2, 127, 128, 254, 255], np.uint8)
    np.testing.assert_array_equal(to_uint8(pixels / 127.5 - 1), pixels)
    # 0.5 and 1.5 grey values are halves, and go to the even number.
    values = np.array([-7.0, -1.004, (0.5 - 127.5) / 127.5, (1.5 - 127.5) / 127.5, 1.004, 3.0], np.float32)
    np.testing.assert_array_equal(to_uint8(values), [0, 0, 0, 2, 255, 255])
    assert to_uint8(values).dtype == np.uint8
