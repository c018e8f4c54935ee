"""What the folder of a release says of itself on its card, in the words of a library's index."""

import hashlib
from pathlib import Path
from typing import Any

from medgan_tf.errors import DataError
from medgan_tf.files.json_files import read_json
from medgan_tf.files.plain_text import cleaned, visible
from medgan_tf.files.regular_files import read_regular
from medgan_tf.hub.index import LONGEST_TEXT, MOST_FACTS, Described, Fact, checked
from medgan_tf.release.verifier import MANIFEST, verify_folder

CARD = "card.json"
_LARGEST_CARD, _LARGEST_MANIFEST = 2**24, 2**29
_ADVICE = "make the release again"


def verify(folder: Path) -> list[str]:
    """Checks a released folder. Gives what could not be checked, such as a signature without a key.

    Raises:
        DataError: Something does not hold; the message names the first such thing.
    """
    problems, unchecked = verify_folder(folder)
    if problems:
        more = f", and {len(problems) - 1:,} more problems" if len(problems) > 1 else ""
        raise DataError(f"{folder} is no whole release: {visible(problems[0])}{more}")
    return unchecked


def described(folder: Path) -> Described:
    """Reads the card of a released folder. Raises `DataError` where it lacks something, or says it in a wrong form."""
    path = folder / CARD
    card = read_json(path, largest=_LARGEST_CARD, advice=_ADVICE)
    manifest = read_regular(folder / MANIFEST, _LARGEST_MANIFEST)
    values = {name: card.get(name) for name in ("name", "version", "created", "what", "resolution")}
    return checked(
        Described,
        {
            **values,
            "labels": _listed(card, "labels"),
            "licence": _one_line(card.get("licence", "")),
            "facts": card_facts(card)[:MOST_FACTS],
            "withdraws": _listed(card, "withdraws"),
            "manifest_sha256": hashlib.sha256(manifest).hexdigest(),
        },
        str(path),
        _ADVICE,
    )


def card_facts(card: dict[str, Any]) -> list[dict[str, Any]]:
    """The facts of a card that were measured: name, value, unit and interval."""
    return [
        {name: fact[name] for name in Fact.model_fields if fact.get(name) is not None}
        for fact in _listed(card, "facts")
        if isinstance(fact, dict) and fact.get("value") is not None
    ]


def difference(entry: Described, folder: Path) -> str | None:
    """Where an entry of an index tells something else than the folder that came; None where it does not."""
    found = described(folder)
    for name in Described.model_fields:
        if name != "facts" and getattr(entry, name) != getattr(found, name):
            return name
    # Another version may have chosen others of the card's facts; it may not have changed one.
    facts = card_facts(read_json(folder / CARD, largest=_LARGEST_CARD, advice=_ADVICE))
    return None if all(one.model_dump(exclude_none=True) in facts for one in entry.facts) else "facts"


def _listed(card: dict[str, Any], name: str) -> list[Any]:
    values = card.get(name, [])
    if not isinstance(values, list):
        raise DataError(f"{CARD} is refused: {name}: expected a list; {_ADVICE}")
    return values


def _one_line(text: Any) -> Any:
    return " ".join(cleaned(text, LONGEST_TEXT).split()) if isinstance(text, str) else text
