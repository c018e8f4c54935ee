"""Hashes of folders: what decides whether something made from them is up to date."""

from medgan_tf.files.hashing import folder_sha256


def test_hash_of_a_folder_is_its_names_and_contents(tmp_path):
    assert folder_sha256(tmp_path / "none") == ""
    (tmp_path / "a").write_text("1")
    first = folder_sha256(tmp_path)
    (tmp_path / "a").rename(tmp_path / "b")
    second = folder_sha256(tmp_path)
    (tmp_path / "b").write_text("2")
    assert len({first, second, folder_sha256(tmp_path)}) == 3
