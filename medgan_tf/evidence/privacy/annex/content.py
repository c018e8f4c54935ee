"""The content of an annex as JSON values, made from the content of a `privacy.json` alone."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import medgan_tf
from medgan_tf.accounting.filed import FiledGuarantee
from medgan_tf.accounting.statement import statement
from medgan_tf.evidence.privacy.annex.attack_classes import CIRCUMSTANCES, CLASSES, ROWS, AttackClass
from medgan_tf.evidence.privacy.annex.settings import ReleaseContext
from medgan_tf.evidence.privacy.earlier import as_current, is_earlier
from medgan_tf.evidence.privacy.guarantee.claim import held_against
from medgan_tf.evidence.privacy.questions import QUESTIONS
from medgan_tf.evidence.privacy.verdicts import BROKEN, CAUTION, HOLDS, NOT_RUN, NOTED, UNDECIDED
from medgan_tf.files.result_files import json_text

FORMAT_VERSION = 1
WHAT = "privacy annex"
OLDER = "not decided: measured by an earlier version"
NOT_EXECUTED = "not executed"
_WORDS = {
    HOLDS: "holds",
    BROKEN: "LIMIT BROKEN",
    UNDECIDED: "undecided",
    CAUTION: "caution",
    NOTED: "not judged",
    NOT_RUN: "not run",
}
_JUDGED = (BROKEN, UNDECIDED, HOLDS)
"""Answers of rows that were judged, the worst first."""
_SETS = {
    "train": "training images",
    "held_out": "held-out images of other patients",
    "synthetic": "synthetic images to be released",
}


def canonical(value: Mapping[str, Any]) -> bytes:
    """The bytes of a result file with this content, as the program writes it."""
    return f"{json_text(dict(value), indent=2)}\n".encode()


def sha256_of_content(value: Mapping[str, Any]) -> str:
    """SHA-256 of `canonical`; equal to that of the file, unless somebody wrote the file in another way."""
    return hashlib.sha256(canonical(value)).hexdigest()


def annex_content(result: Mapping[str, Any], subject: str) -> dict[str, Any]:
    """The content of the annex.

    Args:
        result: The content of `privacy.json`.
        subject: What was audited, for a result that does not say it.
    """
    audited, older = result.get("audited") or {}, is_earlier(dict(result))
    if older and any(verdict["status"] in ("pass", "fail") for verdict in result["verdicts"]):
        result = as_current(dict(result))
    words = _WORDS | ({UNDECIDED: OLDER} if older else {})
    rows = [_row(verdict, words) for verdict in result["verdicts"]]
    attacks = [_attack(key, one, rows, words) for key, one in CLASSES.items()]
    shown = {row["name"] for attack in attacks for row in attack["rows"]}
    circumstances = [row for row in rows if _first_word(row["name"]) in CIRCUMSTANCES]
    others = [row for row in rows if row["name"] not in shown and row not in circumstances]
    return {
        "format_version": FORMAT_VERSION,
        "what": WHAT,
        "subject": audited.get("subject") or subject,
        "audited": audited.get("made"),
        "audited_with": audited.get("made_with"),
        "page_made_with": f"medgan-tf {medgan_tf.__version__}",
        "headline": headline(rows, older),
        **_guarantee(result),
        "sets": [_set(words, result[name]) for name, words in _SETS.items()],
        "attacks": attacks,
        "circumstances": circumstances,
        "others": others,
        "level": (result.get("gate") or {}).get("level"),
        "context": _context(result),
        "notes": list(result.get("notes", [])),
        "inputs": list(audited.get("inputs", [])) or _known_inputs(result),
        # A report has an earlier result in the present form only.
        "result_sha256": None if older else sha256_of_content(result),
    }


def _guarantee(result: Mapping[str, Any]) -> dict[str, Any]:
    """The guarantee of the training in words, and whether this audit contradicts it; nothing without a private one."""
    recorded = result.get("guarantee")
    if recorded is None:
        return {}
    try:
        filed = FiledGuarantee.from_json(recorded)
    except (KeyError, TypeError, ValueError):
        filed = FiledGuarantee(None, "what the audit has recorded of it is damaged")
    claim = held_against(filed, result)
    return {"guarantee": statement(filed) | {"claim": {"state": claim.state, "words": claim.words}}}


def headline(rows: Sequence[Mapping[str, Any]], older: bool = False) -> dict[str, Any]:
    """The answer in a few words, and its state. A question without an answer is never passed over.

    Args:
        rows: The rows.
        older: Whether an earlier version has measured them.
    """
    attacks = [row["status"] for row in rows if _first_word(row["name"]) not in CIRCUMSTANCES]
    counts = {status: attacks.count(status) for status in (*_JUDGED, NOT_RUN)}
    judged = sum(counts[status] for status in _JUDGED)
    limits = "1 limit" if judged == 1 else f"{judged} limits"
    if counts[BROKEN]:
        state, words = BROKEN, f"{counts[BROKEN]} of {limits} {_are(counts[BROKEN])} broken"
    elif counts[UNDECIDED]:
        state, words = (
            UNDECIDED,
            f"Undecided: {counts[UNDECIDED]} of {limits} {_are(counts[UNDECIDED])} neither shown to hold nor broken",
        )
    elif judged:
        state, words = (
            HOLDS,
            "The limit that was tested holds" if judged == 1 else f"All {judged} limits that were tested hold",
        )
    else:
        state, words = NOT_RUN, "No limit was tested"
    if counts[NOT_RUN]:
        words += f"; {counts[NOT_RUN]} {'question was' if counts[NOT_RUN] == 1 else 'questions were'} not answered"
        state = UNDECIDED if state == HOLDS else state
    words += ". An earlier version has measured this audit, by other rules: make it again" if older else ""
    return {"state": state, "words": f"{words}."}


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _first_word(name: str) -> str:
    return name.partition(" ")[0]


def _row(verdict: Mapping[str, Any], words: Mapping[str, str]) -> dict[str, Any]:
    status, name = verdict["status"], verdict["name"]
    found = ROWS.get(_first_word(name))
    which = name.partition(" ")[2]
    return {
        "name": name,
        "question": f"{verdict['question']} ({which})" if which else verdict["question"],
        "topic": _topic(name),
        "status": status,
        "answer": words[status],
        "value": verdict.get("value"),
        "of": verdict.get("of"),
        "interval": verdict.get("interval"),
        "limit": verdict.get("limit"),
        "limit_reason": verdict.get("reason"),
        "found": verdict["words"],
        "missing": verdict.get("missing") or "",
        "access": found.access if found else "",
        "null": found.null if found else "",
        "power": found.power if found else "",
    }


def _topic(name: str) -> str:
    """What a row is about, in a few words."""
    return QUESTIONS[_first_word(name)].title if _first_word(name) in QUESTIONS else name


def _attack(key: str, one: AttackClass, rows: Sequence[dict[str, Any]], answers: Mapping[str, str]) -> dict[str, Any]:
    own = [row for row in rows if key == getattr(ROWS.get(_first_word(row["name"])), "belongs_to", "")]
    run = [row for row in own if row["status"] in _JUDGED]
    open_rows = [row for row in own if row["status"] == NOT_RUN]
    answer = next((status for status in _JUDGED if any(row["status"] == status for row in run)), NOT_EXECUTED)
    words = answers.get(answer, answer)
    if run and open_rows:
        words += f" ({len(open_rows)} of {len(own)} rows not run)"
    return {
        "key": key,
        "title": one.title,
        "meaning": one.meaning,
        "scope": one.scope,
        "why": one.why,
        "executed": bool(run),
        "answer": words,
        "access": list(dict.fromkeys(row["access"] for row in run)),
        "reason": "" if run else _reason(one, own),
        "sources": list(one.sources),
        "rows": own,
    }


def _reason(one: AttackClass, own: Sequence[Mapping[str, Any]]) -> str:
    """Why a class was not executed: what its rows say, none of which was judged, or the standing reason."""
    reasons = list(dict.fromkeys(row["found"] for row in own))
    return "; ".join(reasons) or one.not_executed


def _set(words: str, described: Mapping[str, Any]) -> dict[str, Any]:
    return {"what": words, "images": described.get("images"), "patients": described.get("patients")}


def _context(result: Mapping[str, Any]) -> dict[str, str]:
    """The statements of the controller; "" where nothing is stated."""
    stated = (result.get("settings") or {}).get("context") or {}
    return {name: str(stated.get(name) or "") for name in ReleaseContext.model_fields}


def _known_inputs(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The hashes that a result without a list of its inputs has."""
    sets = [{"name": name, "what": words, "sha256": result[name].get("sha256")} for name, words in _SETS.items()]
    return [one for one in sets if one["sha256"]]
