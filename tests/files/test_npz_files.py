"""Archives of arrays: read as NumPy reads them, or refused before anything is allocated."""

import io
import tracemalloc
import zipfile

import numpy as np
import pytest

from medgan_tf.errors import DataError
from medgan_tf.files.npz_files import read_arrays

ARRAYS = {
    "plain": np.arange(6, dtype=np.float32).reshape(2, 3),
    "by_column": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "text": np.array('{"a": 1}'),
    "number": np.array(7),
    "empty": np.empty((0, 4), np.float32),
    "big_endian": np.arange(3, dtype=">i2"),
}


def npy(shape, dtype="<f4", content=b"", version=(1, 0)):
    stream = io.BytesIO()
    header = {"descr": dtype, "fortran_order": False, "shape": shape}
    write = np.lib.format.write_array_header_1_0 if version == (1, 0) else np.lib.format.write_array_header_2_0
    write(stream, header)
    return stream.getvalue() + content


def archive(path, *members, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as file:
        for name, content in members:
            file.writestr(name, content)
    return path


def test_what_numpy_writes_is_read_bit_for_bit_and_may_be_changed(tmp_path):
    np.savez(tmp_path / "a.npz", **ARRAYS)
    found = read_arrays(tmp_path / "a.npz")
    assert found.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert (found[name].dtype, found[name].shape) == (array.dtype, array.shape)
        assert found[name].tobytes() == array.tobytes() and found[name].flags.writeable
    found["plain"][0, 0] = 9


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("members, words", [
    ([("a.npy", npy((2**40,)))], r"shape \[1099511627776\] does not fit its 0 bytes"),
    ([("a.npy", npy((2**62, 2**62)))], "does not fit its 0 bytes"),
    ([("a.npy", npy((-1,)))], "does not fit its 0 bytes"),
    ([("a.npy", npy((1,), "|O", b"12345678"))], "Python objects"),
    ([("a.npy", b"no array")], "magic string"),
    ([("a.npy", b"\x93NUMPY\x01\x00\x08\x00['" + b"[" * 6)], "EOF in multi-line|unterminated string"),
    ([("a.npy", b"\x93NUMPY\x09\x00")], "version|format 9.0"),
    ([("a.txt", b"")], "'a.txt' is no uncompressed array"),
    ([("a.npy", npy((0,))), ("a.npy", npy((0,)))], "a name comes twice"),
])  # fmt: skip
def test_arrays_that_are_none(tmp_path, members, words):
    with pytest.raises(DataError, match=words) as caught:
        read_arrays(archive(tmp_path / "a.npz", *members))
    assert "\n" not in str(caught.value) and str(tmp_path / "a.npz") in str(caught.value)


def test_a_bomb_is_not_unpacked(tmp_path):
    """256 MiB of zeros take 260 kB when they are compressed."""
    content = npy((2**26,)) + bytes(2**28)
    path = archive(tmp_path / "bomb.npz", ("a.npy", content), compression=zipfile.ZIP_DEFLATED)
    del content
    tracemalloc.start()
    with pytest.raises(DataError, match="is no uncompressed array"):
        read_arrays(path)
    assert tracemalloc.get_traced_memory()[1] < 2**24
    tracemalloc.stop()


def test_members_that_share_their_bytes_are_refused(tmp_path):
    """1000 entries of the directory that all point to the same 100 kB."""
    content = npy((25_000,), content=bytes(100_000))
    path = archive(tmp_path / "a.npz", ("a.npy", content))
    with zipfile.ZipFile(path, "a") as file:
        [first] = file.infolist()
        for number in range(1000):
            entry = zipfile.ZipInfo(f"{number}.npy")
            entry.file_size = entry.compress_size = first.file_size
            entry.CRC, entry.header_offset = first.CRC, 0
            file.filelist.append(entry)
        file._didModify = True
    with pytest.raises(DataError, match="its arrays claim more than the .* bytes of the file"):
        read_arrays(path)


@pytest.mark.parametrize("damage", [b"", b"damaged", "short", "bit", "missing", "folder"])
def test_damaged_files(tmp_path, damage):
    path = tmp_path / "a.npz"
    np.savez(path, **ARRAYS)
    content = bytearray(path.read_bytes())
    if damage == "short":
        path.write_bytes(content[: len(content) // 2])
    elif damage == "bit":
        content[content.index(b"\x93NUMPY") + 130] ^= 1
        path.write_bytes(content)
    elif damage in ("missing", "folder"):
        path.unlink()
        if damage == "folder":
            path.mkdir()
    else:
        path.write_bytes(damage)
    with pytest.raises(DataError, match="is damaged|cannot be read") as caught:
        read_arrays(path)
    assert "\n" not in str(caught.value)
