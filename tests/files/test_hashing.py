"""Hashes of files and folders have the values that earlier versions stored."""

import hashlib

import pytest

from medgan_tf.files.hashing import files_sha256, sha256_of


def test_hash_of_a_file_is_that_of_its_content(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    # FIPS 180-2, example B.1.
    assert sha256_of(tmp_path / "a") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    with pytest.raises(FileNotFoundError):
        sha256_of(tmp_path / "b")


def test_hash_of_a_folder_is_its_names_and_contents(tmp_path):
    assert files_sha256(tmp_path / "none") == ""
    (tmp_path / "below").mkdir()
    (tmp_path / "b").write_bytes(b"1")
    (tmp_path / "below" / "a").write_bytes(b"2")
    one, two = (hashlib.sha256(content).digest() for content in (b"1", b"2"))
    # Names sorted as paths, each ended by a zero byte and followed by the hash of the content.
    expected = hashlib.sha256(b"b\0" + one + b"below/a\0" + two).hexdigest()
    assert files_sha256(tmp_path) == expected
    (tmp_path / "b").rename(tmp_path / "c")
    assert files_sha256(tmp_path) != expected
    (tmp_path / "c").rename(tmp_path / "b")
    (tmp_path / "b").write_bytes(b"2")
    assert files_sha256(tmp_path) != expected
