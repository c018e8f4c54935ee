"""Seeds as they are written on the command line."""

import re

from medgan_tf.errors import ConfigError

_MOST = 1000


def parse_seeds(text: str | None, default: int) -> list[int]:
    """`1000..1003`, `1000,1005` or both mixed to a list without repetition; None to the experiment's own seed.

    Raises:
        ConfigError: The text says something else, or more than 1,000 seeds.
    """
    if text is None:
        return [default]
    seeds: list[int] = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d{1,9})\s*(?:\.\.\s*(\d{1,9})\s*)?", part)
        if match is None or (match[2] and int(match[2]) < int(match[1])):
            raise ConfigError(f"--seeds: expected e.g. 1000..1003 or 1000,1005. Received: {text!r}")
        last = int(match[2] or match[1])
        if last - int(match[1]) >= _MOST:
            raise ConfigError(f"--seeds: expected at most {_MOST} seeds. Received: {text!r}")
        seeds += range(int(match[1]), last + 1)
    return list(dict.fromkeys(seeds))
