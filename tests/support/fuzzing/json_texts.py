"""Damage to JSON files: mostly to the values, seldom to the text."""

import functools
import json
import random
from typing import Any

from fuzzing import raw_bytes, trees, words


def damaged(data: bytes, choice: random.Random) -> bytes:
    """A damaged copy of a JSON file, or of a file with one JSON value in each line."""
    if choice.random() < 0.1:
        return raw_bytes.damaged(data, choice)
    lines = _values(data)
    if len(lines) == 1:
        return _dumped(trees.damaged(lines[0], choice, choice.choice((1, 1, 2, 4))), choice)
    lines = [*lines]
    for _ in range(choice.choice((1, 1, 2))):
        place = choice.randrange(len(lines))
        lines[place] = trees.damaged(lines[place], choice)
    return b"\n".join(_dumped(line, choice, None) for line in lines) + choice.choice((b"\n", b"\n", b"", b"\n\n{"))


def parses(data: bytes) -> bool:
    """Whether it is JSON that begins with an object, or lines of it of which one is."""
    for part in (data, *data.splitlines()[:1]):
        try:
            if isinstance(json.loads(part), dict):
                return True
        except (ValueError, RecursionError):
            continue
    return False


@functools.cache
def _values(data: bytes) -> tuple[Any, ...]:
    try:
        return (json.loads(data),)
    except ValueError:
        return tuple(json.loads(line) for line in data.splitlines())


def _dumped(value: Any, choice: random.Random, indent: int | None = 1) -> bytes:
    # Half of a surrogate pair can be written as an escape only, or as bytes that are no UTF-8.
    text = words.with_raw(json.dumps(value, ensure_ascii=choice.random() < 0.5, indent=indent))
    if indent and choice.random() < 0.05:
        lines = text.splitlines()
        lines.insert(choice.randrange(len(lines)), choice.choice(lines))
        text = "\n".join(lines)
    return text.encode("utf-8", "surrogatepass")
