"""One shared workstation: the page over HTTP, and every answer on disk before it is acknowledged.

The server gives out the files of the page, and takes answers as the CSV that the page would export. It never sees the
key. Each reader has a link with a token of their own; without it nobody sees or gives that reader's answers. It answers
only requests for names that are listed, and takes answers only from its own page.
"""

import contextlib
import logging
import socket
import sys
import threading
import time
from collections.abc import Iterable
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

from medgan_tf.errors import ConfigError
from medgan_tf.evidence.readers.answers import CODE
from medgan_tf.evidence.readers.study.answer_store import AnswerStore, StorageError
from medgan_tf.evidence.readers.study.given_answers import GivenStudy
from medgan_tf.evidence.readers.study.hosts import allowed_names, host_headers, is_wildcard
from medgan_tf.evidence.readers.study.page_folder import IMAGES, SETTINGS, START, page_files, read_settings
from medgan_tf.evidence.readers.study.requests import StudyHandler
from medgan_tf.evidence.readers.study.tokens import ReaderTokens

logger = logging.getLogger(__name__)

MOST_CONNECTIONS = 128
"""Connections at a time. A browser opens up to six, so this serves about 20 readers."""
SECONDS_PER_REQUEST = 30.0
"""A request that has not come whole after this time is cut off; so is a connection on which no new one begins."""
_FREE_READER = "R01"
_BUSY = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 2\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class StudyServer(ThreadingHTTPServer):
    """Serves one study.

    Args:
        page: The folder for the readers.
        answers: Folder of the answers, one CSV per reader; made if it is missing.
        host: Address to listen on.
        port: Port; 0 takes a free one.
        allow_hosts: Names by which the server may be asked, beside its own address.
        readers: Codes of the readers, where the page lets readers choose their code; by default `R01`.

    Raises:
        DataError: `page` is not a study, or the file of the tokens is damaged.
        ConfigError: The address cannot be used, or a code is not one of this study.
    """

    daemon_threads = True
    # All readers may begin at the same moment, each browser with several connections.
    request_queue_size = 128
    store: AnswerStore | None = None

    def __init__(
        self,
        page: str | Path,
        answers: str | Path,
        host: str = "127.0.0.1",
        port: int = 8765,
        allow_hosts: Iterable[str] = (),
        readers: Iterable[str] = (),
    ):
        self.settings = read_settings(page)
        if Path(page).resolve() in (Path(answers).resolve(), *Path(answers).resolve().parents):
            raise ConfigError(f"answers must lie outside the folder for the readers. Received: {answers} in {page}")
        # The page's own files are those of this version, as they must suit the server; the folder may be older.
        self.files: dict[str, Path | bytes] = {f"/{name}": data for name, data in page_files().items()}
        self.files[f"/{SETTINGS}"] = Path(page) / SETTINGS
        self.files |= {f"/{IMAGES}/{name}.png": Path(page) / IMAGES / f"{name}.png" for name in self.settings["images"]}
        self.files["/"] = self.files[f"/{START}"]
        names = allowed_names(host, allow_hosts)
        codes = self._codes(list(readers))
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            super().__init__((host, port), StudyHandler)
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or error
            raise ConfigError(f"cannot listen on {host}:{port}: {reason}; choose another --port or --host") from error
        try:
            self._open_answers(Path(answers), codes)
        except BaseException:
            self.server_close()
            raise
        self.host_headers = host_headers(names, self.server_port)
        self._name = names[0] if is_wildcard(host) else host.lower()
        self._free = threading.BoundedSemaphore(MOST_CONNECTIONS)
        self._deadlines: dict[socket.socket, float] = {}

    def server_bind(self) -> None:
        """Binds without asking the network for this machine's name, which can take minutes without one."""
        if self.allow_reuse_address:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = self.server_address[:2]

    def _open_answers(self, folder: Path, codes: list[str]) -> None:
        """Takes the folder, and looks at what every reader has answered: damage is said before readers come."""
        self.store = AnswerStore(folder, GivenStudy(self.settings["study"], self.settings["key_sha256"]))
        self.tokens = ReaderTokens(folder, codes)
        for reader in self._readers():
            try:
                self.store.present(reader, self.order(reader) or [])
            except StorageError as error:
                logger.warning("%s", error)

    def server_close(self) -> None:
        """Ends the listening, and leaves the folder of the answers to others."""
        super().server_close()
        if self.store is not None:
            self.store.close()

    def _readers(self) -> list[str]:
        """Readers of this study with a token; the folder may know others, of a study before."""
        return [reader for reader in self.tokens.readers if self.order(reader) is not None]

    def _codes(self, readers: list[str]) -> list[str]:
        orders = self.settings["orders"]
        if "*" not in orders:
            if unknown := [code for code in readers if code not in orders]:
                raise ConfigError(f"--reader {unknown[0]!r:.40}: the readers of this study are {', '.join(orders)}")
            return list(orders)
        if wrong := [code for code in readers if not CODE.fullmatch(code)]:
            raise ConfigError(f"--reader: expected a code of letters, digits, - _ . Received: {wrong[0]!r:.40}")
        if len({code.lower() for code in readers}) != len(set(readers)):
            raise ConfigError(f"--reader: two codes differ only in capital letters. Received: {', '.join(readers)}")
        return readers or [_FREE_READER]

    @property
    def url(self) -> str:
        """Where the page is."""
        name = f"[{self._name}]" if ":" in self._name else self._name
        return f"http://{name}:{self.server_port}/"

    @property
    def links(self) -> dict[str, str]:
        """Each reader's own link. The part behind # stays in the browser: it is in no request and in no log."""
        return {reader: f"{self.url}#reader={reader}&token={self.tokens[reader]}" for reader in self._readers()}

    def order(self, reader: str) -> list[str] | None:
        """The images of a reader, in order; None for a code that is not of this study."""
        orders: dict[str, list[str]] = self.settings["orders"]
        return orders.get(reader, orders.get("*")) if CODE.fullmatch(reader) and reader != "*" else None

    def process_request(self, request: Any, client_address: Any) -> None:
        """Gives the connection a thread, or sends it away when there are too many."""
        if not self._free.acquire(blocking=False):
            with contextlib.suppress(OSError):
                request.settimeout(1)
                request.sendall(_BUSY)
            self.shutdown_request(request)
            return
        self.request_begins(request)
        try:
            super().process_request(request, client_address)
        except BaseException:
            self._connection_ended(request)
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serves one connection, and makes room for another."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._connection_ended(request)

    def request_begins(self, request: socket.socket) -> None:
        """Starts the clock of a connection's next request."""
        self._deadlines[request] = time.monotonic() + SECONDS_PER_REQUEST

    def _connection_ended(self, request: socket.socket) -> None:
        if self._deadlines.pop(request, None) is not None:
            self._free.release()

    def service_actions(self) -> None:
        """Cuts off connections whose request takes too long, however slowly its bytes come."""
        now = time.monotonic()
        for request, deadline in list(self._deadlines.items()):
            if now > deadline:
                with contextlib.suppress(OSError):
                    request.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that goes away in the middle is no error; anything else keeps its traceback."""
        if not isinstance(sys.exception(), (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)
