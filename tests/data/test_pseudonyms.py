import hashlib
import hmac
import os
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from medgan_tf.data.pseudonyms import (
    Pseudonyms,
    load_pseudonyms,
    private_folder,
    write_private_bytes,
    write_private_table,
)
from medgan_tf.errors import ConfigError, DataError


def test_pseudonym_is_the_start_of_a_keyed_hash():
    key = bytes(range(32))
    expected = hmac.new(key, b"patient\0patient00042", hashlib.sha256).hexdigest()[:14]
    assert Pseudonyms(key).patient("patient00042") == expected


def test_patients_and_images_of_one_name_differ_and_keys_decide():
    first, second = Pseudonyms(b"a" * 32), Pseudonyms(b"b" * 32)
    assert len({first.patient("7"), first.image("7"), second.patient("7"), second.image("7")}) == 4


def test_content_hash_depends_on_order_borders_and_key():
    pseudonyms = Pseudonyms(b"a" * 32)
    hashes = {
        pseudonyms.content_hash(["ab", "c"]),
        pseudonyms.content_hash(["a", "bc"]),
        pseudonyms.content_hash(["c", "ab"]),
        Pseudonyms(b"b" * 32).content_hash(["ab", "c"]),
    }
    assert len(hashes) == 4
    assert pseudonyms.content_hash(iter(["ab", "c"])) in hashes


def test_secret_is_made_once_and_readable_by_its_owner_only(tmp_path):
    folder = tmp_path / "deep" / "private"
    with ThreadPoolExecutor(8) as pool:
        seen = set(pool.map(lambda _: load_pseudonyms(folder).patient("1"), range(32)))
    assert len(seen) == 1
    assert [file.name for file in folder.iterdir()] == ["pseudonym.key"]
    assert stat.S_IMODE((folder / "pseudonym.key").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_secret_that_others_can_read_is_made_private_again(tmp_path):
    load_pseudonyms(tmp_path)
    (tmp_path / "pseudonym.key").chmod(0o644)
    load_pseudonyms(tmp_path)
    assert stat.S_IMODE((tmp_path / "pseudonym.key").stat().st_mode) == 0o600


@pytest.mark.parametrize("content", ["", "abc", "00" * 31, "x" * 64])
def test_damaged_secret(tmp_path, content):
    (tmp_path / "pseudonym.key").write_text(content)
    with pytest.raises(DataError, match="is damaged: expected 64 hexadecimal digits"):
        load_pseudonyms(tmp_path)


def test_private_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="cannot use the pseudonym secret .* set data.private_dir"):
        load_pseudonyms(tmp_path / "file" / "private")


def test_private_folder_must_be_outside_the_dataset(tmp_path, home_folder):
    assert private_folder(None, tmp_path) == home_folder / ".config" / "medgan-tf"
    assert private_folder(str(tmp_path / "private"), tmp_path / "dataset") == tmp_path / "private"
    for inside in (tmp_path / "dataset", tmp_path / "dataset" / "a" / "b", tmp_path / "x" / ".." / "dataset"):
        with pytest.raises(ConfigError, match="data.private_dir must lie outside the dataset folder"):
            private_folder(str(inside), tmp_path / "dataset")


def test_a_private_file_is_written_in_spite_of_one_that_was_left(tmp_path):
    """A process that was killed while it wrote had the number that this one has, as in a container."""
    (tmp_path / f".table.csv.{os.getpid()}").write_text("left")
    write_private_bytes(tmp_path / "table.csv", [b"new"])
    assert (tmp_path / "table.csv").read_bytes() == b"new"


def test_private_table(tmp_path):
    path = tmp_path / "private" / "table.csv"
    write_private_table(path, [("aa", "id,1", "p/x.jpg", "bb", "Meier")])
    assert path.read_text() == 'image,image_id,path,patient,patient_id\naa,"id,1",p/x.jpg,bb,Meier\n'
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    write_private_table(path, [])
    assert path.read_text().count("\n") == 1
    assert [file.name for file in path.parent.iterdir()] == ["table.csv"]
