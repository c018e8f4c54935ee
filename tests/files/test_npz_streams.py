"""Arrays of archives of others: the rows that NumPy reads, and nothing allocated that is not asked for."""

import io
import tracemalloc
import zipfile

import numpy as np
import pytest

from medgan_tf.errors import DataError
from medgan_tf.files.npz_streams import list_arrays

IMAGES = np.random.default_rng(0).integers(0, 256, (10, 4, 5, 3)).astype(np.uint8)
LABELS = np.array([[3], [1]], np.int64)


def npy(shape, dtype="|u1", content=b"", version=(1, 0), by_column=False):
    stream = io.BytesIO()
    header = {"descr": dtype, "fortran_order": by_column, "shape": shape}
    write = np.lib.format.write_array_header_1_0 if version == (1, 0) else np.lib.format.write_array_header_2_0
    write(stream, header)
    return stream.getvalue() + content


def archive(path, *members, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as file:
        for name, content in members:
            file.writestr(name, content)
    return path


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_rows_are_numpys(tmp_path, save):
    save(tmp_path / "a.npz", images=IMAGES, labels=LABELS)
    found = list_arrays(tmp_path / "a.npz")
    assert list(found) == ["images", "labels"]
    assert (found["images"].shape, found["images"].dtype) == ((10, 4, 5, 3), np.uint8)
    blocks = list(found["images"].blocks(4))
    assert [len(block) for block in blocks] == [4, 4, 2]
    assert np.concatenate(blocks).tolist() == IMAGES.tolist()
    assert found["labels"].whole(16).tolist() == [[3], [1]]
    with pytest.raises(DataError, match="labels.npy has 16 bytes, more than the 15 that are read"):
        found["labels"].whole(15)


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("members, words", [
    ([("a.npy", npy((2**40,)))], r"shape \[1099511627776\] does not fit its 0 bytes"),
    ([("a.npy", npy((-1,)))], "does not fit"),
    ([("a.npy", npy((), content=b"1"))], "does not fit"),
    ([("a.npy", npy((1,), "|O", b"12345678"))], "Python objects"),
    ([("a.npy", npy((2, 2), content=b"1234", by_column=True))], "stored by column"),
    ([("a.npy", npy((0,), version=(2, 0)))], "format 2.0"),
    ([("a.npy", b"no array")], "magic string"),
    ([("a.txt", b"")], "'a.txt' is no array"),
    ([("a.npy", npy((0,))), ("a.npy", npy((0,)))], "a name comes twice"),
    ([(f"{number}.npy", npy((0,))) for number in range(101)], "101 members, more than 100"),
])  # fmt: skip
def test_arrays_that_are_none(tmp_path, members, words):
    with pytest.raises(DataError, match=words) as error:
        list_arrays(archive(tmp_path / "a.npz", *members))
    assert "\n" not in str(error.value)


def test_what_unpacks_to_far_more_is_refused_before_it_is_unpacked(tmp_path):
    path = archive(tmp_path / "a.npz", ("a.npy", npy((2**25,), content=bytes(2**25))))
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match="claim more than 200 times the"):
            list_arrays(path)
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


def test_other_packings_are_refused(tmp_path):
    path = archive(tmp_path / "a.npz", ("a.npy", npy((1,), content=b"1")), compression=zipfile.ZIP_BZIP2)
    with pytest.raises(DataError, match="neither stored nor deflated"):
        list_arrays(path)


def test_a_changed_byte_is_noticed(tmp_path):
    np.savez(tmp_path / "a.npz", images=IMAGES)
    content = bytearray((tmp_path / "a.npz").read_bytes())
    content[content.index(IMAGES[5].tobytes())] ^= 255
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(DataError, match="damaged: Bad CRC-32"):
        list(list_arrays(tmp_path / "a.npz")["images"].blocks(4))


def test_no_archive_and_no_file(tmp_path):
    (tmp_path / "a.npz").write_bytes(b"<html>")
    with pytest.raises(DataError, match="a.npz is no archive of arrays, or damaged: File is not a zip file"):
        list_arrays(tmp_path / "a.npz")
    with pytest.raises(DataError, match="b.npz: cannot be read: No such file"):
        list_arrays(tmp_path / "b.npz")
