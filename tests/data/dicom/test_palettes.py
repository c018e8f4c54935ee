import numpy as np
import pytest
from bombs import palette

from medgan_tf.data.dicom.image import read_dicom
from medgan_tf.errors import DataError


def read(tmp_path, entries):
    (tmp_path / "a.dcm").write_bytes(palette(entries))
    return read_dicom(tmp_path / "a.dcm")


def test_segments_that_the_standard_allows(tmp_path):
    """Discrete, linear and indirect segments (C.7.9.2); all pixels are index 0."""
    ramp = [0, 2, 128 * 257, 0, 1, 100, 65_535, 2, 1, 4, 0, 1, 53, 0]
    assert np.unique(read(tmp_path, ramp)).tolist() == [128]


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([0, 1, 7] + [1, 65_535, 9] * 2, "more than 65536 colours"),
        ([0, 1, 7, 1, 40_000, 9] + [2, 1, 3, 0] * 2, "more than 65536 colours"),
        ([0, 1, 7, 2, 1, 3, 0], "refers to itself"),
        ([0, 1, 7, 2, 1, 2, 0], "refers to itself"),
        ([0, 1, 7, 2, 2, 0, 0], "refers to itself"),
    ],
)
def test_segments_without_end(tmp_path, entries, message):
    with pytest.raises(DataError, match=f"a.dcm: its palette {message}|a.dcm: its palette has {message}"):
        read(tmp_path, entries)
