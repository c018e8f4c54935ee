import os
import stat

import pytest

from medgan_tf.data.looks.look import Look
from medgan_tf.data.looks.record import PrivateRecord
from medgan_tf.errors import DataError
from medgan_tf.files.csv_files import csv_rows

CONTENT = "12345678" + "9" * 56
LOOKS = {
    "0123456789abcd": Look(512, 1_700_000_000_000_000_001, "a" * 32, "b" * 16, ("burned_in", "constant")),
    "00000000000000": Look(0, 0, "0" * 32),
}


@pytest.fixture
def record(tmp_path):
    return PrivateRecord(tmp_path / "private" / "small-0f0f0f0f")


def test_looks_are_written_and_read(record):
    record.write_looks(CONTENT, LOOKS)
    path = record.start.parent / "small-0f0f0f0f-12345678.looks.csv"
    assert path.read_text() == (
        "image,size,modified,digest,shape_hash,marks\n"
        f"00000000000000,0,0,{'0' * 32},{'0' * 16},\n"
        f"0123456789abcd,512,1700000000000000001,{'a' * 32},{'b' * 16},burned_in constant\n"
    )
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert record.read_looks(CONTENT) == LOOKS


def test_looks_belong_to_one_content(record):
    record.write_looks(CONTENT, LOOKS)
    assert record.read_looks("f" * 64) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "image,size\n",
        "image,size,modified,digest,shape_hash,marks\n0123456789abcd,1,2\n",
        f"image,size,modified,digest,shape_hash,marks\n0123456789abcd,x,2,{'0' * 32},{'0' * 16},\n",
        f"image,size,modified,digest,shape_hash,marks\n0123456789abcd,1,2,{'0' * 30},{'0' * 16},\n",
        f"image,size,modified,digest,shape_hash,marks\n0123456789abcd,1,2,{'0' * 32},{'0' * 16},ÄH\n",
        f"image,size,modified,digest,shape_hash,marks\nsmith,1,2,{'0' * 32},{'0' * 16},\n",
    ],
)
def test_a_damaged_record_is_none(record, text):
    record.write_looks(CONTENT, LOOKS)
    record.looks_file(CONTENT).write_text(text, encoding="utf-8")
    assert record.read_looks(CONTENT) is None


def test_lists_for_the_owner(record):
    rows = [("b" * 14, "=b, x.png", "b: is truncated"), ("a" * 14, "a.png", "a: is empty")]
    path = record.write_unreadable(rows)
    assert path == record.start.parent / "small-0f0f0f0f.unreadable.csv"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with open(path, encoding="utf-8", newline="") as file:
        assert list(csv_rows(file)) == [["image", "path", "reason"], list(rows[0]), list(rows[1])]
    assert record.write_unreadable([]) is None and not path.exists()
    assert record.write_constant([("a" * 14, "a.png")]).name == "small-0f0f0f0f.constant.csv"


def test_paths_of_the_table_of_pseudonyms(record):
    assert record.paths() == []
    record.write_way_back([("a" * 14, "id", "folder/a\u2028b.png", "c" * 14, "Smith"), ("b" * 14, "x", "-y", "", "")])
    assert record.paths() == ["folder/a\u2028b.png", "-y"]


def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    record = PrivateRecord(tmp_path / "file" / "small")
    for write in (lambda: record.write_looks(CONTENT, LOOKS), lambda: record.write_unreadable([("a", "b", "c")])):
        with pytest.raises(DataError, match="cannot write the private record .*; set data.private_dir"):
            write()
    assert os.listdir(tmp_path) == ["file"]
