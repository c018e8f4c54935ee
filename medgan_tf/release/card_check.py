"""The card of a release, checked with Python's standard library alone: a copy of this file runs anywhere.

Every number on the card names the result file that it comes from, and the place in it. Here both are read and compared,
so that a number which somebody changed in one of the two is found, also where the manifest was made again.
"""

import hashlib
import json
import math
import os
import re

from medgan_tf.release.strict_json import read_strictly, shown

CARD, EVIDENCE, CARD_FORMAT = "card.json", "evidence", 1
NEEDED_FACTS = (
    "auc_real",
    "auc_synthetic",
    "auc_gap",
    "fid",
    "privacy",
    "nearest_train",
    "nearest_held_out",
    "epsilon",
)
"""Facts that every card has; what was not measured is there too, and says so."""
ANSWERS = ("shown", "refuted", "undecided", "not measured")

_TEXT, _WHOLE, _LIST, _OBJECT = "a text", "a whole number", "a list", "an object"
_FIELDS = {
    "format_version": _WHOLE, "software": _TEXT, "name": _TEXT, "version": _TEXT, "created": _TEXT, "what": _TEXT,
    "form": _TEXT, "licence": _TEXT, "use_terms": _TEXT, "contact": _TEXT, "withdraws": _LIST, "labels": _LIST,
    "resolution": _WHOLE, "images": _OBJECT, "combinations": _LIST, "generator_sha256": _TEXT,
    "experiment_settings": _OBJECT, "gate": _OBJECT, "facts": _OBJECT, "evidence": _LIST,
}  # fmt: skip
_FILLED = ("software", "name", "version", "created", "labels")
_OF_FACT = {"name", "value", "unit", "interval", "file", "where", "interval_where", "answer", "answer_where", "why",
            "note"}  # fmt: skip
_DAY, _HASH = re.compile(r"\d{4}-\d{2}-\d{2}"), re.compile("[0-9a-f]{64}")


def read_card(folder):
    """The card of a released folder. Raises `ValueError` with one line."""
    return read_strictly(os.path.join(folder, CARD))


def card_problems(folder, names, card):
    """What does not hold of a card, as one-line texts.

    Args:
        folder: The released folder.
        names: Its files, relative and with ``/``, without links.
        card: The content of `card.json`.
    """
    problems = [f"{CARD}: {text}" for text in field_problems(card)]
    if problems:
        return problems
    return [*_digest_problems(folder, names, card["evidence"]), *_fact_problems(folder, names, card["facts"])]


def field_problems(card):
    """What is missing on a card, too much or of another kind, as texts without the file's name."""
    problems = [f"it lacks {name}" for name in _FIELDS if name not in card]
    problems += [f"{shown(name)} is no part of a card" for name in card if name not in _FIELDS]
    problems += [
        f"{name} is not {kind}" for name, kind in _FIELDS.items() if name in card and _kind(card[name]) != kind
    ]
    if problems:
        return problems
    problems += [f"{name} is empty" for name in _FILLED if not card[name]]
    holds = {
        f"format_version is not {CARD_FORMAT}": card["format_version"] == CARD_FORMAT,
        "what is not images, generator or both": card["what"] in ("images", "generator", "both"),
        "form is not png, dicom or none": card["form"] in ("png", "dicom", "none"),
        "created is no day such as 2026-01-31": bool(_DAY.fullmatch(card["created"])),
        "withdraws is no list of texts": _all(card["withdraws"], _TEXT),
        "labels is no list of texts": _all(card["labels"], _TEXT),
        "images has something else than whole numbers": _all(card["images"].values(), _WHOLE),
        "generator_sha256 is no SHA-256": not card["generator_sha256"] or is_hash(card["generator_sha256"]),
        "a combination does not have labels and images": all(map(_is_combination, card["combinations"])),
        "an entry of evidence does not have path, bytes and sha256": all(map(_is_entry, card["evidence"])),
    }
    problems += [text for text, right in holds.items() if not right]
    problems += _gate_problems(card["gate"])
    problems += [f"the fact {name} is missing" for name in NEEDED_FACTS if name not in card["facts"]]
    problems += [f"the fact {shown(name)} {text}" for name, fact in card["facts"].items() if (text := _odd_fact(fact))]
    return problems


def pointed(values, where):
    """The value at a JSON pointer (RFC 6901), such as ``/gap/mean/0``. Raises `ValueError` where there is none."""
    for part in where.split("/")[1:]:
        part = part.replace("~1", "/").replace("~0", "~")
        is_place = part.isascii() and part.isdigit() and len(part) < 10
        if isinstance(values, dict) and part in values:
            values = values[part]
        elif isinstance(values, list) and is_place and int(part) < len(values):
            values = values[int(part)]
        else:
            raise ValueError(f"there is nothing at {shown(where)}")
    return values


def ends_of(value):
    """The two ends of an interval that is a list of two or an object with low and high; None for anything else."""
    ends = [value.get("low"), value.get("high")] if isinstance(value, dict) else value
    return ends if isinstance(ends, list) and len(ends) == 2 and all(map(is_finite, ends)) else None


def is_finite(value):
    """Whether a value is a number that is no NaN and not infinite."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def is_hash(text):
    """Whether a text is a SHA-256 in 64 hexadecimal digits."""
    return isinstance(text, str) and bool(_HASH.fullmatch(text))


def _kind(value):
    if isinstance(value, int) and not isinstance(value, bool):
        return _WHOLE if value >= 0 else "a number below 0"
    return {str: _TEXT, list: _LIST, dict: _OBJECT}.get(type(value), "something else")


def _all(values, kind):
    return all(_kind(value) == kind for value in values)


def _is_combination(value):
    return _kind(value) == _OBJECT and set(value) == {"labels", "images"} and _kind(value["labels"]) == _LIST and (
        _all(value["labels"], _TEXT) and _kind(value["images"]) == _WHOLE
    )  # fmt: skip


def _is_entry(value):
    is_named = _kind(value) == _OBJECT and set(value) == {"path", "bytes", "sha256"} and _kind(value["path"]) == _TEXT
    return is_named and _kind(value["bytes"]) == _WHOLE and is_hash(value["sha256"])


def _gate_problems(gate):
    rows, override = gate.get("rows"), gate.get("override")
    if set(gate) != {"holds", "rows", "override"} or not isinstance(gate["holds"], bool) or _kind(rows) != _LIST:
        return ["gate does not have holds, rows and override"]
    for row in rows:
        if _kind(row) != _OBJECT or set(row) != {"name", "answer", "text", "file"}:
            return ["a row of the gate does not have name, answer, text and file"]
        if not (_all((row["name"], row["text"]), _TEXT) and row["answer"] in ANSWERS):
            return [f"a row of the gate has another answer than {', '.join(ANSWERS)}"]
    if not gate["holds"] and not (_kind(override) == _TEXT and override.strip()):
        return ["the gate does not hold, and no reason is given why it was overridden"]
    return []


def _odd_fact(fact):
    """What is wrong with the form of a fact; "" for nothing."""
    if _kind(fact) != _OBJECT or not set(fact) <= _OF_FACT or _kind(fact.get("name")) != _TEXT or "value" not in fact:
        return "does not have a name and a value, or has more than a fact has"
    for kind in ("", "interval_", "answer_"):
        value = fact.get(kind.rstrip("_") or "value")
        if value is not None and not (_all((fact.get("file"), fact.get(f"{kind}where")), _TEXT)):
            return "does not say where in the evidence it is from"
    if fact["value"] is None and _kind(fact.get("why")) != _TEXT:
        return "has no value and does not say why"
    if not (fact["value"] is None or is_finite(fact["value"]) or _kind(fact["value"]) == _TEXT):
        return "has a value that is no number and no text"
    return ""


def _digest_problems(folder, names, entries):
    """Files of the evidence that are others than those that the card was written from."""
    told = {entry["path"]: entry for entry in entries}
    found = {name for name in names if name.startswith(f"{EVIDENCE}/")}
    problems = [f"{shown(name)}: {CARD} does not name it" for name in sorted(found - set(told))]
    for name in sorted(told):
        if name not in found:
            problems.append(f"{shown(name)}: {CARD} names it, and it is not there")
        elif _digest(os.path.join(folder, *name.split("/"))) != (told[name]["bytes"], told[name]["sha256"]):
            problems.append(f"{shown(name)}: it is not the file that {CARD} was written from")
    return problems


def _digest(path):
    try:
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            return size, hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def _fact_problems(folder, names, facts):
    """Facts that say something else than their result files."""
    read, problems = {}, []
    for key, fact in facts.items():
        for part in ("value", "interval", "answer"):
            told, where = fact.get(part), fact.get("where" if part == "value" else f"{part}_where")
            if told is None:
                continue
            name = fact["file"]
            if name not in names:
                problems.append(f"{CARD}: the fact {shown(key)} is from {shown(name)}, which is not there")
                break
            if name not in read:
                read[name] = _read_or_reason(os.path.join(folder, *name.split("/")))
            problem = read[name] if isinstance(read[name], str) else _difference(told, read[name], where, part)
            if problem:
                problems.append(f"{CARD}: the fact {shown(key)} disagrees with {shown(name)}: {problem}")
    return problems


def _read_or_reason(path):
    try:
        return read_strictly(path)
    except ValueError as error:
        return str(error)


def _difference(told, values, where, part):
    """In which way the card differs from a result file; "" where it does not."""
    try:
        found = pointed(values, where)
    except ValueError as error:
        return str(error)
    same = ends_of(found) == ends_of(told) is not None if part == "interval" else _same_value(found, told)
    return "" if same else f"{_brief(told)} on the card, {_brief(found)} at {shown(where)}"


def _same_value(found, told):
    return isinstance(found, bool) == isinstance(told, bool) and found == told


def _brief(value):
    return shown(json.dumps(value))[:60]
