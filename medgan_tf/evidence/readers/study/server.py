"""One shared workstation: the page over HTTP on this machine, and every answer on disk the moment it is given.

The server gives out the files of the page and takes answers as the CSV that the page would export. It never sees the
key. Other web pages open in the same browser cannot reach it: it answers only requests for its own address (so a
foreign name that leads here is refused) and takes answers only from its own page.
"""

import logging
import re
import sys
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from medgan_tf.errors import ConfigError, DataError
from medgan_tf.evidence.readers.answers import CODE, parse_answers
from medgan_tf.evidence.readers.study.files import write_file
from medgan_tf.evidence.readers.study.page_folder import IMAGES, SETTINGS, START, page_files, read_settings

logger = logging.getLogger(__name__)

LOOPBACK = ("127.0.0.1", "localhost", "::1")
_LARGEST_BODY = 8 * 2**20
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; frame-ancestors 'none'; form-action 'none'; base-uri 'none'",
}
_ANSWERS = re.compile(r"/answers/([^/]+)\.csv")


class StudyServer(ThreadingHTTPServer):
    """Serves one study.

    Args:
        page: The folder for the readers.
        answers: Folder of the answers, one CSV per reader; made if it is missing.
        host: Address to listen on.
        port: Port; 0 takes a free one.

    Raises:
        DataError: `page` is not a study.
        ConfigError: The address cannot be used.
    """

    daemon_threads = True

    def __init__(self, page: str | Path, answers: str | Path, host: str = "127.0.0.1", port: int = 8765):
        self.settings = read_settings(page)
        self.answers = Path(answers)
        if Path(page).resolve() in (self.answers.resolve(), *self.answers.resolve().parents):
            raise ConfigError(f"answers must lie outside the folder for the readers. Received: {answers} in {page}")
        self.files = {f"/{name}": Path(page) / name for name in (*page_files(), SETTINGS)}
        self.files |= {f"/{IMAGES}/{name}.png": Path(page) / IMAGES / f"{name}.png" for name in self.settings["images"]}
        self.files["/"] = self.files[f"/{START}"]
        self.writing = threading.Lock()
        try:
            super().__init__((host, port), _Handler)
        except OSError as error:
            raise ConfigError(f"cannot listen on {host}:{port}: {error.strerror}; choose another --port") from error
        names = {host, *(LOOPBACK if host in LOOPBACK else ())}
        # Browsers leave out the port if it is 80.
        self.names = {f"{name}:{self.server_port}" for name in names} | (names if self.server_port == 80 else set())

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that goes away in the middle is no error; anything else keeps its traceback."""
        if not isinstance(sys.exception(), (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://{self.server_address[0]}:{self.server_port}/"

    def own_name(self, host: str) -> bool:
        """Whether a Host header names this server. Any name will do where it listens on all addresses."""
        return host in self.names or self.server_address[0] == "0.0.0.0"

    def order(self, reader: str) -> list[str] | None:
        """The images of a reader, in order; None for a code that is not of this study."""
        orders: dict[str, list[str]] = self.settings["orders"]
        return orders.get(reader, orders.get("*")) if CODE.fullmatch(reader) else None

    def store(self, reader: str, text: str) -> None:
        """Checks a reader's CSV and writes it, whole or not at all. Raises `DataError`."""
        given = parse_answers(text, f"answers of {reader}", None, self.settings["key_sha256"])
        order = self.order(reader) or []
        if (
            any(answer.reader != reader for answer in given)
            or [answer.image for answer in given] != order[: len(given)]
        ):
            raise DataError(f"answers of {reader}: not the images of this reader in their order")
        with self.writing:
            write_file(self.answers / f"{reader}.csv", text.encode())


class _Handler(BaseHTTPRequestHandler):
    server: StudyServer
    protocol_version = "HTTP/1.1"
    # A client that sends nothing must not hold its thread for ever.
    timeout = 60

    def do_GET(self) -> None:
        """A file of the page, or the answers of a reader."""
        path = self._path()
        if path is None:
            return
        match = _ANSWERS.fullmatch(path)
        if match:
            self._send_answers(match[1])
        elif path in self.server.files:
            file = self.server.files[path]
            self._send(HTTPStatus.OK, file.read_bytes(), _TYPES[file.suffix])
        else:
            self._send(HTTPStatus.NOT_FOUND)

    def do_PUT(self) -> None:
        """The answers of a reader so far."""
        path = self._path()
        if path is None:
            return
        match, length = _ANSWERS.fullmatch(path), self.headers.get("Content-Length", "")
        if not match or self.server.order(match[1]) is None:
            self._refuse(HTTPStatus.NOT_FOUND, "unknown reader")
        elif not length.isdigit() or int(length) > _LARGEST_BODY:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "a Content-Length is needed, of at most 8 MB")
        elif self.headers.get("Origin", f"http://{self.headers['Host']}") != f"http://{self.headers['Host']}":
            self._refuse(HTTPStatus.FORBIDDEN, "answers are taken from the study's own page only")
        else:
            self._store(match[1], self.rfile.read(int(length)))

    def _store(self, reader: str, body: bytes) -> None:
        try:
            self.server.store(reader, body.decode("utf-8"))
        except (DataError, UnicodeDecodeError) as error:
            logger.warning("refused: %s", error)
            self._send(HTTPStatus.BAD_REQUEST, str(error).encode())
            return
        self._send(HTTPStatus.NO_CONTENT)

    def _send_answers(self, reader: str) -> None:
        file = self.server.answers / f"{reader}.csv"
        if self.server.order(reader) is None:
            self._send(HTTPStatus.NOT_FOUND)
        elif not file.is_file():
            self._send(HTTPStatus.NO_CONTENT)
        else:
            self._send(HTTPStatus.OK, file.read_bytes(), "text/csv; charset=utf-8")

    def _path(self) -> str | None:
        """The path that was asked for, or None after a request for another server was refused."""
        if not self.server.own_name(self.headers.get("Host", "")):
            self._refuse(HTTPStatus.MISDIRECTED_REQUEST, "not this server")
            return None
        return unquote(urlsplit(self.path).path)

    def _refuse(self, status: HTTPStatus, reason: str) -> None:
        # The body was not read, so the connection cannot be used again.
        self.close_connection = True
        self._send(status, reason.encode())

    def _send(self, status: HTTPStatus, body: bytes = b"", kind: str = "text/plain; charset=utf-8") -> None:
        self.send_response(status)
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        if status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *values: Any) -> None:
        """Nothing: a line per request would bury what matters."""
