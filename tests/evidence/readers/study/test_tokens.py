"""Tokens of readers: kept over a start, refused when they are damaged, and closed to others."""

import pytest

from medgan_tf.errors import DataError
from medgan_tf.evidence.readers.study.tokens import ReaderTokens


def test_tokens_stay_and_differ(tmp_path):
    first = ReaderTokens(tmp_path, ["R01", "R02"])
    again = ReaderTokens(tmp_path, ["R02", "R03"])
    assert again.readers == ["R01", "R02", "R03"]
    assert [again[reader] for reader in ("R01", "R02")] == [first[reader] for reader in ("R01", "R02")]
    assert len({again[reader] for reader in again.readers}) == 3
    assert again.holds("R01", first["R01"])
    for reader, token in (("R01", first["R02"]), ("R01", ""), ("R09", "-" * 32), ("R01", "\u00e9"), ("", "")):
        assert not again.holds(reader, token)
    assert (tmp_path / "tokens.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("text", ["", "[]", '{"R01": 1}', '{"R01": ""}', "[" * 100_000, '{"R01": "short"}'])
def test_a_damaged_file_is_said(tmp_path, text):
    path = tmp_path / "tokens.json"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(DataError, match="tokens.json is damaged; remove it, and the readers get new links"):
        ReaderTokens(tmp_path, ["R01"])
    assert path.read_text() == text


def test_a_file_that_others_may_read_is_closed_to_them(tmp_path, caplog):
    token = ReaderTokens(tmp_path, ["R01"])["R01"]
    (tmp_path / "tokens.json").chmod(0o644)
    assert ReaderTokens(tmp_path, ["R01"])["R01"] == token
    assert (tmp_path / "tokens.json").stat().st_mode & 0o777 == 0o600
    assert "could be read by others, now they cannot; remove it if readers shall get new links" in caplog.text
