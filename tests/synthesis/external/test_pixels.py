"""Pixels of images from elsewhere, through the readers of real images."""

import zipfile

import cv2
import numpy as np
import pytest
from dicom_images import write_grey

from medgan_tf.errors import DataError
from medgan_tf.synthesis.external.pixels import ImageSource, read_pixels, stream_pixels

IMAGE = np.random.default_rng(0).integers(0, 256, (6, 5), dtype=np.uint8)


def png(path, image=IMAGE):
    cv2.imwrite(str(path), image)
    return ImageSource(str(path))


@pytest.mark.parametrize(
    "source",
    [
        ImageSource("a.png"),
        ImageSource("a.npy", index=3),
        ImageSource("a.zip", "00/b.png"),
        ImageSource("odd#member=x#index=2.png", "c#index=1.png", 0),
        ImageSource("odd#member=.png"),
    ],
)
def test_text_and_back(source):
    assert ImageSource.parse(str(source)) == source


def test_every_kind_of_file(tmp_path):
    np.save(tmp_path / "a.npy", IMAGE)
    np.save(tmp_path / "stack.npy", np.stack([IMAGE, IMAGE[::-1]])[..., None])
    np.savez_compressed(tmp_path / "stack.npz", np.stack([IMAGE, IMAGE[::-1]]))
    png(tmp_path / "a.png")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(tmp_path / "a.png", "00/a.png")
    # Without a window the smallest value is black and the largest white.
    write_grey(tmp_path / "a.dcm", np.array([[0, 255], [51, 102]], np.uint8))
    np.testing.assert_array_equal(read_pixels(ImageSource(str(tmp_path / "a.dcm"))), [[0, 255], [51, 102]])
    sources = [
        ImageSource(str(tmp_path / "a.png")),
        ImageSource(str(tmp_path / "a.npy")),
        ImageSource(str(tmp_path / "stack.npy"), index=1),
        ImageSource(str(tmp_path / "stack.npz"), index=1),
        ImageSource(str(tmp_path / "a.zip"), "00/a.png"),
    ]
    expected = [IMAGE, IMAGE, IMAGE[::-1], IMAGE[::-1], IMAGE]
    for source, found, image in zip(sources, stream_pixels(sources, 1), expected, strict=True):
        np.testing.assert_array_equal(found, image)
        np.testing.assert_array_equal(read_pixels(source), image)


def test_three_equal_channels_are_grey_and_sixteen_bits_are_scaled(tmp_path):
    np.testing.assert_array_equal(read_pixels(png(tmp_path / "rgb.png", np.dstack([IMAGE] * 3))), IMAGE)
    np.save(tmp_path / "rgb.npy", np.stack([IMAGE] * 3))
    np.testing.assert_array_equal(read_pixels(ImageSource(str(tmp_path / "rgb.npy"))), IMAGE)
    wide = np.array([[0, 500], [750, 1000]], np.uint16)
    np.save(tmp_path / "wide.npy", wide)
    # 255 * 500 / 1000 and 255 * 750 / 1000, rounded half to even.
    np.testing.assert_array_equal(read_pixels(ImageSource(str(tmp_path / "wide.npy"))), [[0, 128], [191, 255]])


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.zeros((6, 5), np.float32), "expected values of type uint8"),
        (np.zeros((7, 6, 5), np.uint8), "is a stack of 7 images; name the row of each in the column `index`"),
        (np.dstack([IMAGE, 255 - IMAGE, IMAGE]), "expected a grey image"),
        (np.zeros(5, np.uint8), "expected a grey image"),
    ],
)
def test_other_arrays_are_one_line(values, message, tmp_path):
    np.save(tmp_path / "a.npy", values)
    with pytest.raises(DataError, match=message) as error:
        read_pixels(ImageSource(str(tmp_path / "a.npy")))
    assert "\n" not in str(error.value) and "a.npy" in str(error.value)


def test_colour_and_missing_files_are_one_line(tmp_path):
    source = png(tmp_path / "c.png", np.dstack([IMAGE, 255 - IMAGE, IMAGE]))
    with pytest.raises(DataError, match=r"c.png: expected a grey image.*received a coloured one"):
        list(stream_pixels([source], 1))
    with pytest.raises(DataError, match="gone.png: cannot be read"):
        read_pixels(ImageSource(str(tmp_path / "gone.png")))
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("b.png", b"no picture")
    with pytest.raises(DataError, match="c.png cannot be read"):
        read_pixels(ImageSource(str(tmp_path / "a.zip"), "c.png"))
