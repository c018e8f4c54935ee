import gzip
import http.server
import threading

import pytest

from medgan_tf.data.tables.csv_reader import LONGEST_LINE, table_bytes, table_text
from medgan_tf.data.tables.listing import read_csv
from medgan_tf.errors import DataError


def test_tables_of_any_line_ending_pass(tmp_path):
    for ending in (b"\n", b"\r\n", b"\r"):
        content = ending.join([b"path,x", *[b"a" * 50 + b",1"] * 60_000])
        (tmp_path / "a.csv").write_bytes(content)
        assert table_bytes(tmp_path / "a.csv") == content
        assert len(read_csv(tmp_path / "a.csv", ["path"])) == 60_000


def test_lines_and_columns_up_to_the_limit_pass(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"path\n" + b"x" * (LONGEST_LINE - 1) + b"\ny\n")
    assert read_csv(tmp_path / "a.csv", ["path"])["path"].str.len().tolist() == [LONGEST_LINE - 1, 1]
    (tmp_path / "b.csv").write_text(",".join(f"c{number}" for number in range(10_000)) + "\n" + "1," * 9_999 + "1\n")
    assert read_csv(tmp_path / "b.csv", ["c9999"]).to_dict("list") == {"c9999": ["1"]}


def test_columns_in_other_encodings_and_with_other_separators_are_counted(tmp_path):
    (tmp_path / "a.csv").write_bytes(("\ufeff" + "a;" * 20_000 + "\n").encode("utf-16-le"))
    with pytest.raises(DataError, match="has 20,001 columns"):
        table_bytes(tmp_path / "a.csv", ";", "utf-16-le")
    # A header in quotes may have line breaks.
    (tmp_path / "b.csv").write_text('"path\n",' + "a," * 20_000 + "\n")
    with pytest.raises(DataError, match="has 20,002 columns"):
        table_bytes(tmp_path / "b.csv")


def test_a_table_that_is_too_large(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"path\nx\n")
    with pytest.raises(DataError, match="a.csv: has 7 bytes, more than the 6"):
        table_bytes(tmp_path / "a.csv", most=6)
    assert table_text(tmp_path / "a.csv", 7) == "path\nx\n"


def test_text_that_is_no_utf_8(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"path\n\xe4\n")
    with pytest.raises(DataError, match="a.csv: is not a CSV file in UTF-8: 'utf-8' codec can't decode"):
        table_text(tmp_path / "a.csv", 100)


def test_a_url_is_no_path_and_nothing_is_downloaded(tmp_path, monkeypatch):
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *arguments):
            pass

    monkeypatch.chdir(tmp_path)
    (tmp_path / "real.csv").write_text("path\nx\n")
    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            for start in (
                f"http://127.0.0.1:{server.server_port}/real.csv",
                f"file://{tmp_path}/real.csv",
                "s3://a/b.csv",
            ):
                with pytest.raises(DataError, match="cannot be read: No such file"):
                    read_csv(start, ["path"])
        finally:
            server.shutdown()
            thread.join()
    assert asked == []


def test_an_archive_is_not_unpacked(tmp_path):
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"path\nx\n"))
    with pytest.raises(DataError, match="a.csv.gz: is packed with gzip; archives are not opened"):
        read_csv(tmp_path / "a.csv.gz", ["path"])
