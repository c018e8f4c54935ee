"""Texts and numbers that programs stumble over."""

import random

RAW = {
    "digits400": "9" * 400,
    "digits5000": "9" * 5000,
    "deep": "[" * 2000 + "]" * 2000,
    "deeper": '{"a":' * 60_000 + "1" + "}" * 60_000,
    "nan": "NaN",
    "infinity": "-Infinity",
    "huge": "1e999",
    "tiny": "1e-400",
    "hex": "0x1F",
    "comma": "1,5",
}
"""Pieces of text that no writer of JSON or YAML would write; `with_raw` puts them in."""

TEXTS = [
    "",
    " ",
    "0",
    "-1",
    "nan",
    "inf",
    "1e400",
    "١٢",
    "²",
    "1:30",
    "2020-01-01",
    "0x1F",
    "yes",
    "null",
    "~",
    "=1+1",
    "@SUM(A1)",
    "+1",
    "-x",
    "$\\frac{$",
    "<script>alert(1)</script>",
    "a\nb",
    "a\tb",
    "a\rb",
    "\x00",
    "\x1b[31mred",
    "\x7f",
    "\u202egnp.exe",
    "\ufeffx",
    "\ud800",
    "é",
    "e\u0301",
    "肺",
    "\U0001f600",
    "'",
    '"',
    "a|b",
    "a,b",
    "a;b",
    "a/b",
    "..",
    "../../canary/secret.txt",
    "../../canary/inner",
    "../../beside.txt",
    "../canary/secret.yaml",
    "../canary/secret.csv",
    "/dev/zero",
    "/dev/full",
    "/proc/self/environ",
    "/etc/passwd",
    "~",
    "~/x",
    "//host/share",
    "C:\\x",
    "CON",
    "file:///etc/passwd",
    "http://192.0.2.1/x",
    "gs://bucket/x",
    "${HOME}",
    "${HOME:-x}",
    "${",
    "$${",
    "%s%n%d",
    "{0.__class__}",
    "{x}",
    "x" * 300,
    "x" * 5000,
    "images-00000000080",
    "cpd",
    "real",
    "synthetic",
    "train",
    "__proto__",
    "__class__",
]

NUMBERS = [
    0,
    1,
    -1,
    2,
    3,
    7,
    255,
    256,
    4096,
    65_535,
    65_536,
    2**31 - 1,
    2**31,
    2**32,
    2**53 + 1,
    2**63,
    2**64,
    -(2**63),
    10**30,
    0.0,
    -0.0,
    0.5,
    1e-9,
    1e308,
    -1e308,
    5e-324,
    1.0000000000000002,
]


def text(choice: random.Random) -> str:
    """A text that is hard to handle."""
    if choice.random() < 0.1:
        return "".join(chr(choice.choice((choice.randrange(0x80), choice.randrange(0x3000)))) for _ in range(8))
    return choice.choice(TEXTS)


def with_raw(written: str) -> str:
    """A text in which ``@raw:NAME``, in quotes or not, has become the piece of that name."""
    for name, piece in RAW.items():
        for quote in ('"', "'", ""):
            written = written.replace(f"{quote}@raw:{name}{quote}", piece)
    return written
