"""Tokens of readers: kept over a start, refused when they are damaged or others may read them."""

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


def test_a_file_that_others_may_read_is_refused(tmp_path):
    ReaderTokens(tmp_path, ["R01"])
    (tmp_path / "tokens.json").chmod(0o644)
    with pytest.raises(DataError, match="tokens.json can be read by others; give `chmod 600"):
        ReaderTokens(tmp_path, ["R01"])
