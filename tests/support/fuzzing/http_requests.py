"""Damage to HTTP requests: line, headers, length and body. The body is a table, as the page sends it.

The word PORT stands for the server's own port.
"""

import json
import random

from fuzzing import raw_bytes, words

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


def damaged(data: bytes, choice: random.Random) -> bytes:
    """A copy with one change."""
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
