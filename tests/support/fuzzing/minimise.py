"""Making an input smaller while it shows the same fault."""

import time
from collections.abc import Callable
from dataclasses import replace

from fuzzing.target import Given

_MOST_TRIES = 300
_MOST_SECONDS = 15.0


def smaller(given: Given, shows_it: Callable[[Given], bool]) -> Given:
    """Leaves out lines, then runs of bytes, first long ones, as long as the fault stays and there is time.

    Args:
        given: The input.
        shows_it: Whether an input shows the same fault.
    """
    tries, start = _MOST_TRIES, time.monotonic()
    for split in (lambda data: data.splitlines(keepends=True), lambda data: [bytes([one]) for one in data]):
        parts = split(given.data)
        length = max(len(parts) // 2, 1)
        while length and len(parts) > 1:
            place = 0
            while place < len(parts):
                if tries == 0 or time.monotonic() - start > _MOST_SECONDS:
                    return given
                tries -= 1
                fewer = [*parts[:place], *parts[place + length :]]
                shorter = replace(given, data=b"".join(fewer))
                if shorter.data and shows_it(shorter):
                    parts, given = fewer, shorter
                else:
                    place += length
            length //= 2
    return given
