import os
import socket
import subprocess
import sys

import pytest

from medgan_tf.errors import DataError
from medgan_tf.files import regular_files
from medgan_tf.files.regular_files import open_regular, read_regular


def test_a_file_is_read_whole(tmp_path):
    (tmp_path / "a").write_bytes(b"abc" * 1000)
    assert read_regular(tmp_path / "a", 3000) == b"abc" * 1000
    with open_regular(tmp_path / "a", 3000) as file:
        assert file.read(4) == b"abca"
    (tmp_path / "empty").write_bytes(b"")
    assert read_regular(tmp_path / "empty", 10) == b""


def test_a_link_to_a_file_is_that_file(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    (tmp_path / "link").symlink_to(tmp_path / "a")
    assert read_regular(tmp_path / "link", 3) == b"abc"


def test_a_larger_file_is_refused(tmp_path):
    (tmp_path / "a").write_bytes(b"abcd")
    with pytest.raises(DataError, match="a: has 4 bytes, more than the 3 that are read"):
        read_regular(tmp_path / "a", 3)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_what_is_no_file_is_refused_without_waiting(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    with socket.socket(socket.AF_UNIX) as listener:
        monkeypatch.chdir(tmp_path)  # the name of a socket must be short
        listener.bind("socket")
        kinds = {"pipe": "a named pipe", "folder": "a folder", "socket": "a socket", "/dev/zero": "a device"}
        for name, words in kinds.items():
            with pytest.raises(DataError, match=f"{name}: cannot be read: it is {words}, not a file"):
                open_regular(tmp_path / name, 100)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_that_takes_the_place_of_a_file_does_not_hang(tmp_path):
    """Between the look at the name and the opening; in another process, because it would hang for ever."""
    os.mkfifo(tmp_path / "pipe")
    script = (
        "import os, sys; from medgan_tf.files import regular_files\n"
        "regular_files.os.stat = lambda path, stat=os.stat: stat(sys.executable)\n"
        "try: regular_files.open_regular(sys.argv[1], 10**12)\n"
        "except regular_files.DataError as error: print(error)"
    )
    result = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "pipe")], capture_output=True, text=True, timeout=30
    )
    assert result.stdout == f"{tmp_path}/pipe: cannot be read: it is a named pipe, not a file\n", result.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="files of the kernel")
def test_a_file_that_says_it_is_empty_is_bounded_too():
    assert b"VmPeak" in read_regular("/proc/self/status", 2**16)
    with pytest.raises(DataError, match="/proc/self/status: has more than the 100 bytes that are read"):
        read_regular("/proc/self/status", 100)


def test_missing_files_and_impossible_names():
    with pytest.raises(DataError, match="nowhere: cannot be read: No such file"):
        read_regular("nowhere", 1)
    with pytest.raises(DataError, match="cannot be read: .*embedded null"):
        read_regular("a\0b", 1)


def test_flags_that_a_system_lacks_are_left_out(tmp_path, monkeypatch):
    (tmp_path / "a").write_bytes(b"abc")
    for name in regular_files._FLAGS:
        monkeypatch.delattr(os, name, raising=False)
    assert read_regular(tmp_path / "a", 3) == b"abc"
