"""The secret of the noise: its files, and the seeds that come from it."""

import hashlib
import stat

import numpy as np
import pytest

from medgan_tf.errors import RunError
from medgan_tf.gans.private.terms import SECRET_STREAMS
from medgan_tf.training.private.key import KEY_BYTES, NoiseKey, create_key, load_key


def test_a_key_is_from_the_system_and_for_its_owner_only(tmp_path):
    paths = [tmp_path / "inner" / f"{name}.key" for name in "ab"]
    keys = [create_key(path) for path in paths]
    secrets = [bytes.fromhex(path.read_text()) for path in paths]
    assert [len(secret) for secret in secrets] == [KEY_BYTES] * 2 and secrets[0] != secrets[1]
    assert stat.S_IMODE(paths[0].stat().st_mode) == 0o600
    np.testing.assert_array_equal(load_key(paths[0]).seeds("s", 3), keys[0].seeds("s", 3))
    assert [path.name for path in paths[0].parent.iterdir() if path.name.startswith(".")] == []
    assert secrets[0].hex() not in repr(keys[0])


def test_a_key_that_others_could_read_is_closed_again(tmp_path):
    create_key(tmp_path / "a.key")
    (tmp_path / "a.key").chmod(0o644)
    load_key(tmp_path / "a.key")
    assert stat.S_IMODE((tmp_path / "a.key").stat().st_mode) == 0o600


@pytest.mark.parametrize("text", ["", "00" * 31, "zz" * 32])
def test_a_damaged_key_is_refused(tmp_path, text):
    (tmp_path / "a.key").write_text(text)
    with pytest.raises(RunError, match="expected 64 hexadecimal digits"):
        load_key(tmp_path / "a.key")


def test_seeds_are_keyed_hashes_of_salt_draw_and_stream():
    secret = bytes(range(32))
    seeds = NoiseKey(secret).seeds("salt", 7)
    assert seeds.dtype == np.int64 and seeds.shape == (len(SECRET_STREAMS), 2)
    for row, stream in zip(seeds, SECRET_STREAMS, strict=True):
        digest = hashlib.blake2b(f"step|salt|7|{stream}".encode(), key=secret, digest_size=16).digest()
        assert row.tolist() == [int.from_bytes(digest[at : at + 8], "little", signed=True) for at in (0, 8)]


def test_seeds_differ_by_key_salt_draw_and_stream():
    one, other = NoiseKey(bytes(32)), NoiseKey(b"\1" + bytes(31))
    seeds = [one.seeds("a", 0), one.seeds("a", 1), one.seeds("b", 0), other.seeds("a", 0)]
    assert len({tuple(row) for drawn in seeds for row in drawn.tolist()}) == 4 * len(SECRET_STREAMS)


def test_what_is_released_once_has_random_numbers_of_its_own():
    first, again, other = (
        NoiseKey(bytes([number] * 32)).generator(name).standard_normal(4)
        for number, name in ((1, "a"), (1, "a"), (2, "a"))
    )
    np.testing.assert_array_equal(first, again)
    assert not np.intersect1d(first, other).size
    assert not np.intersect1d(first, NoiseKey(bytes([1] * 32)).generator("b").standard_normal(4)).size
