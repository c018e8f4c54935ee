"""What a library holds, as lines for people and as values for programs."""

from typing import Any

from medgan_tf.hub.index import Entry, Fact, Index
from medgan_tf.hub.places import open_library, read_index
from medgan_tf.presentation.text_table import text_table

_HEAD = ("release", "version", "created", "what", "pixels", "labels", "licence", "size", "state")
_LONGEST_CELL = 40
_SHOWN_FACTS = 8


def list_library(place: str, allow_http: bool = False) -> tuple[dict[str, Any], list[str]]:
    """The releases of a library, those that were withdrawn too.

    Args:
        place: A folder, or an address; only an address needs the network.
        allow_http: See `WebLibrary`.

    Returns:
        Values for JSON, and lines of text: a table, and below it the first facts of each release.

    Raises:
        ConfigError: The address is not accepted.
        DataError: There is no library, or it is damaged.
    """
    index = read_index(open_library(place, allow_http))
    entries = [
        {**entry.model_dump(mode="json"), "withdrawn_by": index.withdrawn_by(entry)} for entry in index.releases
    ]
    return {"library": place, "releases": entries}, _lines(index)


def _lines(index: Index) -> list[str]:
    if not index.releases:
        return ["no releases yet"]
    rows = [_HEAD, *(_row(entry, index.withdrawn_by(entry)) for entry in index.releases)]
    lines = text_table(rows)
    for entry in index.releases:
        if entry.facts and index.withdrawn_by(entry) is None:
            lines += ["", f"{entry.name} {entry.version}, from its card:"]
            lines += [f"  {_fact(fact)}" for fact in entry.facts[:_SHOWN_FACTS]]
            if len(entry.facts) > _SHOWN_FACTS:
                lines.append(f"  and {len(entry.facts) - _SHOWN_FACTS} more")
    return lines


def _row(entry: Entry, withdrawn_by: str | None) -> tuple[str, ...]:
    state = f"withdrawn by {withdrawn_by}" if withdrawn_by else "current"
    words = (entry.name, entry.version, entry.created, entry.what, str(entry.resolution), str(len(entry.labels)),
             entry.licence or "not stated", f"{entry.archive_bytes:,}", state)  # fmt: skip
    return tuple(word if len(word) <= _LONGEST_CELL else f"{word[: _LONGEST_CELL - 3]}..." for word in words)


def _fact(fact: Fact) -> str:
    between = ""
    if fact.interval and len(fact.interval) == 2:
        between = f" ({' to '.join('open' if end is None else f'{end:.6g}' for end in fact.interval)})"
    is_number = isinstance(fact.value, int | float) and not isinstance(fact.value, bool)
    value = f"{fact.value:.6g}" if is_number else str(fact.value)
    return f"{fact.name}: {value}{between}{f' {fact.unit}' if fact.unit else ''}"
