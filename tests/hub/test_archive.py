"""Archives of releases: equal bytes for equal folders; hostile ones are refused, and leave nothing anywhere."""

import copy
import io
import shutil
import stat
import struct
import tarfile
import warnings
import zipfile

import pytest
from hub_releases import tree, write_library, write_release

from medgan_tf.errors import DataError
from medgan_tf.hub import archive as module
from medgan_tf.hub.archive import unpack_archive, write_archive
from medgan_tf.hub.get import Wanted, find_release, get_release

LINK, FIFO, DEVICE = stat.S_IFLNK | 0o777, stat.S_IFIFO | 0o644, stat.S_IFCHR | 0o666


def test_equal_folders_give_equal_archives_and_come_back(tmp_path):
    release = write_release(tmp_path / "release")
    (release / "MANIFEST.sig").write_bytes(b"signature")
    again = shutil.copytree(release, tmp_path / "again", copy_function=shutil.copyfile)
    write_archive(release, tmp_path / "one.zip")
    write_archive(again, tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        assert {(one.date_time, one.compress_type, one.external_attr >> 16) for one in archive.infolist()} == {
            ((1980, 1, 1, 0, 0, 0), zipfile.ZIP_STORED, 0o100644)
        }
        assert archive.namelist() == sorted(archive.namelist()) and "MANIFEST.sig" in archive.namelist()
    (tmp_path / "out").mkdir()
    unpack_archive(tmp_path / "one.zip", tmp_path / "out")
    assert tree(tmp_path / "out") == tree(release)
    (release / "README.md").write_text("# Changed meanwhile\n")
    with pytest.raises(DataError, match=r"README.md was changed while it was read"):
        write_archive(release, tmp_path / "three.zip")


def entry(name, mode=stat.S_IFREG | 0o644):
    made = zipfile.ZipInfo(name)
    made.external_attr, made.create_system = mode << 16, 3
    return made


def packed(*members, how=zipfile.ZIP_STORED, edit=lambda archive: None):
    """The bytes of an archive, whose list `edit` may change before it is written."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", how) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, text in members:
            archive.writestr(name if isinstance(name, zipfile.ZipInfo) else entry(name), text, how)
        edit(archive)
    return content.getvalue()


def changed_list(**values):
    """An archive of one file whose list says something else of it."""

    def edit(archive):
        for name, value in values.items():
            setattr(archive.filelist[0], name, value)

    return packed(("README.md", b"x" * 100), edit=edit)


def one_in_another():
    """A file whose bytes are in another one's; the sizes together are less than those of the archive."""

    def edit(archive):
        again = copy.copy(archive.filelist[0])
        again.filename = again.orig_filename = "b"
        again.file_size = again.compress_size = 10
        archive.filelist.append(again)

    return packed(("a", b"x" * 100), ("c", b"y" * 1000), edit=edit)


def damaged(old, new):
    data = packed(("README.md", b"x" * 100))
    place = data.index(old)
    return data[:place] + new + data[place + len(old) :]


def tar():
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        made = tarfile.TarInfo("../evil")
        made.type, made.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(made)
    return content.getvalue()


GOOD = ("README.md", b"# Synthetic\n")
HOSTILE = {
    "up": (packed(GOOD, ("../evil", b"x")), "leads out"),
    "up, deeper": (packed(GOOD, ("images/../../evil", b"x")), "leads out"),
    "absolute": (packed(GOOD, ("/tmp/evil", b"x")), "leads out"),
    "a drive": (packed(GOOD, ("C:/evil", b"x")), "leads out"),
    "backslashes": (packed(GOOD, ("..\\evil", b"x")), "leads out"),
    "a stream": (packed(GOOD, ("README.md:evil", b"x")), "leads out|not plain"),
    "this folder": (packed(GOOD, ("./evil", b"x")), "its name is not plain"),
    "an empty part": (packed(GOOD, ("images//evil", b"x")), "its name is not plain"),
    "a dot at the end": (packed(GOOD, ("evil.", b"x")), "its name is not plain"),
    "a star": (packed(GOOD, ("*", b"x")), "its name is not plain"),
    "an escape": (packed(GOOD, ("a\x1b[2J", b"x")), "is no name of a file"),
    "a mark of direction": (packed(GOOD, ("gpj.\u202eexe", b"x")), "is no name of a file"),
    "a zero byte": (packed(GOOD, ("a.exe_.png", b"x")).replace(b"a.exe_.png", b"a.exe\0.png"), "is no name of a file"),
    "long": (packed(GOOD, ("a" * 241, b"x")), "its name is too long"),
    "deep": (packed(GOOD, ("a/" * 8 + "a", b"x")), "its name is too long"),
    "a link": (packed(GOOD, (entry("evil", LINK), b"/etc/passwd")), "is a link, a device"),
    "a link, then a file in it": (packed((entry("images", LINK), b"/tmp"), ("images/evil", b"x")),
                                  "is a file and a folder|is a link"),
    "a pipe": (packed(GOOD, (entry("evil", FIFO), b"")), "is a link, a device"),
    "a device": (packed(GOOD, (entry("evil", DEVICE), b"")), "is a link, a device"),
    "a name twice": (packed(GOOD, ("README.md", b"other")), "holds a name twice"),
    "names by case": (packed(GOOD, ("readme.MD", b"other")), "by case or accents only"),
    "names by accents": (packed(("e\u0301.txt", b"1"), ("\u00e9.txt", b"2")), "by case or accents only"),
    "folders by case": (packed(("images/1", b"1"), ("Images/2", b"2")), "by case or accents only"),
    "a file and a folder": (packed(("images", b"1"), ("images/2", b"2")), "is a file and a folder"),
    "compressed": (packed(("README.md", b"abc" * 50), how=zipfile.ZIP_DEFLATED), "is not stored as it is"),
    "a bomb": (packed(("README.md", bytes(2**24)), how=zipfile.ZIP_DEFLATED), "unpacks to more than 200 times"),
    "another packing": (packed(("README.md", b"abc" * 50), how=zipfile.ZIP_BZIP2), "neither stored nor deflated"),
    "a huge size": (changed_list(file_size=2**50, compress_size=2**50), "lie over each other"),
    "a huge size unpacked": (changed_list(file_size=2**50), "unpacks to more than 200 times"),
    "a size too large": (changed_list(file_size=200), "is not stored as it is"),
    "a size too small": (changed_list(file_size=50, compress_size=50), "Bad CRC-32"),
    "one over another": (one_in_another(), "lie over each other"),
    "encrypted": (changed_list(flag_bits=1), "is encrypted"),
    "another name in front of it": (damaged(b"README.md", b"../../evi"), "cannot be read"),
    "other content": (damaged(b"x" * 100, b"y" * 100), "Bad CRC-32"),
    "a place behind the end": (changed_list(header_offset=2**30), "cannot be read|damaged"),
    "cut off": (packed(GOOD)[:-30], "is no zip archive, or damaged"),
    "a tar file": (tar(), "is no zip archive"),
    "an image": (b"\x89PNG\r\n\x1a\n" + bytes(100), "is no zip archive"),
    "no release": (packed(GOOD), "the manifest does not name it|MANIFEST.json: cannot be read"),
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_archive_is_refused_and_leaves_nothing(tmp_path, case):
    """Its index is right about its hash and its size: who can change one can change the other."""
    content, reason = HOSTILE[case]
    (tmp_path / "evil").write_text("canary")
    library = write_library(tmp_path / "library", content)
    before = tree(tmp_path)
    found = find_release(str(library), Wanted("small"))
    with pytest.raises(DataError, match=reason) as caught:
        get_release(found, tmp_path / "out", lambda done, size: None)
    assert tree(tmp_path) == before
    text = str(caught.value)
    assert text.isprintable() and len(text) < 500 and "small-1.zip" in text and ".partial-" not in text


def test_very_many_files_are_refused_before_one_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MOST_FILES", 2)
    (tmp_path / "a.zip").write_bytes(packed(*((name, b"") for name in "abc")))
    (tmp_path / "out").mkdir()
    with pytest.raises(DataError, match="it holds 3 files, more than 2"):
        unpack_archive(tmp_path / "a.zip", tmp_path / "out")
    assert tree(tmp_path / "out") == {}


def test_an_archive_of_64_bits_comes_back(tmp_path):
    """As that of a release of more than 4 GiB is."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive, archive.open(entry("a"), "w", force_zip64=True) as member:
        member.write(b"12345")
    assert struct.pack("<L", 2**32 - 1) in content.getvalue()
    (tmp_path / "a.zip").write_bytes(content.getvalue())
    (tmp_path / "out").mkdir()
    unpack_archive(tmp_path / "a.zip", tmp_path / "out")
    assert tree(tmp_path / "out") == {"a": b"12345"}
