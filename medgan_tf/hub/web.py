"""A library on a web server: its files, within limits of size and time, from the address that the user gave.

No redirect is followed: where the files are is the user's decision, not the server's. A hash of the index says whether
an archive is whole; who made it, only its signature says.
"""

import contextlib
import http.client
import ipaddress
import re
import socket
import ssl
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import quote, urlsplit

import medgan_tf
from medgan_tf.errors import ConfigError, DataError
from medgan_tf.files.plain_text import visible
from medgan_tf.hub.index import INDEX

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_IDLE_SECONDS = 30.0
"""Longest wait for the next bytes."""
_FIRST_SECONDS = 60.0
_LEAST_RATE = 10_000
"""Bytes a second below which a server is given up, after the first seconds."""
_PIECE = 2**16


def is_address(place: str) -> bool:
    """Whether a place is an address of whatever kind, and no folder."""
    return _ADDRESS.match(place) is not None


class WebLibrary:
    """The files of a web directory.

    Args:
        address: An address with ``https://``; that of its index is accepted too.
        allow_http: Whether ``http://`` is accepted for other machines than this one. Everybody on the way can then see
            and change what comes.

    Raises:
        ConfigError: It is no such address, or has a name, a password, a query or a fragment.
    """

    def __init__(self, address: str, allow_http: bool = False):
        self.address = address.removesuffix(INDEX).rstrip("/") + "/"
        local = _check_address(address, allow_http)
        # A proxy of the environment is for other machines.
        handlers: list[urllib.request.BaseHandler] = [] if local else [urllib.request.ProxyHandler()]
        handlers += [_PlainHandler(), _SecureHandler(), _NoRedirects()]
        handlers += [urllib.request.HTTPErrorProcessor(), urllib.request.HTTPDefaultErrorHandler()]
        # Not `build_opener`, whose other handlers read files and talk FTP.
        self._opener = urllib.request.OpenerDirector()
        self._opener.addheaders = [("User-Agent", f"medgan-tf/{medgan_tf.__version__}")]
        for handler in handlers:
            self._opener.add_handler(handler)

    def where(self, name: str) -> str:
        """The address of a file."""
        return self.address + quote(name)

    def read(self, name: str, most: int) -> bytes:
        """A file of at most `most` bytes. Raises `DataError` where it does not come, or is larger."""
        return b"".join(self._pieces(name, most))

    def save(self, name: str, size: int, path: Path, progress: Callable[[int, int], None]) -> Path:
        """Writes a file of `size` bytes to `path`, and gives that.

        Raises:
            DataError: It does not come, or has another size.
            OSError: The disk does not take it.
        """
        done = 0
        with path.open("xb") as file:
            for piece in self._pieces(name, size):
                file.write(piece)
                done += len(piece)
                progress(done, size)
        if done != size:
            raise DataError(f"{self.where(name)} ends after {done:,} of {size:,} bytes; try again, or {_ASK}")
        return path

    def _pieces(self, name: str, most: int) -> Iterator[bytes]:
        where, done = self.where(name), 0
        last = time.monotonic() + _FIRST_SECONDS + most / _LEAST_RATE
        try:
            with self._opener.open(where, timeout=_IDLE_SECONDS) as response:
                if (stated := response.headers.get("Content-Length", "")).isdecimal() and int(stated[:20]) > most:
                    raise DataError(f"{where} has {int(stated[:20]):,} bytes; expected at most {most:,}; {_ASK}")
                # What one packet brought: who sends a byte at a time must not keep us in one call.
                while piece := response.read1(_PIECE):
                    done += len(piece)
                    if done > most:
                        raise DataError(f"{where} has more than the {most:,} bytes that were expected; {_ASK}")
                    if time.monotonic() > last:
                        raise DataError(f"{where} comes too slowly: {done:,} bytes so far; try again later")
                    yield piece
        except urllib.error.HTTPError as error:
            error.close()
            raise DataError(f"{where} cannot be read: the server answers {error.code}; {_ASK}") from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or error
            raise DataError(f"{where} cannot be read: {visible(str(reason)[:200]) or type(error).__name__}") from error


_ASK = "ask whoever keeps the library"


class _Bounded:
    """A connection whose server has a limited time for the head of its answer, byte by byte or not at all."""

    sock: socket.socket | None

    def getresponse(self) -> http.client.HTTPResponse:
        timer = threading.Timer(_FIRST_SECONDS, self._give_up)
        timer.daemon = True
        timer.start()
        try:
            return super().getresponse()
        finally:
            timer.cancel()

    def _give_up(self) -> None:
        # Whoever waits for the next byte sees the end of the connection.
        with contextlib.suppress(OSError):
            if self.sock is not None:
                self.sock.shutdown(socket.SHUT_RDWR)


class _Plain(_Bounded, http.client.HTTPConnection):
    pass


class _Secure(_Bounded, http.client.HTTPSConnection):
    pass


class _PlainHandler(urllib.request.HTTPHandler):
    def http_open(self, request: Any) -> http.client.HTTPResponse:
        return self.do_open(_Plain, request)


class _SecureHandler(urllib.request.HTTPSHandler):
    def https_open(self, request: Any) -> http.client.HTTPResponse:
        return self.do_open(_Secure, request, context=ssl.create_default_context())


class _NoRedirects(urllib.request.BaseHandler):
    """Refuses every answer that sends us elsewhere."""

    def http_error_302(self, request: Any, response: Any, code: int, message: str, headers: Any) -> NoReturn:
        response.close()
        target = visible(str(headers.get("Location", "nowhere"))[:200])
        raise DataError(f"{request.full_url} sends us to {target}, which is not followed; give that address if you "
                        "trust it")  # fmt: skip

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302


def _check_address(address: str, allow_http: bool) -> bool:
    """Whether the address is on this machine. Raises `ConfigError` for one that is not accepted."""
    shown = f"Received: {visible(address)!r:.200}"
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise ConfigError(f"expected an address such as https://example.org/library ({error}). {shown}") from error
    if not re.fullmatch("[!-~]+", address) or not host or parts.query or parts.fragment:
        raise ConfigError(f"expected an address such as https://example.org/library. {shown}")
    if parts.username is not None or parts.password is not None:
        raise ConfigError("an address with a name or a password, which would be shown; leave them out")
    local = _is_loopback(host)
    if parts.scheme.lower() not in ("http", "https"):
        raise ConfigError(f"a library is a folder, or an address with https://. {shown}")
    if parts.scheme.lower() == "http" and not (local or allow_http):
        raise ConfigError(f"http:// protects nothing on the way; use https://, or say --allow-http. {shown}")
    return local


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
