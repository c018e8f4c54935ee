import io

import cv2
import numpy as np
import pytest

from medgan_tf.data.image_files.options import GreyOptions
from medgan_tf.data.images import decode_grey
from medgan_tf.errors import DataError

tifffile = pytest.importorskip("tifffile")

PAGES = [np.full((8, 9), level, np.uint8) for level in (10, 20, 30)]


def write(*pages):
    """Pages as (image, NewSubfileType)."""
    file = io.BytesIO()
    with tifffile.TiffWriter(file) as writer:
        for image, kind in pages:
            writer.write(image, subfiletype=kind, photometric="minisblack")
    return file.getvalue()


def read(data, page=None):
    return decode_grey(data, "a.tif", GreyOptions(page=page))


def test_a_page_must_be_chosen():
    data = write(*[(page, 0) for page in PAGES])
    with pytest.raises(DataError, match="a.tif: has 3 pages; one image was expected .set data.options.frame"):
        read(data)
    for number, page in enumerate(PAGES):
        np.testing.assert_array_equal(read(data, number), page)
    with pytest.raises(DataError, match="a.tif: has 3 pages. Received: data.options.frame=3"):
        read(data, 3)


def test_thumbnails_and_masks_are_no_pages():
    small = np.zeros((2, 2), np.uint8)
    for kinds in ((0, 1), (1, 0), (4, 0), (2, 1)):
        # A mask has one bit a pixel.
        pages = [(small > 0 if kind == 4 else small if kind == 1 else PAGES[0], kind) for kind in kinds]
        np.testing.assert_array_equal(read(write(*pages)), PAGES[0])
        np.testing.assert_array_equal(read(write(*pages), 0), PAGES[0])
        with pytest.raises(DataError, match="a.tif: has 1 page. Received: data.options.frame=1"):
            read(write(*pages), 1)
    np.testing.assert_array_equal(read(write((PAGES[1], 1))), PAGES[1])


@pytest.mark.parametrize("extension", [".png", ".jpg"])
def test_other_formats_have_one_page(extension):
    data = cv2.imencode(extension, PAGES[2])[1].tobytes()
    assert (read(data, 0) == 30).all()
    with pytest.raises(DataError, match="a.tif: has 1 page. Received: data.options.frame=1"):
        read(data, 1)
