"""What a file that should be a CSV table is instead, from its first bytes, and which separator its header has."""

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path

from medgan_tf.errors import DataError

SEPARATORS = (",", ";", "\t", "|")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_UTF_8_MARK = b"\xef\xbb\xbf"
# Some encodings write a mark of their own.
_WITHOUT_MARK = {
    b"\xff\xfe": "utf-16-le",
    b"\xfe\xff": "utf-16-be",
    _UTF_8_MARK: "utf-8",
    b"utf-16": "utf-16-le",
    b"utf-8-sig": "utf-8",
}
_NAMED_SEPARATOR = re.compile(r'\ufeff?("?sep=(.)"?[,;\t]*(?:\r\n|\r|\n))', re.IGNORECASE)
_LONGEST_START = 32


def refuse_other_formats(data: bytes, path: str | Path) -> None:
    """Raises `DataError` for an empty file, a spreadsheet or an archive, and says what to do with it."""
    if not data:
        raise DataError(f"{path}: is empty (0 bytes)")
    if data.startswith(b"PK\x03\x04"):
        if b"xl/" in data:
            raise DataError(f"{path}: is an Excel workbook (.xlsx); open it and save it as CSV")
        if b"opendocument.spreadsheet" in data[:200]:
            raise DataError(f"{path}: is an OpenDocument table (.ods); open it and save it as CSV")
        raise DataError(f"{path}: is a ZIP archive; archives are not opened, unpack it first")
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        raise DataError(f"{path}: is an old Excel workbook (.xls); open it and save it as CSV")
    if data.startswith(b"\x1f\x8b"):
        raise DataError(f"{path}: is packed with gzip; archives are not opened, unpack it first")


def encoding_of(data: bytes, encoding: str) -> str:
    """The encoding that the first bytes show: UTF-16 where its byte order mark stands and UTF-8 was expected.

    Excel's "Unicode text" is UTF-16. Python's name for UTF-8 that may begin with a mark is `utf-8-sig`.
    """
    if encoding.lower().replace("_", "-") in ("utf-8", "utf8"):
        # The four zero bytes of UTF-32 LE begin like UTF-16.
        return "utf-16" if data.startswith(_UTF_16) and data[2:4] != b"\0\0" else "utf-8-sig"
    return encoding


def seems_utf_16(data: bytes) -> str:
    """`utf-16-le` or `utf-16-be` where every second byte is zero, as in UTF-16 without a mark; else ""."""
    start = data[:256]
    for name, zeros in (("utf-16-le", start[1::2]), ("utf-16-be", start[::2])):
        if len(zeros) >= 4 and zeros.count(0) > 0.8 * len(zeros):
            return name
    return ""


def named_separator(data: bytes, encoding: str) -> tuple[str, bytes] | None:
    """The separator of a first line ``sep=;``, which Excel writes and hides, and the bytes without that line."""
    text = data[: 2 * _LONGEST_START].decode(encoding, "ignore")
    found = _NAMED_SEPARATOR.match(text)
    if not found:
        return None
    mark = next((one for one in (_UTF_8_MARK, *_UTF_16) if data.startswith(one)), b"")
    line = found[1].encode(_WITHOUT_MARK.get(mark) or _WITHOUT_MARK.get(encoding.lower().encode()) or encoding)
    return found[2], mark + data[len(mark) + len(line) :]


def other_separator(data: bytes, encoding: str, columns: Sequence[str], separator: str) -> str:
    """The separator with which the header has the wanted columns, where `separator` does not find them; else ""."""
    text = data[: 2**20].decode(encoding, "replace")
    for one in SEPARATORS:
        if one != separator:
            try:
                header = next((row for row in csv.reader(io.StringIO(text, newline=""), delimiter=one) if row), [])
            except csv.Error:
                continue
            names = {name.strip() for name in header}
            if len(names) > 1 and names & set(columns):
                return one
    return ""


def separator_name(separator: str) -> str:
    r"""A separator for a message: ``';'``, ``'\t' (tab)``."""
    return "'\\t' (tab)" if separator == "\t" else repr(separator)
