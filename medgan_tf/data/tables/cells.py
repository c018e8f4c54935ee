"""How messages quote what stands in a table."""

import difflib
import itertools
from collections.abc import Iterable, Sequence

from medgan_tf.files.plain_text import visible

LONGEST_SHOWN = 80
"""Characters of a cell that a message repeats."""


def shown(text: object) -> str:
    """A cell for a message: in quotes, on one line, cut where it is long."""
    whole = str(text)
    return repr(whole) if len(whole) <= LONGEST_SHOWN else f"{whole[:LONGEST_SHOWN]!r}... ({len(whole):,} characters)"


def shown_names(names: Iterable[object], longest: int = 1000) -> str:
    """Several names for a message, with commas between, cut where there are many."""
    text = ", ".join(visible(str(name)[:LONGEST_SHOWN]) for name in itertools.islice(names, longest))
    return text if len(text) <= longest else f"{text[:longest]} ..."


def nearest_name(name: str, others: Sequence[str]) -> str | None:
    """The name that was probably meant: the same but for case, blanks and signs, or one with a few other letters."""
    plain = {_letters(other): other for other in others}
    found = difflib.get_close_matches(_letters(name), list(plain), n=1, cutoff=0.75)
    return plain[found[0]] if found else None


def _letters(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())
