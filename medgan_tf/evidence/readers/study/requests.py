"""Requests to a served study: what they must be, and what they get."""

import logging
import re
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import unquote, urlsplit

from medgan_tf.errors import DataError
from medgan_tf.evidence.readers.study.answer_store import (
    ShorterAnswersError,
    StaleAnswersError,
    StorageError,
    Version,
)

logger = logging.getLogger(__name__)

_BYTES_PER_ANSWER = 1024
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
_VERSION = re.compile(r'"v([0-9]{1,9})"')
_TOKEN = re.compile(r"Bearer ([A-Za-z0-9_-]{1,100})")
_STATUS = {
    StaleAnswersError: HTTPStatus.PRECONDITION_FAILED,
    ShorterAnswersError: HTTPStatus.CONFLICT,
    StorageError: HTTPStatus.INSUFFICIENT_STORAGE,
}


class _Refusal(Exception):
    """A request is refused with a status and a reason of one line."""

    def __init__(self, status: HTTPStatus, reason: str):
        super().__init__(reason)
        self.status = status


class StudyHandler(BaseHTTPRequestHandler):
    """One connection to a `StudyServer`."""

    server: Any
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "medgan-tf", ""
    # HTTP/0.9 knows no headers, so also no refusal.
    default_request_version = "HTTP/1.0"
    # A client that sends nothing must not hold its thread for ever.
    timeout = 20

    def handle_one_request(self) -> None:
        """Starts the clock of the request; see `StudyServer.service_actions`."""
        self.server.request_begins(self.connection)
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
            # The body, if any, was not read, so the connection cannot be used again.
            self.close_connection = True
            self._send(refusal.status, str(refusal).encode())

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
        if file is None:
            self._send(HTTPStatus.NOT_FOUND)
            return
        try:
            data = file.read_bytes()
        except OSError as error:
            logger.warning("%s cannot be read: %s", file.name, error.strerror)
            self._send(HTTPStatus.NOT_FOUND)
            return
        self._send(HTTPStatus.OK, data, _TYPES[file.suffix])

    def _put(self, path: str) -> None:
        match = _ANSWERS.fullmatch(path)
        if not match:
            raise _Refusal(HTTPStatus.NOT_FOUND, "only answers are taken")
        if self.headers.get("Origin", self._origin) != self._origin:
            raise _Refusal(HTTPStatus.FORBIDDEN, "answers are taken from the study's own page only")
        reader, order = self._reader(match[1])
        length = self._length(_BYTES_PER_ANSWER * (len(order) + 1))
        version = _VERSION.fullmatch(self.headers.get("If-Match", ""))
        if not version:
            raise _Refusal(HTTPStatus.PRECONDITION_REQUIRED, 'expected the version that is extended, If-Match: "v0"')
        body = self.rfile.read(length)
        if len(body) != length:
            raise _Refusal(HTTPStatus.BAD_REQUEST, f"expected {length} bytes; {len(body)} came; nothing was stored")
        try:
            text = body.decode("utf-8")
            stored = self.server.store.put(
                reader, order, text, int(version[1]), self.headers.get("Correction") == "yes", self._conflicts(order)
            )
        except StaleAnswersError:
            self._send_version(HTTPStatus.PRECONDITION_FAILED, self.server.store.present(reader, order))
        except (DataError, UnicodeDecodeError) as error:
            self._not_stored(error)
        else:
            self._send(HTTPStatus.NO_CONTENT, version=stored)

    def _not_stored(self, error: Exception) -> None:
        logger.warning("refused: %s", error)
        self._send(_STATUS.get(type(error), HTTPStatus.BAD_REQUEST), str(error).encode(errors="backslashreplace"))

    def _conflicts(self, order: list[str]) -> list[str]:
        """Images that the page names because two windows had different answers; others are left out."""
        named = self.headers.get("Conflicts", "").split()
        return [image for image in order if image in named]

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
            self.send_header("ETag", f'"v{version.number}"')
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
        self.close_connection = True
        self.request_version = self.protocol_version
        self._send(HTTPStatus(code), (message or HTTPStatus(code).phrase).encode("ascii", "backslashreplace")[:200])

    def log_message(self, format: str, *values: Any) -> None:
        """Nothing: a line per request would bury what matters."""
