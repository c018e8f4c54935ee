"""Names by which a server may be asked."""

import pytest

from medgan_tf.errors import ConfigError
from medgan_tf.evidence.readers.study.hosts import allowed_names, host_headers


def test_names():
    assert allowed_names("127.0.0.1", []) == ("127.0.0.1", "localhost", "::1")
    assert allowed_names("10.0.0.5", ["Room.Example"]) == ("10.0.0.5", "room.example")
    assert allowed_names("0.0.0.0", ["room.example", "[::1]"]) == ("room.example", "::1")
    assert host_headers(("::1", "room.example"), 8765) == {"[::1]:8765", "room.example:8765"}
    assert host_headers(("room.example",), 80) == {"room.example:80", "room.example"}


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "0", "0.0", "0x0", "::0", "0:0:0:0:0:0:0:0", "::ffff:0.0.0.0"])
def test_all_addresses_need_a_name(host):
    with pytest.raises(ConfigError, match="listens on all addresses of this machine; name those by which readers"):
        allowed_names(host, [])


@pytest.mark.parametrize("name", ["", "0.0.0.0", "http://room", "room/x", "a b", "*"])
def test_what_is_no_name(name):
    with pytest.raises(ConfigError, match="--allow-host: expected a host name or an address"):
        allowed_names("127.0.0.1", [name])
