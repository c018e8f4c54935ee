"""Names and free texts of other people in Markdown: shown as they are, and obeyed by nobody."""

import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from medgan_tf.files.plain_text import cleaned, visible
from medgan_tf.files.result_files import json_text

_OBEYED = re.compile(r"([\\`*_{}\[\]#!|~$^])")
# What would begin a list, a heading, a rule or a table.
_AT_START = re.compile(r"^([-+=:>]|\d+(?=[.)]))")
_LINK = re.compile(r"(?i)\b(https?|ftp|mailto|javascript|data|file|www)(?=[:.])")
_MARKUP = re.compile(r"[<>&\[\]()*_#|!`:~]")
_DIGITS, _NOTHING = 4, 1e-12


def inline(text: str) -> str:
    """A text in one line of Markdown, in which nothing is markup, HTML, a link or a control character."""
    plain = escape(visible(cleaned(text).replace("\n", " ").replace("\t", " ")), quote=False)
    # Behind a joiner of no width no reader makes a link of it.
    plain = _LINK.sub(lambda found: f"{found[0]}&#8203;", _OBEYED.sub(r"\\\1", plain))
    return _AT_START.sub(r"\\\1", plain)


def quoted(text: str) -> list[str]:
    """A text of several lines as a block quote."""
    return [f"> {inline(line)}".rstrip() for line in cleaned(text).split("\n")]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table. Cells are Markdown, of one line each."""
    lines = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(line)} |" for line in lines]


def bullets(sentences: Iterable[str]) -> list[str]:
    """A list. Entries are Markdown, of one line each."""
    return [f"- {sentence}" for sentence in sentences]


def number(value: Any) -> str:
    """A number or a word of a result file."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return inline(str(value))
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.{_DIGITS}g}" if abs(value) > _NOTHING else "0"


def interval(ends: Sequence[float] | None) -> str:
    """An interval; "" for none."""
    return f"{number(ends[0])} to {number(ends[1])}" if ends else ""


def front_matter(values: Iterable[tuple[str, Any]]) -> list[str]:
    """The YAML at the beginning of a card. Of texts, what Markdown or HTML would obey is escaped; lists are our own."""
    texts = [(key, _quoted(value) if isinstance(value, str) else json_text(value)) for key, value in values]
    return ["---", *(f"{key}: {text}" for key, text in texts), "---"]


def _quoted(text: str) -> str:
    return _MARKUP.sub(lambda found: f"\\u{ord(found[0]):04x}", json_text(text))
