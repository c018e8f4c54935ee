"""An experiment file with comments: every value says where it comes from, and every guess says what to confirm."""

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from medgan_tf.files.plain_text import visible
from medgan_tf.files.yaml_text import dump_yaml_value

WIDTH = 120
_MARKS = (";", "/", "+")
CONFIRM = "confirm:"
"""A comment that begins so stands above a guess that the user has to look at."""


@dataclass(frozen=True)
class Entry:
    """One key of the file.

    Attributes:
        key: Sections and name, e.g. ("data", "options", "csv").
        value: Plain value.
        comments: Lines above it, each a sentence.
        confirm: What the user has to look at before relying on it; "" where it is certain.
        instead: Lines of YAML that could stand in its place, written as comments below it.
        is_comment: Only the comments are written, for a key that could be set; `value` is not used.
    """

    key: tuple[str, ...]
    value: Any
    comments: tuple[str, ...] = ()
    confirm: str = ""
    instead: tuple[str, ...] = ()
    is_comment: bool = False


def yaml_text(header: Iterable[str], entries: Iterable[Entry]) -> str:
    """The file.

    Args:
        header: Sentences at its beginning; "" is a blank line between them.
        entries: Keys in order; those of a section follow each other.
    """
    entries = list(entries)
    lines = [line for sentence in header for line in _comment(sentence, "")]
    # A section without a value is a comment as a whole.
    alive = {entry.key[:depth] for entry in entries if not entry.is_comment for depth in range(1, len(entry.key))}
    section: tuple[str, ...] = ()
    for entry in entries:
        inner = entry.key[:-1]
        if inner[:1] != section[:1] and inner:
            lines.append("")
        for depth, name in enumerate(inner):
            if section[: depth + 1] != inner[: depth + 1]:
                lines.append(f"{'  ' * depth}{'' if inner[: depth + 1] in alive else '# '}{name}:")
        section = inner
        lines += _entry_lines(entry, not inner or inner in alive)
    return "\n".join(lines) + "\n"


def _entry_lines(entry: Entry, alive: bool) -> list[str]:
    """Comments, value and comments of one key; of a section that is a comment, only comments, one step further in."""
    depth = len(entry.key) - 1
    indent, start = "  " * depth, "# " if alive else "#   "
    # In a section that is a comment the lines stand below its name.
    at = indent if alive else "  " * (depth - 1)
    lines = [line for sentence in entry.comments for line in _comment(sentence, at)]
    if entry.confirm:
        lines += _comment(f"{CONFIRM} {entry.confirm}", at)
    if not entry.is_comment:
        lines.append(f"{indent}{dump_yaml_value(entry.key[-1])}: {_value(entry.value)}")
    return lines + [f"{at}{start}{visible(line)}" for line in entry.instead]


def nested(entries: Iterable[Entry]) -> dict[str, Any]:
    """The values of the file, without its comments."""
    values: dict[str, Any] = {}
    for entry in entries:
        if entry.is_comment:
            continue
        section = values
        for name in entry.key[:-1]:
            section = section.setdefault(name, {})
        section[entry.key[-1]] = entry.value
    return values


def _value(value: Any) -> str:
    text = dump_yaml_value(value)
    # YAML would take it, but people overlook a bare ; or |.
    return f'"{value}"' if text == value and text in _MARKS else text


def _comment(sentence: str, indent: str) -> list[str]:
    start = f"{indent}# "
    lines = textwrap.wrap(visible(sentence), WIDTH - len(start), break_long_words=False, break_on_hyphens=False)
    return [start + line for line in lines] or [f"{indent}#"]
