"""Requests to the server of a reader study, as bytes on a connection of their own."""

import contextlib
import functools
import json
import random
import re
import shutil
import socket
import threading
import time
from pathlib import Path

from fuzzing import raw_bytes, study, words
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
    """One variant, `bytes`. The words PORT and 127.0.0.1:PORT stand for the server's own, whichever they are."""

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
            data = _damaged(data, choice)
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
            reply = _reply(server.server_port, given.data.replace(b"PORT", str(server.server_port).encode()))
            _wait_for_threads(server)
        for path in answers.rglob("*"):
            if path.is_file() and path.stat().st_size > _LONGEST_ANSWER:
                raise AssertionError(f"{path} is longer than any answers")
        statuses = re.findall(rb"^HTTP/1\.\d (\d{3}) ", reply, re.MULTILINE)
        if any(answers.iterdir()) and not any(status < b"300" for status in statuses):
            raise AssertionError(f"answers were kept, but the reply is {reply[:300]!r}")
        text = reply.decode("latin-1")
        # Without a status it is an answer in HTTP 0.9, or nothing at all.
        if not statuses or statuses[0] >= b"400":
            raise _Refused(f"refused: {text[:300]!r}")
        return text


def _request(method: bytes, path: bytes, body: bytes = b"", **headers: bytes) -> bytes:
    lines = [method + b" " + path + b" HTTP/1.1", b"Host: " + _HOST]
    lines += [name.replace("_", "-").encode() + b": " + value for name, value in headers.items()]
    if method == b"PUT":
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
        with contextlib.suppress(ConnectionError):
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


_METHODS = [
    b"GET",
    b"PUT",
    b"HEAD",
    b"POST",
    b"DELETE",
    b"OPTIONS",
    b"TRACE",
    b"CONNECT",
    b"get",
    b"__init__",
    b"\x00",
    b"X" * 70000,
]
_PATHS = [
    *(
        b"/../key.json",
        b"/answers/../key.json",
        b"/answers/..%2fkey.csv",
        b"/%2e%2e/key.json",
        b"//answers/R01.csv",
        b"*",
    ),
    *(
        b"/answers/R99.csv",
        b"/answers/.csv",
        b"/answers/R01.csv.csv",
        b"/answers/%00.csv",
        b"/answers/R01%0a.csv",
        b"http://[",
    ),
    *(
        b"/answers/CON.csv",
        b"/answers/" + b"a" * 300 + b".csv",
        b"/images/",
        b"/images/../study.js",
        b"//[",
        b"/?x",
        b"/#x",
    ),
    *(
        b"http://evil/answers/R01.csv",
        b"/study.js%ff",
        b"/%",
        b"",
        b"/ HTTP/1.1 x",
        b"/" + b"a" * 66000,
        b"/../../canary/secret.txt",
    ),
]
_LENGTHS = [
    "²",
    "٣",
    "9" * 5000,
    "-1",
    "0",
    "1",
    "+5",
    "1_0",
    " 7",
    "0x10",
    "1e3",
    "99999999",
    "8388609",
    "",
    "5, 5",
    "nan",
]
_HEADERS = [
    *(
        b"Host: evil",
        b"Host:",
        b"Host: 127.0.0.1",
        b"Host: [::1]:PORT",
        b"Host: localhost:PORT",
        b"Host: \xff",
        b"Host: a\x00b",
    ),
    *(
        b"Origin: null",
        b"Origin: http://evil",
        b"Transfer-Encoding: chunked",
        b"Expect: 100-continue",
        b"Connection: close",
    ),
    *(
        b'If-Match: "1"',
        b"If-Match: *",
        b"If-Match: \xe9",
        b"If-None-Match: *",
        b"Authorization: Bearer x",
        b"Upgrade: h2c",
    ),
    *(
        b"X: " + b"a" * 66000,
        b"Cookie: \x1b[31m",
        b" folded",
        b"no colon",
        b": empty",
        b"Range: bytes=0-",
        b"Content-Encoding: gzip",
    ),
]
_VERSIONS = [
    b"HTTP/1.0",
    b"HTTP/0.9",
    b"HTTP/2.0",
    b"HTTP/1.1.1",
    b"HTTP/9.9",
    b"HTTP/1.",
    b"http/1.1",
    b"",
    b"HTTP/1.\xb2",
    b"HTTP/99999999999.1",
]


def _damaged(data: bytes, choice: random.Random) -> bytes:
    head, gap, body = data.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    parts = (lines[0].split(b" ") + [b"", b"", b""])[:3]
    how = choice.randrange(14)
    if how == 0:
        parts[0] = choice.choice(_METHODS)
    elif how <= 2:
        parts[1] = choice.choice([*_PATHS, parts[1] + choice.choice([b"?x=1", b"/", b"%20", b"\x00", b"#"])])
    elif how == 3:
        parts[2] = choice.choice(_VERSIONS)
    elif how <= 5:
        lines.insert(choice.randrange(1, len(lines) + 1), choice.choice(_HEADERS))
    elif how == 6 and len(lines) > 1:
        del lines[choice.randrange(1, len(lines))]
    elif how == 7:
        length = choice.choice([*_LENGTHS, str(len(body) + 1), str(max(len(body) - 1, 0)), str(len(body) * 2)])
        kept = [line for line in lines if not line.lower().startswith(b"content-length")]
        lines = [*kept, b"Content-Length: " + length.encode()]
    elif how == 8:
        lines += [b"X-%d: y" % number for number in range(choice.choice((2, 99, 101, 3000)))]
    elif how <= 11:
        body = _damaged_body(body, choice)
        if choice.random() < 0.8:
            kept = [line for line in lines if not line.lower().startswith(b"content-length")]
            lines = [*kept, b"Content-Length: %d" % len(body)]
    elif how == 12:
        gap = choice.choice([b"\n\n", b"\r\n", b"\r\n\r\n\r\n", b"\r\n \r\n\r\n"])
    else:
        return raw_bytes.damaged(head, choice, 2) + gap + body
    lines[0] = b" ".join(parts)
    return b"\r\n".join(lines) + gap + body


def _damaged_body(body: bytes, choice: random.Random) -> bytes:
    rows = body.splitlines()
    if not rows:
        return choice.choice([b"x", b"reader,image,answer\n", json.dumps({"a": 1}).encode(), bytes(1000)])
    how, place = choice.randrange(7), choice.randrange(len(rows))
    if how == 0:
        rows = rows[:place]
    elif how == 1:
        rows.insert(place, rows[place])
    elif how <= 4:
        cells = rows[place].split(b",")
        cells[choice.randrange(len(cells))] = words.text(choice).encode("utf-8", "surrogatepass")
        rows[place] = b",".join(cells)
    elif how == 5:
        return raw_bytes.damaged(body, choice)
    else:
        rows[place] += b',"' + bytes(choice.choice((1, 200_000)))
    return b"\n".join(rows) + b"\n"


TARGET = Requests()
