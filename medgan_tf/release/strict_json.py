"""JSON of strangers, read strictly with Python's standard library alone: a copy of this file runs anywhere.

The rest of the package reads by `files.json_files`, which needs more of it.
"""

import json
import math
import os
import stat

_LARGEST_JSON = 2**26
_MOST_DIGITS, _DEEPEST_JSON = 20, 64


def read_strictly(path):
    """The JSON object of a file. Raises `ValueError` with one line for anything else, and follows no link."""
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode):
            raise ValueError("it is no file")
        with open(path, "rb") as file:
            content = file.read(_LARGEST_JSON + 1)
    except OSError as error:
        raise ValueError(f"cannot be read ({error.strerror})") from error
    if len(content) > _LARGEST_JSON:
        raise ValueError("it is too large")
    return strict_object(content)


def strict_object(content):
    """The JSON object of some bytes. Raises `ValueError` with one line for anything else.

    Keys that come twice, NaN, numbers of very many digits and brackets in brackets in brackets are refused.
    """
    try:
        values = json.loads(content.decode("utf-8"), object_pairs_hook=_once, parse_int=_short, parse_float=_ended,
                            parse_constant=_refused)  # fmt: skip
        _check_levels(values)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"it cannot be read ({shown(' '.join(str(error).split())[:120])})") from None
    if not isinstance(values, dict):
        raise ValueError("it is no JSON object")
    return values


def shown(text):
    """A text on one line, without characters that a terminal would obey."""
    return text if text.isascii() and text.isprintable() and len(text) < 200 else ascii(text)[:200]


def _once(pairs):
    values = dict(pairs)
    if len(values) != len(pairs):
        raise ValueError("a key comes twice")
    return values


def _short(digits):
    if len(digits) > _MOST_DIGITS:
        raise ValueError(f"a whole number of {len(digits)} digits")
    return int(digits)


def _ended(digits):
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError("a number is too large")
    return value


def _refused(name):
    raise ValueError(f"{name}, which is no JSON")


def _check_levels(values):
    stack = [iter([values])]
    while stack:
        for one in stack[-1]:
            if isinstance(one, dict | list):
                if len(stack) > _DEEPEST_JSON:
                    raise ValueError(f"more than {_DEEPEST_JSON} levels of brackets")
                stack.append(iter(one.values() if isinstance(one, dict) else one))
                break
        else:
            stack.pop()
