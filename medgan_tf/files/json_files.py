"""The one reader of JSON: limited in size and depth, strict about content; what is wrong is said in one line.

Nobody knows who wrote a file that is read here. So the size is looked at before anything is read, and the depth before
anything is parsed. Keys that come twice, integers that no machine number can hold, NaN and half characters are refused.
"""

import json
import logging
import math
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from medgan_tf.errors import DataError

log = logging.getLogger(__name__)

LARGEST = 64 * 2**20
"""Bytes of the largest file that is read."""
_DEEPEST = 64
_NAMES = {list: "a list", str: "a text", int: "a number", float: "a number", bool: "true or false", type(None): "null"}
# 2 ** 64 - 1 has 20 digits.
_MOST_DIGITS = 20
# A whole string, so that brackets in it do not count, or one bracket. A string without an end reaches the text's end.
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[\[{]|[\]}]', re.DOTALL)
_HALF_CHARACTER = re.compile(r"\\u[dD][89a-fA-F]|[\ud800-\udfff]")


def parse_json(text: str | bytes, *, finite: bool = True) -> Any:
    """The value of a JSON text.

    Args:
        text: The text, or its bytes in UTF-8.
        finite: Whether NaN and Infinity, which are no JSON, are refused. Files of training runs may hold them.

    Raises:
        ValueError: It is not JSON, or not within the limits. The message is one line.
    """
    if isinstance(text, bytes):
        text = text.decode("utf-8")
    _check_depth(text)
    value = json.loads(
        text,
        object_pairs_hook=_object,
        parse_int=_integer,
        parse_float=_finite if finite else float,
        parse_constant=_no_constant if finite else float,
    )
    if _HALF_CHARACTER.search(text):
        try:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
        except UnicodeEncodeError:
            raise ValueError("a text holds half of a character (a lone surrogate)") from None
    return value


def read_json(path: str | Path, *, largest: int = LARGEST, finite: bool = True, advice: str = "make it again") -> dict:
    """The JSON object of a file.

    Args:
        path: The file.
        largest: Bytes of the largest file that is read.
        finite: See `parse_json`.
        advice: What to do with a damaged file, the end of the message.

    Raises:
        DataError: The file is missing, damaged, too large or holds no JSON object. The message is one line.
    """
    try:
        values = parse_json(file_bytes(path, largest), finite=finite)
    except ValueError as error:
        raise DataError(f"{path} cannot be read: {_reason(error)}; {advice}") from error
    if not isinstance(values, dict):
        raise DataError(f"{path} cannot be read: expected a JSON object, found {_NAMES[type(values)]}; {advice}")
    return values


def json_lines(path: str | Path, *, largest: int = LARGEST, bad: list[int] | None = None) -> Iterator[dict[str, Any]]:
    """The JSON objects of a file that holds one in each line, in order. NaN is read.

    A line that holds anything else is left out: the last line of a process that was killed may be cut short.

    Args:
        path: The file.
        largest: Bytes of the largest file that is read.
        bad: Gets the numbers of the lines that were left out, from 1; None: each is named in the log.

    Raises:
        DataError: The file is missing, cannot be read or is too large.
    """
    for number, line in enumerate(file_bytes(path, largest).splitlines(), start=1):
        try:
            value = parse_json(line, finite=False)
            if not isinstance(value, dict):
                raise ValueError("no JSON object")
        except ValueError as error:
            if bad is None:
                log.warning(f"{path}, line {number} is damaged and left out: {_reason(error)}")
            else:
                bad.append(number)
            continue
        yield value


def file_bytes(path: str | Path, largest: int) -> bytes:
    """The content of a file, which must be a regular one: a pipe would be waited for without an end.

    Raises:
        DataError: The file is missing, cannot be read, or is larger than `largest` bytes.
    """
    path = Path(path)
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            raise DataError(f"{path} cannot be read: expected a file, found {_kind(mode)}")
        with path.open("rb") as file:
            content = file.read(largest + 1)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:  # a name with a NUL, or one that this machine cannot write
        raise DataError(f"{str(path)!a} cannot be read: {error}") from error
    if len(content) > largest:
        size = f"{largest >> 20} MiB" if largest >= 2**20 else f"{largest:,} bytes"
        raise DataError(f"{path} is larger than {size}, so it is not what it should be; look where it comes from")
    return content


def _kind(mode: int) -> str:
    return "a folder" if stat.S_ISDIR(mode) else "a pipe or a device"


def _check_depth(text: str) -> None:
    """Raises `ValueError` for brackets in brackets in brackets..., which a parser that calls itself cannot take."""
    if text.count("[") + text.count("{") <= _DEEPEST:
        return
    depth = 0
    for token in _TOKEN.finditer(text):
        start = token[0][0]
        if start in "[{":
            depth += 1
            if depth > _DEEPEST:
                raise ValueError(f"more than {_DEEPEST} levels of brackets")
        elif start in "]}":
            depth -= 1


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))
        raise ValueError(f"the key {twice!a:.60} comes twice")
    return values


def _integer(digits: str) -> int:
    if len(digits.lstrip("-")) > _MOST_DIGITS:
        raise ValueError(f"an integer of {len(digits.lstrip('-'))} digits; expected at most {_MOST_DIGITS}")
    return int(digits)


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError(f"the number {digits:.40} is too large")
    return value


def _no_constant(name: str) -> float:
    raise ValueError(f"{name}, which is not JSON")


def _reason(error: ValueError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"not UTF-8 text (byte {error.start})"
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON ({error})"
    return str(error)
