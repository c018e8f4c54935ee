"""The names under which a server may be asked. A request for any other name is refused.

A page from elsewhere can make its own name lead to this machine (DNS rebinding). The browser then takes our answers for
that page's own. What gives it away is the name in the Host header, so allowed names are listed and never guessed.
"""

import ipaddress
import socket
from collections.abc import Iterable

from medgan_tf.errors import ConfigError

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def is_wildcard(host: str) -> bool:
    """Whether a server that listens on this address listens on all of the machine, in any spelling: `0.0.0.0`, `0`."""
    try:
        return not host or not any(socket.inet_aton(host))
    except (OSError, UnicodeError):
        pass
    try:
        address = ipaddress.IPv6Address(host)
    except ValueError:
        return False
    return (address.ipv4_mapped or address).is_unspecified


def allowed_names(host: str, listed: Iterable[str]) -> tuple[str, ...]:
    """The names that a server may be asked by.

    Args:
        host: Address that the server listens on.
        listed: Further names that the user allows, e.g. `reading-room.hospital.example`.

    Raises:
        ConfigError: The server listens on all addresses and no name is listed, or a name holds more than a name.
    """
    names = [name.strip().lower().removeprefix("[").removesuffix("]") for name in listed]
    for name in names:
        if is_wildcard(name) or not all(part.isalnum() or part in ".-:" for part in name):
            raise ConfigError(f"--allow-host: expected a host name or an address, without port. Received: {name!r:.60}")
    if is_wildcard(host) and not names:
        raise ConfigError(
            f"--host {host or repr('')} listens on all addresses of this machine; name those by which readers reach "
            "it with --allow-host, e.g. --allow-host reading-room.hospital.example"
        )
    own = () if is_wildcard(host) else (host.lower(),)
    return tuple(dict.fromkeys((*own, *(LOOPBACK if host in LOOPBACK else ()), *names)))


def host_headers(names: Iterable[str], port: int) -> frozenset[str]:
    """The Host headers of requests for these names (RFC 9110, 7.2). Browsers leave out port 80."""
    bracketed = [f"[{name}]" if ":" in name else name for name in names]
    return frozenset(f"{name}:{port}" for name in bracketed) | frozenset(bracketed if port == 80 else ())
