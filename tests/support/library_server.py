"""A web server on this machine alone, which answers as a test says: truly, falsely, or without an end."""

import contextlib
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

Answer = Callable[[BaseHTTPRequestHandler], None]


class Served:
    """A server's address, and the paths that were asked for."""

    def __init__(self, port: int, scheme: str):
        self.address = f"{scheme}://127.0.0.1:{port}/library"
        self.asked: list[str] = []


def sends(content: bytes, stated: int | None = None) -> Answer:
    """Sends bytes, and states their number, or another one."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", str(len(content) if stated is None else stated))
        request.end_headers()
        request.wfile.write(content)

    return answer


def sends_on(piece: bytes, ended: threading.Event, pause: float = 0.0) -> Answer:
    """Sends a piece again and again and states no number, until the reader goes or the test ends."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        while not ended.wait(pause):
            request.wfile.write(piece)

    return answer


def redirects(target: str, code: int = 302) -> Answer:
    """Sends the reader elsewhere."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(code)
        request.send_header("Location", target)
        request.send_header("Content-Length", "0")
        request.end_headers()

    return answer


@contextlib.contextmanager
def serving(answers: Mapping[str, Answer], certificate: Path | None = None) -> Iterator[Served]:
    """Serves below ``/library/``; what is not named is 404. With a certificate and its key in a file: https."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            served.asked.append(self.path)
            answer = answers.get(self.path.removeprefix("/library/"))
            # A reader that has had enough closes the connection.
            with contextlib.suppress(ConnectionError):
                answer(self) if answer else self.send_error(404, "<b>not here</b>")

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    served = Served(server.server_address[1], "https" if certificate else "http")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
