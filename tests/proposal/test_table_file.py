import pytest

from medgan_tf.errors import DataError
from medgan_tf.proposal.table_file import columns_of, open_table

LINES = ("Bild{0}Größe{0}Befund", "a.png{0}1,5{0}ja", "b.png{0}2,5{0}nein")


def write(path, separator=";", encoding="utf-8", mark=b"", lines=LINES):
    path.write_bytes(mark + "\r\n".join(lines).format(separator).encode(encoding))
    return path


@pytest.mark.parametrize(
    ("separator", "encoding", "mark", "found"),
    [
        (";", "utf-8", b"", "utf-8"),
        (";", "utf-8", b"\xef\xbb\xbf", "utf-8"),
        (";", "latin-1", b"", "latin-1"),
        ("\t", "utf-16-le", b"\xff\xfe", "utf-16"),
        ("\t", "utf-16-be", b"\xfe\xff", "utf-16"),
        (";", "utf-16-le", b"", "utf-16-le"),
        ("|", "utf-8", b"", "utf-8"),
    ],
)
def test_separator_and_encoding(tmp_path, separator, encoding, mark, found):
    path = write(tmp_path / "t.csv", separator, encoding, mark)
    table = open_table(path)
    assert (table.separator, table.encoding) == (separator, found)
    assert table.columns == columns_of(path) == ("Bild", "Größe", "Befund")
    assert table.frame.to_numpy().tolist() == [["a.png", "1,5", "ja"], ["b.png", "2,5", "nein"]]
    assert bool(table.notes) == (found in ("latin-1", "utf-16-le"))


def test_windows_letters_are_not_latin_1(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes("Bild;Preis €\na.png;3\n".encode("cp1252"))
    assert open_table(path).encoding == "cp1252"


def test_commas_in_cells_are_no_separators(tmp_path):
    path = write(tmp_path / "t.csv", lines=("path;note", "a.png;one, two, three", "b.png;four, five"))
    assert open_table(path).columns == ("path", "note")


def test_names_that_cannot_be_used(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(",path,x,x,Ede\u202ema\n0,a.png,1,2,0\n", encoding="utf-8")
    table = open_table(path)
    assert table.columns == ("path", "Ede\u202ema")
    assert (table.repeated, table.hidden) == (("x",), ("Ede\u202ema",))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"  \n", "is empty"),
        (b"PK\x03\x04rest", "save its sheet as CSV"),
        (b"\xd0\xcf\x11\xe0rest", "save its sheet as CSV"),
    ],
)
def test_no_table(tmp_path, content, message):
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        open_table(path)
    assert columns_of(path) == ()
