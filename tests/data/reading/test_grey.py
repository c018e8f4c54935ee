import os

import cv2
import numpy as np
import pytest
from bombs import GRADIENT, jpeg

from medgan_tf.data.images import read_grey
from medgan_tf.data.reading.grey import check_memory, read_greys
from medgan_tf.errors import DataError


def test_images_are_those_of_this_process_in_their_order(tmp_path):
    paths = []
    for number in range(30):
        paths.append(str(tmp_path / f"{number}.png"))
        cv2.imwrite(paths[-1], np.roll(GRADIENT, number)[: 20 + number])
    (tmp_path / "a.jpg").write_bytes(jpeg())
    paths.append(str(tmp_path / "a.jpg"))
    for path, image in zip(paths, read_greys(paths), strict=True):
        np.testing.assert_array_equal(image, read_grey(path))


def test_the_first_unreadable_file_is_named(tmp_path):
    os.mkfifo(tmp_path / "a.png")
    with pytest.raises(DataError, match="a.png: cannot be read: it is a named pipe"):
        list(read_greys([str(tmp_path / "a.png")]))


def test_a_set_that_would_fill_the_machine_is_refused():
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    check_memory("folder", memory // 2**23, 2**11)
    with pytest.raises(DataError, match="folder: .* images of 2048x2048 pixels need .* GiB, more than half"):
        check_memory("folder", memory // 2**23 + 1, 2**11)
