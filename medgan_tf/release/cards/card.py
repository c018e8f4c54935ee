"""The card as JSON: what a release says about itself, what was measured, and from which files."""

from dataclasses import asdict, fields, replace
from typing import Any

import medgan_tf
from medgan_tf.files.plain_text import cleaned, visible
from medgan_tf.release.card_check import CARD_FORMAT, field_problems
from medgan_tf.release.cards.about import Release
from medgan_tf.release.cards.evidence import Evidence
from medgan_tf.release.cards.facts import read_facts

SOFTWARE = f"medgan-tf {medgan_tf.__version__}"
_LONGEST_NAME = 200


def card_values(release: Release, evidence: Evidence) -> dict[str, Any]:
    """The content of `card.json`.

    Args:
        release: What the release says about itself; see `plain_release`.
        evidence: Its result files.

    Raises:
        ValueError: A field is missing or of another kind; the message names it.
    """
    about = {"format_version": CARD_FORMAT, "software": SOFTWARE, **_as_json(release)}
    facts = read_facts(evidence, release.experiment_settings)
    values = about | {"facts": facts, "evidence": evidence.entries}
    if problems := field_problems(values):
        raise ValueError(problems[0])
    return values


def plain_release(release: Release) -> Release:
    """The release with its texts as they are shown: without control characters, and of limited length.

    Doing it twice changes nothing, so that the cards can be made again from `card.json`.
    """
    gate = {
        "holds": release.gate["holds"],
        "rows": [{name: _name(str(row.get(name) or "")) if name != "answer" else row.get(name) for name in _ROW}
                 for row in release.gate["rows"]],
        "override": cleaned(release.gate["override"]) if release.gate["override"] else None,
    }  # fmt: skip
    combinations = tuple({"labels": [_name(one) for one in entry["labels"]], "images": entry["images"]}
                         for entry in release.combinations)  # fmt: skip
    return replace(
        release,
        name=_name(release.name),
        version=_name(release.version),
        licence=_name(release.licence),
        use_terms=cleaned(release.use_terms),
        contact=_name(release.contact),
        withdraws=tuple(map(_name, release.withdraws)),
        labels=tuple(map(_name, release.labels)),
        combinations=combinations,
        gate=gate,
    )


def release_of(values: dict[str, Any]) -> Release:
    """The release that a card describes.

    Raises:
        ValueError: The card is not complete; the message names the field.
    """
    if problems := field_problems(values):
        raise ValueError(problems[0])
    about = {one.name: values[one.name] for one in fields(Release)}
    for name in ("withdraws", "labels", "combinations"):
        about[name] = tuple(about[name])
    return Release(**about)


_ROW = ("name", "answer", "text", "file")


def _as_json(release: Release) -> dict[str, Any]:
    values = asdict(release)
    return values | {name: list(values[name]) for name in ("withdraws", "labels", "combinations")}


def _name(text: str) -> str:
    return visible(cleaned(text.replace("\n", " "), _LONGEST_NAME))
