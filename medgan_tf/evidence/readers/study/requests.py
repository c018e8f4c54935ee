"""Requests to a served study: what they must be, and what they get."""

import contextlib
import logging
import re
import socket
import time
from http import HTTPStatus
from http.client import LineTooLong
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from medgan_tf.errors import DataError
from medgan_tf.evidence.readers.study.answer_store import (
    DamagedAnswersError,
    ShorterAnswersError,
    StaleAnswersError,
    StorageError,
)
from medgan_tf.evidence.readers.study.journal import Version

logger = logging.getLogger(__name__)

_BYTES_PER_ANSWER = 1024
_LARGEST_HEAD = 2**17
# After a refusal, so much of what still comes is read, for so long: a connection closed before would lose the refusal.
_MOST_UNREAD, _SECONDS_UNREAD = 2**18, 1.0
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
# The page asks by this script whether a server keeps the answers.
_SERVED = "/served.js"
_CSV = "text/csv; charset=utf-8"
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; frame-ancestors 'none'; form-action 'none'; base-uri 'none'",
}
_ANSWERS = re.compile(r"/answers/([A-Za-z0-9_.-]{1,40})\.csv")
_LENGTH = re.compile(r"[0-9]{1,9}")
_VERSION = re.compile(r'"(v[0-9]{1,9}(?:-[0-9a-f]{16})?)"')
_TOKEN = re.compile(r"Bearer ([A-Za-z0-9_-]{1,100})")
_STATUS = {
    DamagedAnswersError: HTTPStatus.INTERNAL_SERVER_ERROR,
    ShorterAnswersError: HTTPStatus.CONFLICT,
    StorageError: HTTPStatus.SERVICE_UNAVAILABLE,
}


class _Refusal(Exception):
    """A request is refused with a status and a reason of one line."""

    def __init__(self, status: HTTPStatus, reason: str):
        super().__init__(reason)
        self.status = status


class _BoundedHead:
    """What comes on a connection, where the lines before a body have so many bytes together at most."""

    def __init__(self, stream: Any):
        self._stream = stream
        self.left = _LARGEST_HEAD
        self.read, self.close = stream.read, stream.close

    def readline(self, limit: int) -> bytes:
        """The next line. Raises `LineTooLong` when there are too many bytes."""
        line = self._stream.readline(limit)
        self.left -= len(line)
        if self.left < 0:
            raise LineTooLong("head")
        return line


class StudyHandler(BaseHTTPRequestHandler):
    """One connection to a `StudyServer`."""

    server: Any
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "medgan-tf", ""
    # HTTP/0.9 knows no headers, so also no refusal.
    default_request_version = "HTTP/1.0"
    # A client that sends nothing must not hold its thread for ever.
    timeout = 20

    def setup(self) -> None:
        """Bounds the lines of a request."""
        super().setup()
        self.rfile = _BoundedHead(self.rfile)

    def handle_one_request(self) -> None:
        """Starts the clock of the request; see `StudyServer.service_actions`."""
        self.server.request_begins(self.connection)
        self.rfile.left = _LARGEST_HEAD
        super().handle_one_request()

    def do_GET(self) -> None:
        """A file of the page, or the answers of a reader."""
        self._answer(self._get)

    def do_PUT(self) -> None:
        """The answers of a reader so far."""
        self._answer(self._put)

    def _answer(self, method: Any) -> None:
        try:
            method(self._path())
        except _Refusal as refusal:
            self._refuse(refusal.status, str(refusal))

    def _refuse(self, status: HTTPStatus, reason: str) -> None:
        """Says no. The body, if any, was not read, so the connection cannot be used again."""
        self.close_connection = True
        self._send(status, reason.encode("ascii", "backslashreplace")[:200])
        ends, left = time.monotonic() + _SECONDS_UNREAD, _MOST_UNREAD
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
            while left > 0 and (seconds := ends - time.monotonic()) > 0:
                self.connection.settimeout(seconds)
                data = self.connection.recv(2**16)
                left = left - len(data) if data else 0

    def _get(self, path: str) -> None:
        # A body is not read here, so it must not be taken for the next request.
        self.close_connection |= "Content-Length" in self.headers or "Transfer-Encoding" in self.headers
        match = _ANSWERS.fullmatch(path)
        if match:
            reader, order = self._reader(match[1])
            try:
                self._send_version(HTTPStatus.OK, self.server.store.present(reader, order))
            except DataError as error:
                self._not_stored(error)
            return
        if path == _SERVED:
            self._send(HTTPStatus.OK, b"window.SERVED = true;\n", _TYPES[".js"])
            return
        file = self.server.files.get(path)
        try:
            data = file.read_bytes() if isinstance(file, Path) else file
        except OSError as error:
            logger.warning("%s cannot be read: %s", path, error.strerror)
            data = None
        if data is None:
            self._send(HTTPStatus.NOT_FOUND)
        else:
            self._send(HTTPStatus.OK, data, _TYPES[path[path.rfind(".") :] if path != "/" else ".html"])

    def _put(self, path: str) -> None:
        match = _ANSWERS.fullmatch(path)
        if not match:
            raise _Refusal(HTTPStatus.NOT_FOUND, "only answers are taken")
        if self.headers.get("Origin", self._origin) != self._origin:
            raise _Refusal(HTTPStatus.FORBIDDEN, "answers are taken from the study's own page only")
        reader, order = self._reader(match[1])
        length = self._length(_BYTES_PER_ANSWER * (len(order) + 1))
        version = self._based_on()
        body = self.rfile.read(length)
        if len(body) != length:
            raise _Refusal(HTTPStatus.BAD_REQUEST, f"expected {length} bytes; {len(body)} came; nothing was stored")
        corrected = frozenset(self.headers.get("Correction", "").split())
        try:
            stored = self.server.store.put(reader, order, body.decode("utf-8"), version, corrected)
        except StaleAnswersError as error:
            self._send_version(HTTPStatus.PRECONDITION_FAILED, error.present)
        except (DataError, UnicodeDecodeError) as error:
            self._not_stored(error)
        else:
            self._send(HTTPStatus.NO_CONTENT, version=stored)

    def _not_stored(self, error: Exception) -> None:
        logger.warning("refused: %s", error)
        status = _STATUS.get(type(error), HTTPStatus.BAD_REQUEST)
        if isinstance(error, StorageError) and error.full:
            status = HTTPStatus.INSUFFICIENT_STORAGE
        self._send(status, str(error).encode(errors="backslashreplace"))

    def _based_on(self) -> str:
        """Tag of the version that the page knows; `v0` before the first one (RFC 9110, 13.1)."""
        known, none_known = (self.headers.get_all(name, []) for name in ("If-Match", "If-None-Match"))
        if (known, none_known) == ([], ["*"]):
            return Version().tag
        match = _VERSION.fullmatch(known[0]) if len(known) == 1 and not none_known else None
        if match is None:
            raise _Refusal(HTTPStatus.PRECONDITION_REQUIRED, 'expected the version that is extended, If-Match: "v0"')
        return match[1]

    def _path(self) -> str:
        """The path that was asked for, if the request is one for this server."""
        hosts = self.headers.get_all("Host", [])
        if len(hosts) != 1 or hosts[0].lower() not in self.server.host_headers:
            raise _Refusal(HTTPStatus.MISDIRECTED_REQUEST, "not this server; its owner can allow a name: --allow-host")
        self._origin = f"http://{hosts[0].lower()}"
        try:
            return unquote(urlsplit(self.path).path, errors="strict")
        except ValueError:
            raise _Refusal(HTTPStatus.BAD_REQUEST, "the address cannot be read") from None

    def _reader(self, code: str) -> tuple[str, list[str]]:
        """The reader and the order of the images, for who has the reader's token. Unknown readers are refused alike."""
        token = _TOKEN.fullmatch(self.headers.get("Authorization", ""))
        order = self.server.order(code)
        if not self.server.tokens.holds(code, token[1] if token else "") or order is None:
            raise _Refusal(HTTPStatus.FORBIDDEN, "open the link that you were given: it holds your code and your token")
        return code, order

    def _length(self, largest: int) -> int:
        """Length of the body, bytes. It must be said once, in plain digits (RFC 9112, 6.2)."""
        lengths = self.headers.get_all("Content-Length", [])
        if self.headers.get("Transfer-Encoding") is not None or len(lengths) > 1:
            raise _Refusal(HTTPStatus.BAD_REQUEST, "expected one Content-Length and no Transfer-Encoding")
        if not lengths:
            raise _Refusal(HTTPStatus.LENGTH_REQUIRED, "expected a Content-Length")
        if not re.fullmatch(r"[0-9]+", lengths[0]):
            raise _Refusal(HTTPStatus.BAD_REQUEST, "Content-Length: expected a whole number")
        if not _LENGTH.fullmatch(lengths[0]) or int(lengths[0]) > largest:
            raise _Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"answers of this study have at most {largest} bytes")
        return int(lengths[0])

    def _send_version(self, status: HTTPStatus, version: Version) -> None:
        empty = status == HTTPStatus.OK and not version.text
        self._send(HTTPStatus.NO_CONTENT if empty else status, version.text.encode(), _CSV, version)

    def _send(
        self,
        status: HTTPStatus,
        body: bytes = b"",
        kind: str = "text/plain; charset=utf-8",
        version: Version | None = None,
    ) -> None:
        self.send_response(status)
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        if version is not None:
            self.send_header("ETag", f'"{version.tag}"')
        if status == HTTPStatus.NO_CONTENT:
            body = b""
        else:
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """The answer to what is no HTTP request: one line, and the end of the connection."""
        self.request_version = self.protocol_version
        self._refuse(HTTPStatus(code), message or HTTPStatus(code).phrase)

    def log_message(self, format: str, *values: Any) -> None:
        """Nothing: a line per request would bury what matters."""
