"""A guess about a table: what it sets, why, and what the user has to confirm."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Guess:
    """One thing that was found out, or guessed.

    Attributes:
        options: The options of the data source that it sets, in order.
        columns: The columns of the table that it rests on.
        why: What speaks for it, in words, without any cell of the table.
        confirm: What has to be looked at before it is relied on; "" where it is certain.
        instead: Other options that could be meant, each a line of YAML, to be written as comments.
    """

    options: dict[str, Any]
    columns: tuple[str, ...]
    why: str
    confirm: str = ""
    instead: tuple[str, ...] = field(default=())
