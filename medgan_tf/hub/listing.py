"""What a library holds, as lines for people and as values for programs."""

from typing import Any

from medgan_tf.hub.index import Entry, Fact, Index
from medgan_tf.hub.places import open_library, read_index
from medgan_tf.presentation.text_table import text_table

_HEAD = ("release", "version", "created", "what", "pixels", "labels", "licence", "bytes", "state")
_LONGEST_CELL = 40


def list_library(place: str, allow_http: bool = False) -> tuple[dict[str, Any], list[str]]:
    """The releases of a library, those that were withdrawn too.

    Args:
        place: A folder, or an address; only an address needs the network.
        allow_http: See `WebLibrary`.

    Returns:
        Values for JSON, and lines of text: a table, and below it what the cards say was measured.

    Raises:
        ConfigError: The address is not accepted.
        DataError: There is no library, or it is damaged.
    """
    index = read_index(open_library(place, allow_http))
    entries = [{**entry.model_dump(mode="json"), "withdrawn_by": index.withdrawn_by(entry)} for entry in index.releases]
    return {"library": place, "releases": entries}, _lines(index)


def _lines(index: Index) -> list[str]:
    if not index.releases:
        return ["no releases yet"]
    rows = [_HEAD, *(_row(entry, index.withdrawn_by(entry)) for entry in index.releases)]
    lines = text_table(rows)
    for entry in index.releases:
        if index.withdrawn_by(entry) is None:
            lines += ["", f"{entry.name} {entry.version}, from its card:"]
            if not entry.gate_holds:
                lines.append(f"  RELEASED ALTHOUGH ITS GATE DID NOT HOLD: {entry.override or 'no reason given'}")
            lines += [f"  {_fact(fact)}" for fact in entry.facts.values()]
    return lines


def _row(entry: Entry, withdrawn_by: str | None) -> tuple[str, ...]:
    state = f"withdrawn by {withdrawn_by}" if withdrawn_by else "current" if entry.gate_holds else "gate overridden"
    words = (entry.name, entry.version, entry.created, entry.what, str(entry.resolution), str(len(entry.labels)),
             entry.licence or "not stated", f"{entry.archive_bytes:,}", state)  # fmt: skip
    return tuple(word if len(word) <= _LONGEST_CELL else f"{word[: _LONGEST_CELL - 3]}..." for word in words)


def _fact(fact: Fact) -> str:
    if fact.value is None:
        return f"{fact.name}: {fact.answer or 'not measured'}"
    if isinstance(fact.value, str):
        return f"{fact.name}: {fact.value}"
    between = f" ({fact.interval[0]:.6g} to {fact.interval[1]:.6g})" if fact.interval else ""
    unit = f", {fact.unit}" if fact.unit else ""
    return f"{fact.name}: {fact.value:.6g}{between}{unit}{f': {fact.answer}' if fact.answer else ''}"
