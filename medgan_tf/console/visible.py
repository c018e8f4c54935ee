"""Text from files as a terminal may show it."""

import re

# Characters that a terminal obeys or that change the order of those around them, ends of lines that few know, and
# halves of surrogate pairs, which cannot be written at all. Line feeds and tabs stay.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def visible(text: str) -> str:
    """The text with every such character as an escape, e.g. ``\\x1b``: a file's content must not control a terminal."""
    return _UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)
