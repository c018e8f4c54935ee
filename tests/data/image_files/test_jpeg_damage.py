import cv2
import numpy as np
import pytest

from medgan_tf.data.image_files.jpeg import check_jpeg
from medgan_tf.data.image_files.jpeg_damage import check_jpeg_is_whole, decode_jpeg
from medgan_tf.data.image_files.jpeg_scans import has_zeroed_part
from medgan_tf.data.images import decode_grey
from medgan_tf.errors import DataError

CODINGS = {
    "baseline": [],
    "optimised": [cv2.IMWRITE_JPEG_OPTIMIZE, 1],
    "restarts": [cv2.IMWRITE_JPEG_RST_INTERVAL, 7],
    "progressive": [cv2.IMWRITE_JPEG_PROGRESSIVE, 1],
}


def picture(colour=False):
    """200 x 240 pixels, smooth with some noise, as radiographs are."""
    random = np.random.default_rng(1)
    smooth = cv2.resize(random.normal(110, 25, (25, 30)).astype(np.float32), (240, 200), interpolation=cv2.INTER_CUBIC)
    grey = np.clip(smooth + random.normal(0, 4, smooth.shape), 0, 255).astype(np.uint8)
    return cv2.merge([grey, np.roll(grey, 9, 1), 255 - grey]) if colour else grey


def write(image, coding="baseline"):
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 90, *CODINGS[coding]])[1].tobytes()


def bare(data):
    """What OpenCV makes of it, without our checks."""
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)


def zeroed(data, start, size):
    return data[:start] + bytes(size) + data[start + size :]


def missing(data, start, size):
    return data[:start] + data[start + size :]


def cut(data, start, size):
    return data[:start] + b"\xff\xd9"


@pytest.mark.parametrize("colour", [False, True], ids=["grey", "colour"])
@pytest.mark.parametrize(
    ("coding", "damage", "size"),
    [
        *[(coding, zeroed, size) for coding in CODINGS for size in (64, 300)],
        *[(coding, missing, 300) for coding in CODINGS if coding != "progressive"],
        *[(coding, cut, 0) for coding in CODINGS],
    ],
)
def test_damage_between_intact_ends(coding, damage, size, colour):
    data = write(picture(colour), coding)
    good, first = bare(data), data.index(b"\xff\xda") + 14
    refused = 0
    for seed in range(10):
        start = int(np.random.default_rng(seed).integers(first, len(data) - size - 30))
        try:
            read = decode_grey(damage(data, start, size), "a.jpg")
        except DataError as error:
            assert str(error).startswith("a.jpg: is damaged ("), error
            refused += 1
        else:
            # A damaged restart interval is at most 7 of 750 blocks, a scan of a colour may do nothing to the grey.
            assert np.mean(read != good) < 0.01, seed
    assert refused >= (10 if coding in ("baseline", "optimised") else 7)


def test_a_missing_part_is_named_with_the_file():
    data = write(picture())
    with pytest.raises(DataError, match="^dir/a.jpg: is damaged .premature end of data segment.; get this file again$"):
        decode_grey(missing(data, 3000, 2000), "dir/a.jpg")


@pytest.mark.parametrize("coding", ["baseline", "optimised", "progressive"])
def test_zeroed_parts_are_seen_whatever_libjpeg_makes_of_them(coding):
    data = write(picture(), coding)
    header = check_jpeg(data, "a.jpg")
    assert not has_zeroed_part(data, header)
    last = data.rindex(b"\xff\xda") + 14
    for start in range(last, len(data) - 300, 700):
        assert has_zeroed_part(zeroed(data, start, 64), header)
    # Padding before the end is none.
    assert not has_zeroed_part(data[:-2] + bytes(64) + data[-2:], header)


def test_a_scan_that_is_missing():
    data = write(picture(), "progressive")
    scans = [place for place in range(len(data) - 1) if data[place : place + 2] == b"\xff\xda"]
    # The tables of a scan are before it.
    tables = [data.rindex(b"\xff\xc4", 0, place) for place in scans[1:]]
    without = data[: tables[1]] + data[tables[2] :]
    with pytest.raises(DataError, match="a.jpg: is damaged .(a scan is missing|Inconsistent progression)"):
        check_jpeg_is_whole(without, "a.jpg")
    with pytest.raises(DataError, match="a.jpg: is damaged .a scan is missing"):
        check_jpeg_is_whole(data[: tables[-1]] + data[-2:], "a.jpg")


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("colour", [False, True], ids=["grey", "colour"])
def test_oddities_that_cost_no_pixel(coding, colour):
    data = write(picture(colour), coding)
    good = bare(data)
    assert data[2:4] == b"\xff\xe0"
    remark = b"\xff\xe1\x00\x0aExif\0\0\xff\xd9"
    unknown_colours = b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x07"
    for odd in (
        data[:-2] + bytes(3) + data[-2:],
        data[:-2] + bytes(40) + data[-2:],
        data[:-2] + b"\xff" * 5 + data[-2:],
        data[:-2] + b"garbage" + data[-2:],
        data + b"trailing garbage" * 100,
        data + bytes(5000),
        data + data,
        data[:20] + b"\0garbage" + data[20:],
        data[:20] + b"\xff\xff\xff" + data[20:],
        data[:20] + remark + data[20:],
        data[:11] + b"\x07" + data[12:],  # JFIF 7
    ):
        np.testing.assert_array_equal(decode_grey(odd, "a.jpg"), good)
    decode_grey(data[:20] + unknown_colours + data[20:], "a.jpg")
    if coding != "progressive":
        scan = data.index(b"\xff\xda")
        end = scan + 2 + int.from_bytes(data[scan + 2 : scan + 4])
        # Last coefficient 0 instead of 63: decoders of sequential files do not look at it.
        np.testing.assert_array_equal(decode_grey(data[: end - 2] + b"\0" + data[end - 1 :], "a.jpg"), good)


@pytest.mark.parametrize("quality", [10, 75, 100])
@pytest.mark.parametrize("coding", CODINGS)
def test_flat_and_regular_pictures_are_whole(coding, quality):
    squares = np.kron(np.indices((40, 40)).sum(0) % 2, np.ones((8, 8))).astype(np.uint8) * 200
    framed = np.zeros((600, 600), np.uint8)
    framed[200:400, 180:420] = picture()
    for image in (np.zeros((512, 512), np.uint8), np.full((512, 512), 255, np.uint8), squares, framed):
        for pixels in (image, cv2.merge([image, image, image])):
            options = [cv2.IMWRITE_JPEG_QUALITY, quality, *CODINGS[coding]]
            check_jpeg_is_whole(cv2.imencode(".jpg", pixels, options)[1].tobytes(), "a.jpg")


@pytest.mark.parametrize("odd", [b"\0garbage", b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x07"])
def test_a_harmless_remark_does_not_hide_damage(odd):
    """libjpeg prints only its first message."""
    data = write(picture(True))
    with pytest.raises(DataError, match="a.jpg: is damaged .premature end of data segment"):
        decode_grey(missing(data[:20] + odd + data[20:], 3000, 2000), "a.jpg")


def test_many_bytes_before_the_end_are_lost_pixels():
    data = write(picture())
    random = np.random.default_rng(0).integers(1, 255, 100).astype(np.uint8).tobytes()
    with pytest.raises(DataError, match="a.jpg: is damaged .[0-9]+ extraneous bytes before marker 0xd9"):
        decode_grey(data[:-2] + random + data[-2:], "a.jpg")


def test_other_codings_are_not_looked_at():
    data = bytearray(write(picture()))
    data[data.index(b"\xff\xc0") + 4] = 12
    check_jpeg_is_whole(bytes(data), "a.jpg")


def test_what_cannot_be_decoded():
    data = write(picture())
    tables = data.index(b"\xff\xdb")
    without = data[:tables] + data[data.index(b"\xff\xc0") :]
    assert decode_jpeg(without, "a.jpg", check_jpeg(without, "a.jpg")) is None
    with pytest.raises(DataError, match="a.jpg: has a JPEG image that cannot be decoded"):
        check_jpeg_is_whole(without, "a.jpg")
