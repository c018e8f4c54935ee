"""Single rows of NumPy files of others."""

import numpy as np
import pytest

from medgan_tf.errors import DataError
from medgan_tf.files import npy_rows
from medgan_tf.files.npy_rows import array_row

STACK = np.arange(5 * 3 * 4, dtype=np.uint8).reshape(5, 3, 4)


@pytest.mark.parametrize("save", [np.save, np.savez, np.savez_compressed])
def test_rows_in_any_order(save, tmp_path):
    path = tmp_path / ("stack.npy" if save is np.save else "stack.npz")
    save(path, STACK)
    for index in (3, 0, 4, 4, 1):
        np.testing.assert_array_equal(array_row(path, index=index), STACK[index])
    np.testing.assert_array_equal(array_row(path), STACK)
    with pytest.raises(DataError, match=r"has no row 5: its array has the shape \[5, 3, 4\]"):
        array_row(path, index=5)


def test_the_array_of_an_archive(tmp_path):
    path = tmp_path / "two.npz"
    np.savez(path, images=STACK, labels=np.zeros(5))
    np.testing.assert_array_equal(array_row(path, index=2), STACK[2])
    np.testing.assert_array_equal(array_row(path, "labels"), np.zeros(5))
    np.savez(path, first=STACK, labels=np.zeros(5))
    npy_rows._arrays.cache_clear()
    with pytest.raises(DataError, match="expected one array, or one with the name 'images'. Received: first, labels"):
        array_row(path, index=2)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"no array", "is no array, or damaged"),
        (b"", "is no array, or damaged"),
        (b"\x93NUMPY\x02\x00\xff\xff\xff\xff{", "an array of format 2.0"),
    ],
)
def test_damage_is_one_line(content, message, tmp_path):
    path = tmp_path / "image.npy"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message) as error:
        array_row(path)
    assert "\n" not in str(error.value)


def test_objects_and_cut_files_are_refused(tmp_path):
    path = tmp_path / "image.npy"
    np.save(path, np.array([{}, None], dtype=object), allow_pickle=True)
    with pytest.raises(DataError, match="an array of Python objects"):
        array_row(path)
    np.save(path, STACK)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DataError, match="does not fit its 59 bytes"):
        array_row(path, index=0)


def test_columns_first_is_read_whole_only(tmp_path):
    path = tmp_path / "image.npy"
    np.save(path, np.asfortranarray(STACK))
    np.testing.assert_array_equal(array_row(path), STACK)
    with pytest.raises(DataError, match="stored by column"):
        array_row(path, index=0)
