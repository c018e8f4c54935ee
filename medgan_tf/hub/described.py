"""What the folder of a release says of itself on its card, in the words of a library's index."""

import hashlib
from pathlib import Path
from typing import Any

from medgan_tf.errors import DataError
from medgan_tf.files.json_files import read_json
from medgan_tf.files.plain_text import cleaned, visible
from medgan_tf.files.regular_files import read_regular
from medgan_tf.hub.index import LONGEST_TEXT, Described, Fact, checked
from medgan_tf.release.card_check import CARD, NEEDED_FACTS
from medgan_tf.release.verification import verify_release
from medgan_tf.release.verifier import MANIFEST

HEADLINE = NEEDED_FACTS
"""Facts of a card that an index repeats, those too that say that something was not measured."""
_LARGEST_CARD, _LARGEST_MANIFEST = 2**26, 2**29
_ADVICE = "make the release again"


def verify(folder: Path, public_key: Path | None = None) -> list[str]:
    """Checks a released folder. Gives what could not be checked, such as a signature without a key.

    Args:
        folder: The folder.
        public_key: See `verify_release`.

    Raises:
        DataError: Something does not hold; the message names the first such thing. Or there is no such key.
        ConfigError: See `verify_release`.
    """
    found = verify_release(folder, public_key)
    if found.problems:
        more = f", and {len(found.problems) - 1:,} more problems" if len(found.problems) > 1 else ""
        raise DataError(f"{folder} is no whole release: {visible(found.problems[0])}{more}")
    return found.unchecked


def described(folder: Path) -> Described:
    """Reads the card of a released folder. Raises `DataError` where it lacks something, or says it in a wrong form."""
    path = folder / CARD
    card = read_json(path, largest=_LARGEST_CARD, advice=_ADVICE)
    manifest = read_regular(folder / MANIFEST, _LARGEST_MANIFEST)
    same = {
        name: card.get(name) for name in ("name", "version", "created", "what", "labels", "resolution", "withdraws")
    }
    gate, facts = (card.get(name) if isinstance(card.get(name), dict) else {} for name in ("gate", "facts"))
    values = {
        **same,
        "licence": _one_line(card.get("licence")),
        "gate_holds": gate.get("holds"),
        "override": _one_line(gate.get("override")),
        "facts": {name: _brief(facts[name]) for name in HEADLINE if name in facts},
        "manifest_sha256": hashlib.sha256(manifest).hexdigest(),
    }
    return checked(Described, values, str(path), _ADVICE)


def difference(told: Described, folder: Path) -> str | None:
    """Where an index tells something else of a release than its card does; None where it does not."""
    found = described(folder)
    return next((name for name in Described.model_fields if getattr(told, name) != getattr(found, name)), None)


def _brief(fact: Any) -> Any:
    """A fact of a card without where it is from."""
    if not isinstance(fact, dict):
        return fact
    known = {name: fact.get(name) for name in Fact.model_fields}
    return {**known, "name": _one_line(known["name"]), "unit": _one_line(known["unit"] or "")}


def _one_line(text: Any) -> Any:
    return " ".join(cleaned(text, LONGEST_TEXT).split()) if isinstance(text, str) else text
