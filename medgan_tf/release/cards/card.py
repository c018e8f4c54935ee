"""The card as JSON: what a release says about itself, what was measured, and from which files."""

from dataclasses import asdict, fields
from typing import Any

import medgan_tf
from medgan_tf.files.plain_text import cleaned, visible
from medgan_tf.files.result_files import plain
from medgan_tf.release.card_check import CARD_FORMAT, field_problems
from medgan_tf.release.cards.about import Release
from medgan_tf.release.cards.evidence import Evidence
from medgan_tf.release.cards.facts import read_facts

SOFTWARE = f"medgan-tf {medgan_tf.__version__}"
_LONGEST_NAME, _LONGEST_WORDS = 200, 1000


def card_values(release: Release, evidence: Evidence) -> dict[str, Any]:
    """The content of `card.json`.

    Args:
        release: What the release says about itself; see `plain_release`.
        evidence: Its result files.

    Raises:
        ValueError: A field is missing or of another kind; the message names it.
    """
    about = {"format_version": CARD_FORMAT, "software": SOFTWARE, **plain(asdict(release))}
    facts = read_facts(evidence, release.experiment_settings)
    values = about | {"facts": facts, "evidence": evidence.entries}
    if problems := field_problems(values):
        raise ValueError(problems[0])
    return values


def plain_release(release: Release) -> Release:
    """The release as JSON can hold it, with its texts as they are shown: without control characters, of limited length.

    Doing it twice changes nothing, so that the cards can be made again from `card.json`.
    """
    values = plain(asdict(release))
    override = values["gate"]["override"]
    values["gate"] |= {
        "rows": [_row(row) for row in values["gate"]["rows"]],
        "override": cleaned(override) if override else None,
    }
    for entry in values["combinations"]:
        entry["labels"] = [_name(one) for one in entry["labels"]]
    for name in ("name", "version", "licence", "contact"):
        values[name] = _name(values[name])
    for name in ("withdraws", "labels"):
        values[name] = [_name(one) for one in values[name]]
    return _release(values | {"use_terms": cleaned(values["use_terms"])})


def release_of(values: dict[str, Any]) -> Release:
    """The release that a card describes.

    Raises:
        ValueError: The card is not complete; the message names the field.
    """
    if problems := field_problems(values):
        raise ValueError(problems[0])
    return _release(values)


def _release(values: dict[str, Any]) -> Release:
    about = {one.name: values[one.name] for one in fields(Release)}
    return Release(**about | {name: tuple(about[name]) for name in ("withdraws", "labels", "combinations")})


def _row(row: dict[str, Any]) -> dict[str, Any]:
    texts = {name: _name(str(row.get(name) or ""), _LONGEST_WORDS) for name in ("name", "text", "file")}
    return {"name": texts["name"], "answer": row.get("answer"), "text": texts["text"], "file": texts["file"]}


def _name(text: str, longest: int = _LONGEST_NAME) -> str:
    return cleaned(visible(cleaned(text.replace("\n", " "))), longest)
