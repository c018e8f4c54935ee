import io

import cv2
import numpy as np
import pytest
from bombs import GRADIENT, jpeg, tiff, tiff_tags

from medgan_tf.data.dicom.settings import Window
from medgan_tf.data.image_files.options import GreyOptions
from medgan_tf.data.image_files.stored import read_stored
from medgan_tf.data.images import decode_grey
from medgan_tf.errors import DataError

tifffile = pytest.importorskip("tifffile")

COUNTING = np.arange(48 * 40).reshape(48, 40)
ARRAYS = {
    "uint8": (COUNTING % 256).astype(np.uint8),
    "int8": (COUNTING % 256 - 128).astype(np.int8),
    "uint16": (COUNTING * 34).astype(np.uint16),
    "int16": (COUNTING * 30 - 30000).astype(np.int16),
    "uint32": (COUNTING * 100_000).astype(np.uint32),
    "int32": (COUNTING * 100_000 - 7).astype(np.int32),
    "float16": (COUNTING / 2 - 300).astype(np.float16),
    "float32": (COUNTING / 4 - 300).astype(np.float32),
    "float64": COUNTING / 4 - 300.0,
}
LAYOUTS = [
    {},
    {"rowsperstrip": 7},
    {"tile": (16, 32)},
    {"compression": "zlib"},
    {"compression": "zlib", "rowsperstrip": 7},
    {"compression": "zlib", "tile": (32, 16)},
]


def write(image, **how):
    """A file that tifffile writes."""
    file = io.BytesIO()
    tifffile.imwrite(file, image, **how)
    return file.getvalue()


def values(data):
    return read_stored(data, "a.tif").values


@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
@pytest.mark.parametrize("name", ARRAYS)
def test_values_of_any_type_layout_and_byte_order(name, layout):
    image = ARRAYS[name]
    for order in "<>":
        for photometric in ("minisblack", "miniswhite"):
            stored = read_stored(write(image, byteorder=order, photometric=photometric, **layout), "a.tif")
            np.testing.assert_array_equal(stored.values, image)
            assert stored.values.dtype == image.dtype
            assert stored.white_is_zero == (photometric == "miniswhite")


@pytest.mark.parametrize("name", ["uint8", "uint16", "int32"])
def test_differences_of_neighbours(name):
    for layout in LAYOUTS[3:]:
        np.testing.assert_array_equal(values(write(ARRAYS[name], predictor=True, **layout)), ARRAYS[name])


@pytest.mark.parametrize("predictor", [1, 2, 3])
@pytest.mark.parametrize("compression", [1, 5, 8, 32946, 32773])
def test_every_compression_as_libtiff_writes_it(compression, predictor):
    random = np.random.default_rng(0)
    noise = random.normal(20_000, 3_000, (70, 90))
    for kind in ("float32",) if predictor == 3 else ("uint8", "uint16", "float32"):
        if kind == "float32" and predictor == 2:
            continue
        image = (noise / 200 if kind == "uint8" else noise).astype(kind)
        options = [cv2.IMWRITE_TIFF_COMPRESSION, compression, cv2.IMWRITE_TIFF_PREDICTOR, predictor]
        np.testing.assert_array_equal(values(cv2.imencode(".tif", image, options)[1].tobytes()), image)


@pytest.mark.parametrize("planar", ["contig", "separate"])
@pytest.mark.parametrize("name", ["uint8", "uint16"])
def test_transparency_and_other_samples_are_ignored(name, planar):
    image = ARRAYS[name]
    axis = -1 if planar == "contig" else 0
    samples = np.stack([image, image[::-1], np.full_like(image, 9)], axis).copy()
    for extra in ("unassalpha", "assocalpha", "unspecified"):
        data = write(samples, photometric="minisblack", planarconfig=planar, extrasamples=[extra, "unspecified"])
        np.testing.assert_array_equal(values(data), image)


@pytest.mark.parametrize("planar", ["contig", "separate"])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_colour_becomes_luma(kind, planar):
    """ITU-R BT.601."""
    scale = np.iinfo(kind).max // 255
    red, green, blue = (np.full((20, 30), level * scale, kind) for level in (50, 100, 200))
    luma = (0.299 * 50 + 0.587 * 100 + 0.114 * 200) * scale
    axis = -1 if planar == "contig" else 0
    for alpha in (False, True):
        samples = np.stack([red, green, blue, np.full_like(red, 7)][: 4 if alpha else 3], axis).copy()
        extra = {"extrasamples": ["unassalpha"]} if alpha else {}
        data = write(samples, photometric="rgb", planarconfig=planar, **extra)
        assert np.abs(values(data) - luma).max() <= scale


def test_one_bit():
    image = np.indices((17, 21)).sum(0) % 3 == 0
    for compression in (None, "zlib"):
        plain = write(image, photometric="minisblack", compression=compression)
        assert np.array_equal(decode_grey(plain, "a.tif"), image * np.uint8(255))
        inverted = write(image, photometric="miniswhite", compression=compression)
        assert np.array_equal(decode_grey(inverted, "a.tif"), ~image * np.uint8(255))


@pytest.mark.parametrize(
    ("bits", "packed", "expected"),
    [
        (4, [0x01, 0x20, 0xFF, 0x00], [[0, 17, 34], [255, 255, 0]]),
        (2, [0b00_01_10_00, 0b11_00_01_00], [[0, 85, 170], [255, 0, 85]]),
        # Rows begin at a byte.
        (12, [0x00, 0x01, 0x23, 0xFF, 0xF0, 0xFF, 0x00, 0x12, 0x00, 0x00], [[0, 0x123, 0xFFF], [0xFF0, 0x012, 0]]),
    ],
)
def test_values_that_share_bytes(bits, packed, expected):
    data = tiff(tiff_tags(3, 2, length=len(packed), compression=1) | {258: (3, [bits])}, bytes(packed))
    assert values(data).tolist() == expected


def test_a_palette():
    # Entry k: red 257 k, green 257 (255 - k), blue 0.
    up = [257 * k for k in range(256)]
    tags = tiff_tags(64, 48, length=64 * 48, compression=1) | {262: (3, [3]), 320: (3, [*up, *up[::-1], *[0] * 256])}
    luma = 0.299 * GRADIENT + 0.587 * (255 - GRADIENT.astype(float))
    assert np.abs(decode_grey(tiff(tags, GRADIENT.tobytes()), "a.tif") - luma).max() <= 0.51


def test_bits_in_reverse_order():
    mirrored = GRADIENT.tobytes().translate(bytes(int(f"{k:08b}"[::-1], 2) for k in range(256)))
    tags = tiff_tags(64, 48, length=len(mirrored), compression=1) | {266: (3, [2])}
    np.testing.assert_array_equal(values(tiff(tags, mirrored)), GRADIENT)


def test_white_is_zero_is_inverted():
    ramp = np.rint(np.linspace(0, 65535, 64 * 64)).reshape(64, 64).astype(np.uint16)
    expected = np.rint((65535 - ramp.astype(float)) / 65535 * 255)
    for order in "<>":
        grey = decode_grey(write(ramp, photometric="miniswhite", byteorder=order), "a.tif")
        assert np.abs(grey - expected).max() <= 1
    eight = decode_grey(write(GRADIENT, photometric="miniswhite"), "a.tif")
    np.testing.assert_array_equal(eight, 255 - GRADIENT)


def test_signed_and_floating_point_images_show_all_their_values():
    expected = np.rint(COUNTING / COUNTING.max() * 255)
    for name in ("int16", "float32", "int32", "float64"):
        assert np.abs(decode_grey(write(ARRAYS[name]), "a.tif") - expected).max() <= 1
    # DICOM PS3.3 C.11.2.1.2.1: black up to -320, white from 320, so that 0 is half of 255.
    hounsfield = np.array([[-1000, -320], [0, 2000]], np.int16)
    grey = decode_grey(write(hounsfield), "a.tif", GreyOptions(window=Window(center=0.5, width=641)))
    assert grey.tolist() == [[0, 0], [128, 255]]


def test_not_a_number_is_black():
    image = np.array([[np.nan, 1.0], [3.0, np.inf]], np.float32)
    assert decode_grey(write(image), "a.tif").tolist() == [[0, 0], [255, 255]]
    assert decode_grey(write(image, photometric="miniswhite"), "a.tif").tolist() == [[0, 255], [0, 0]]
    with pytest.raises(DataError, match="a.tif: has no finite value"):
        decode_grey(write(np.full((4, 4), np.nan, np.float32)), "a.tif")


@pytest.mark.parametrize(
    ("tags", "message"),
    [
        ({339: (3, [5])}, "8 bits of sample format 5; save it as 16-bit TIFF or PNG"),
        ({339: (3, [3])}, "8 bits of sample format 3"),
        ({258: (3, [24])}, "24 bits of sample format 1"),
        ({262: (3, [2])}, "has no three colours"),
        ({277: (3, [0])}, "has pixels without a value"),
        ({262: (3, [3]), 320: (3, [1, 2, 3])}, "has a palette of 1 colours for 8 bits"),
        ({273: (4, [8]), 278: (4, [1]), 279: (4, [64])}, "has 1 of 48 strips or tiles"),
        ({279: (4, [10])}, "is damaged .a part of its image has 10 of 3072 bytes."),
        ({273: (4, [2**20])}, "is truncated .a part of its image is after its end."),
    ],
)
def test_pages_that_are_not_read(tags, message):
    data = tiff(tiff_tags(64, 48, length=64 * 48, compression=1) | tags, GRADIENT.tobytes())
    with pytest.raises(DataError, match=f"a.tif: .*{message}"):
        decode_grey(data, "a.tif")


def test_jpeg_in_a_tiff():
    data = jpeg()
    tags = tiff_tags(64, 48, length=len(data), compression=7)
    good = decode_grey(tiff(tags, data), "a.tif")
    np.testing.assert_array_equal(good, decode_grey(data, "a.jpg"))
    scan = data.index(b"\xff\xda") + 14
    damaged = data[: scan + 40] + bytes(64) + data[scan + 104 :]
    with pytest.raises(DataError, match="a.tif: is damaged"):
        decode_grey(tiff(tags, damaged), "a.tif")


@pytest.mark.parametrize("size", [64, 500])
@pytest.mark.parametrize("compression", [5, 8])
def test_damaged_strips_are_refused(compression, size):
    random = np.random.default_rng(0)
    smooth = cv2.resize(random.normal(120, 25, (12, 25)).astype(np.float32), (200, 100), interpolation=cv2.INTER_CUBIC)
    image = np.rint(smooth + random.normal(0, 2, smooth.shape)).astype(np.uint8)
    data = cv2.imencode(".tif", image, [cv2.IMWRITE_TIFF_COMPRESSION, compression])[1].tobytes()
    end = int.from_bytes(data[4:8], "little") - size - 8
    for seed in range(12):
        random = np.random.default_rng(seed)
        start = int(random.integers(8, end))
        for damage in (bytes(size), random.bytes(size)):
            with pytest.raises(DataError, match="a.tif: is damaged .a part of its image"):
                decode_grey(data[:start] + damage + data[start + size :], "a.tif")
