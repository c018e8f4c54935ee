import codecs
import zipfile

import pytest

from medgan_tf.data.tables.listing import read_csv
from medgan_tf.errors import DataError

HINT = "; see data.options.separator and data.options.encoding"


def _workbook(path, member):
    with zipfile.ZipFile(path, "w") as archive:
        if "opendocument" in member:
            archive.writestr("mimetype", member)
        archive.writestr(member, "<x/>")


@pytest.mark.parametrize(
    ("member", "message"),
    [
        ("xl/workbook.xml", r"is an Excel workbook \(.xlsx\); open it and save it as CSV"),
        ("application/vnd.oasis.opendocument.spreadsheet", r"is an OpenDocument table \(.ods\)"),
        ("train.csv", "is a ZIP archive; archives are not opened, unpack it first"),
    ],
)
def test_spreadsheets_and_archives_are_called_by_name(tmp_path, member, message):
    _workbook(tmp_path / "a.csv", member)
    with pytest.raises(DataError, match=f"a.csv: {message}"):
        read_csv(tmp_path / "a.csv", ["path"])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"is empty \(0 bytes\)"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600), r"is an old Excel workbook \(.xls\); open it and save"),
        (b"\x1f\x8b\x08\x00rest", "is packed with gzip"),
        ("path,x\na,1\n".encode("utf-16-le"), "seems to be in utf-16-le without a byte order mark"),
        ("path,x\nä,1\n".encode("utf-16-be"), "seems to be in utf-16-be without a byte order mark"),
    ],
)
def test_other_files_are_called_by_name(tmp_path, content, message):
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(DataError, match=message) as error:
        read_csv(tmp_path / "a.csv", ["path"])
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_with_its_mark_is_read_where_utf_8_is_expected(tmp_path, encoding):
    mark = codecs.BOM_UTF16_LE if encoding == "utf-16-le" else codecs.BOM_UTF16_BE
    (tmp_path / "a.csv").write_bytes(mark + "path,x\nä.png,1\nb.png,0\n".encode(encoding))
    assert read_csv(tmp_path / "a.csv", ["path", "x"]).to_dict("list") == {"path": ["ä.png", "b.png"], "x": ["1", "0"]}


@pytest.mark.parametrize(
    ("first", "encoding"),
    [
        ("sep=;\r\n", "utf-8"),
        ("\ufeffsep=;\r\n", "utf-8"),
        ('"sep=;"\n', "utf-8"),
        ("SEP=;\n", "latin-1"),
        ("\ufeffsep=;\r\n", "utf-16-le"),
    ],
)
def test_the_first_line_of_excel_names_the_separator(tmp_path, first, encoding):
    (tmp_path / "a.csv").write_bytes((first + "path;x\nä,1.png;1\nb.png;no\n").encode(encoding))
    given = "latin-1" if encoding == "latin-1" else "utf-8"
    frame = read_csv(tmp_path / "a.csv", ["x", "path"], encoding=given)
    assert frame.to_dict("list") == {"x": ["1", "no"], "path": ["ä,1.png", "b.png"]}


@pytest.mark.parametrize(("separator", "name"), [(";", "';'"), ("\t", r"'\\t' \(tab\)"), ("|", r"'\|'")])
def test_another_separator_is_guessed_for_the_message(tmp_path, separator, name):
    (tmp_path / "a.csv").write_text(f"Bild{separator}Patient\na.png{separator}1\n")
    with pytest.raises(DataError, match=f"seems to be separated by {name}: set data.options.separator$"):
        read_csv(tmp_path / "a.csv", ["Bild", "Patient"], HINT)
    with pytest.raises(DataError, match=f"seems to be separated by {name}: save it with commas$"):
        read_csv(tmp_path / "a.csv", ["Bild"])
    with pytest.raises(DataError, match=f"seems to be separated by {name}: set"):
        read_csv(tmp_path / "a.csv", ["Patient", "Edema"], HINT)


def test_a_missing_column_of_a_table_that_is_read_rightly_is_no_matter_of_separators(tmp_path):
    (tmp_path / "a.csv").write_text("path,notes;more\na.png,x\n")
    with pytest.raises(DataError, match="no column 'patient'; found: path, notes;more; see"):
        read_csv(tmp_path / "a.csv", ["path", "patient"], HINT)
