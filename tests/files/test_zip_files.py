"""Archives that claim too much, lead elsewhere or are damaged are refused before anything in them is used."""

import copy
import io
import struct
import warnings
import zipfile

import pytest

from medgan_tf.errors import DataError
from medgan_tf.files import zip_files
from medgan_tf.files.zip_files import OpenArchive, list_members, read_member


def write(path, members, how=zipfile.ZIP_STORED, edit=lambda archive: None):
    with zipfile.ZipFile(path, "w", how) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, content in members:
            archive.writestr(name, content)
        edit(archive)
    return path


def refused(match, call, *arguments):
    with pytest.raises(DataError, match=match) as error:
        call(*arguments)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("how", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_files_are_listed_and_read(tmp_path, how):
    path = write(tmp_path / "a.zip", [("a/", b""), ("a/b.txt", b"12345"), ("c", b"")], how)
    assert list_members(path) == {"a/b.txt": 5, "c": 0}
    assert read_member(path, "a/b.txt", 5) == b"12345"
    refused("a/b.txt has more than the 4 bytes that are read", read_member, path, "a/b.txt", 4)
    refused("d cannot be read: ", read_member, path, "d", 4)


def test_archives_with_a_comment_and_those_of_64_bits_are_read(tmp_path):
    path = write(tmp_path / "a.zip", [("a", b"1")], edit=lambda archive: setattr(archive, "comment", b"x" * 60_000))
    assert list_members(path) == {"a": 1}
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive, archive.open("a", "w", force_zip64=True) as member:
        member.write(b"1")
    assert list_members(tmp_path / "b.zip") == {"a": 1}


@pytest.mark.parametrize("name", ["../a", "a/../../b", "/a", "a\\b", "c:/a", "\\\\host\\a"])
def test_names_that_lead_elsewhere(tmp_path, name):
    refused("leads out of the archive", list_members, write(tmp_path / "a.zip", [("good", b""), (name, b"")]))


@pytest.mark.parametrize("name", ["a\nb", "a\x1b[2J", "gpj.\u202eexe", "a" * 1001])
def test_names_that_hide_something(tmp_path, name):
    refused("is no name of a file", list_members, write(tmp_path / "a.zip", [(name, b"")]))


def test_other_entries_that_are_refused(tmp_path):
    path = tmp_path / "a.zip"
    refused("holds a name twice", list_members, write(path, [("a", b"1"), ("a", b"2")]))
    refused("'a' is neither stored nor deflated", list_members, write(path, [("a", b"1" * 100)], zipfile.ZIP_LZMA))
    refused("'a' is encrypted", list_members,
            write(path, [("a", b"1")], edit=lambda archive: setattr(archive.filelist[0], "flag_bits", 1)))  # fmt: skip


def test_bombs(tmp_path, monkeypatch):
    zeros = write(tmp_path / "zeros.zip", [("a", bytes(2**24))], zipfile.ZIP_DEFLATED)
    assert zeros.stat().st_size < 2**15
    refused("unpacks to more than 200 times its", list_members, zeros)

    def over_each_other(archive):
        for number in range(20):
            again = copy.copy(archive.filelist[0])
            again.filename = again.orig_filename = f"b{number}"
            archive.filelist.append(again)

    path = write(tmp_path / "overlap.zip", [("a", bytes(range(256)) * 40)], edit=over_each_other)
    refused("files that lie over each other", list_members, path)
    monkeypatch.setattr(zip_files, "MOST_MEMBERS", 2)
    refused("holds 3 files, more than 2", list_members, write(tmp_path / "many.zip", [(one, b"") for one in "abc"]))


def test_a_file_within_another_one(tmp_path):
    """Their sizes together are less than that of the archive."""

    def within(archive):
        again = copy.copy(archive.filelist[0])
        again.filename = again.orig_filename = "b"
        again.file_size = again.compress_size = 10
        archive.filelist.append(again)

    path = write(tmp_path / "a.zip", [("a", bytes(100)), ("c", bytes(1000))], edit=within)
    refused("files that lie over each other", list_members, path)


def test_a_file_is_copied_whole_or_refused(tmp_path):
    content = bytes(range(256)) * 2**13
    archive = OpenArchive(write(tmp_path / "a.zip", [("a", content)], zipfile.ZIP_DEFLATED))
    target = io.BytesIO()
    archive.copy("a", target, len(content))
    assert target.getvalue() == content
    for size in (len(content) - 1, len(content) + 1, 0):
        target = io.BytesIO()
        refused(f"a does not have the {size:,} bytes that the list tells of", archive.copy, "a", target, size)
        assert len(target.getvalue()) <= max(size, len(content))
    refused("b cannot be read: ", archive.copy, "b", target, 1)
    archive.close()


@pytest.mark.parametrize("wide", [False, True])
def test_a_long_list_of_files_is_not_even_read(tmp_path, monkeypatch, wide):
    path = write(tmp_path / "a.zip", [(f"{number:05d}", b"") for number in range(200)])
    if wide:
        data = path.read_bytes()
        place = data.rfind(b"PK\x05\x06")
        size, start = struct.unpack_from("<LL", data, place + 12)
        record = struct.pack("<4sQHHLLQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, 200, 200, size, start)
        locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, place, 1)
        end = struct.pack("<4sHHHHLLH", b"PK\x05\x06", 0, 0, 65535, 65535, 2**32 - 1, 2**32 - 1, 0)
        path.write_bytes(data[:place] + record + locator + end)
    assert len(list_members(path)) == 200
    monkeypatch.setattr(zip_files, "_MOST_LIST", 2**13)
    refused("its list of files has more than 0 MiB", list_members, path)


def test_damaged_archives(tmp_path):
    refused("no such file|No such file", list_members, tmp_path / "none.zip")
    refused("is a folder", list_members, tmp_path)
    path = tmp_path / "a.zip"
    for content in (b"", b"PK", b"\x89PNG\r\n\x1a\n" + bytes(100)):
        path.write_bytes(content)
        refused("is no zip archive, or damaged: ", list_members, path)
    good = io.BytesIO()
    write(good, [("a", b"12345678"), ("b", b"12345678")])
    for cut in range(1, len(good.getvalue()), 7):
        path.write_bytes(good.getvalue()[:-cut])
        refused("is no zip archive, or damaged: ", list_members, path)
    data = bytearray(good.getvalue())
    data[data.index(b"12345678")] ^= 1
    path.write_bytes(data)
    refused("a cannot be read: Bad CRC-32", read_member, path, "a", 10)
