"""Requests to the server of a reader study, as bytes on a connection of their own."""

import contextlib
import functools
import random
import re
import shutil
import socket
import threading
import time
from pathlib import Path

from fuzzing import http_requests, study
from fuzzing.target import Given, Target
from medgan_tf.errors import MedganError
from medgan_tf.evidence.readers.study.server import StudyServer

_ANSWERS = f"/answers/{study.READER}.csv".encode()
_HOST = b"127.0.0.1:PORT"
_LONGEST_ANSWER = 2**22
_SECONDS = 9.0


class _Refused(MedganError):
    """The server said no, in a line."""


class Requests(Target):
    """One variant, `bytes`. The words PORT and TOKEN stand for the server's port and for the reader's token."""

    name = "requests"
    suffix = ".http"

    def seeds(self, folder: Path) -> list[Given]:
        """What the page asks for: its files, images, a reader's answers, and answers to be kept."""
        answers = study.answers(study.READER)
        lines = answers.splitlines(keepends=True)
        paths = [b"/", b"/study.js", b"/index.html", f"/images/{study.images()[0]}.png".encode(), _ANSWERS]
        found = [_request(b"GET", path) for path in paths]
        for body in (answers, b"".join(lines[:5]), lines[0]):
            found.append(_request(b"PUT", _ANSWERS, body))
        found.append(_request(b"PUT", _ANSWERS, b"".join(lines[:9]), Origin=b"http://" + _HOST))
        return [Given("bytes", data) for data in found]

    def prepare(self, folder: Path) -> None:
        """A study."""
        study.write(folder / "for_readers")

    def mutated(self, choice: random.Random, seeds: list[Given]) -> Given:
        """Damage to line, headers, body and length; now and then two requests, or only a beginning."""
        data = choice.choice(seeds).data
        for _ in range(choice.choice((1, 1, 2, 3))):
            data = http_requests.damaged(data, choice)
        if choice.random() < 0.1:
            data += choice.choice(seeds).data
        if choice.random() < 0.05:
            data = data[: choice.randrange(len(data) + 1)]
        return Given("bytes", data)

    def parses(self, given: Given) -> bool:
        """Whether it begins with a line of three words that HTTP knows, and headers that are lines with a colon."""
        head, end, _ = given.data.partition(b"\r\n\r\n")
        line, *headers = head.split(b"\r\n")
        parts = line.split()
        known = len(parts) == 3 and parts[2] in (b"HTTP/1.0", b"HTTP/1.1")
        return bool(end) and known and all(b":" in header for header in headers)

    def run(self, given: Given, folder: Path) -> str:
        """Sends it to a server of its own, ends the sending, and looks at all that comes back and at the answers."""
        answers = folder / "answers"
        shutil.rmtree(answers, ignore_errors=True)
        answers.mkdir()
        with _served(folder / "for_readers", answers) as server:
            data = given.data.replace(b"PORT", str(server.server_port).encode())
            reply = _reply(server.server_port, data.replace(b"TOKEN", server.tokens[study.READER].encode()))
            _wait_for_threads(server)
        for path in answers.rglob("*"):
            if path.is_file() and path.stat().st_size > _LONGEST_ANSWER:
                raise AssertionError(f"{path} is longer than any answers")
        # A second answer begins behind the last byte of the first.
        statuses = re.findall(rb"HTTP/1\.\d (\d{3}) ", reply)
        if list(answers.glob("*.csv")) and statuses and not any(status < b"300" for status in statuses):
            raise AssertionError(f"answers were kept, but the reply is {reply[:300]!r}")
        text = reply.decode("latin-1")
        # Without a status it is an answer in HTTP 0.9, or nothing at all.
        if not statuses or statuses[0] >= b"400":
            raise _Refused(f"refused: {text[:300]!r}")
        return text


def _request(method: bytes, path: bytes, body: bytes = b"", **headers: bytes) -> bytes:
    lines = [method + b" " + path + b" HTTP/1.1", b"Host: " + _HOST]
    lines += [name.replace("_", "-").encode() + b": " + value for name, value in headers.items()]
    if path == _ANSWERS:
        lines += [b"Authorization: Bearer TOKEN"]
    if method == b"PUT":
        lines += [b'If-Match: "v0"']
        lines += [b"Content-Type: text/csv", b"Content-Length: " + str(len(body)).encode()]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


@contextlib.contextmanager
def _served(page: Path, answers: Path):
    """A server that runs while the block does."""
    server = StudyServer(page, answers, port=0)
    thread = threading.Thread(target=functools.partial(server.serve_forever, poll_interval=0.002), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _reply(port: int, data: bytes) -> bytes:
    """Everything that the server sends until it closes the connection."""
    reply = b""
    with socket.create_connection(("127.0.0.1", port), timeout=_SECONDS) as connection:
        # A server that refuses early may close while much is still to be sent.
        with contextlib.suppress(OSError):
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionError):
            while part := connection.recv(2**16):
                reply += part
    return reply


def _wait_for_threads(server: StudyServer) -> None:
    """Until no request is being served: what it does after its answer counts as well."""
    end = time.monotonic() + _SECONDS
    while [one for one in threading.enumerate() if "process_request" in one.name]:
        if time.monotonic() > end:
            raise AssertionError("a request is still being served")
        time.sleep(0.0005)


TARGET = Requests()
