"""The privacy audit as text for terminals."""

import textwrap
from typing import Any

from medgan_tf.evidence.privacy.audit import Audit
from medgan_tf.evidence.privacy.earlier import as_current
from medgan_tf.evidence.privacy.questions import verdict_title
from medgan_tf.evidence.privacy.verdicts import BROKEN, HOLDS, NOT_RUN, UNDECIDED
from medgan_tf.presentation.text_table import number, text_table

_MOST_COMBINATIONS = 12
_MOST_COPIES = 5
_WIDTH = 118


def audit_lines(found: Audit) -> str:
    """Verdicts, figures by label combination, suspected copies and notes."""
    result = found.result
    used = (
        "" if result["synthetic_used"] == result["synthetic"]["images"] else f", {result['synthetic_used']:,} audited"
    )
    lines = [
        f"{result['synthetic']['images']:,} synthetic images{used}; {result['train']['images']:,} training and "
        f"{result['held_out']['images']:,} held-out images; features of {result['extractor']['name']}",
        "",
        *_verdict_lines(found),
        "",
        gate_line(result),
        "",
        *_combination_lines(result["combinations"]),
        *_copy_lines(result.get("copies")),
    ]
    for note in result["notes"]:
        lines += textwrap.wrap(f"note: {note}", _WIDTH, subsequent_indent="  ")
    return "\n".join(lines)


def _verdict_lines(found: Audit) -> list[str]:
    level = found.result["settings"]["level"]
    rows = [["question", "verdict", "value", f"one-sided {level:.0%} limits", "limit"]]
    for verdict in found.verdicts:
        interval = "-" if verdict.interval is None else f"{verdict.interval[0]:.3f}..{verdict.interval[1]:.3f}"
        limit = "-" if verdict.threshold is None else f"{verdict.threshold.limit:g}"
        value = "-" if verdict.interval is None else number(verdict.value, 3)
        if verdict.count is not None:
            value, limit = f"{verdict.count:,}", "0"
        rows.append([verdict_title(verdict.name), verdict.status.upper(), value, interval, limit])
    header, rule, *lines = text_table(rows)
    told = [header, rule]
    for verdict, line in zip(found.verdicts, lines, strict=True):
        told.append(line)
        told += _indented(verdict.words)
        if verdict.missing:
            told += _indented(f"to decide it: {verdict.missing}")
    return told


def _indented(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent="    ", subsequent_indent="    ")


def gate_line(result: dict[str, Any]) -> str:
    """The answer of the whole audit in one line."""
    gate = result["gate"]
    if gate["answer"] == HOLDS:
        line = f"gate: all {len(gate['holds'])} limits hold"
    else:
        parts = [(BROKEN, gate["broken"]), (UNDECIDED, gate["undecided"])]
        told = [f"{status}: {', '.join(names)}" for status, names in parts if names]
        line = f"gate: {'; '.join(told) or 'nothing was judged'}"
    return f"{line}; not answered: {', '.join(gate['not_run'])}" if gate["not_run"] else line


def _combination_lines(rows: list[dict[str, Any]]) -> list[str]:
    if not rows:
        return []
    attacks = [key.removesuffix("_auc") for key in rows[0] if key.endswith("_auc")]
    table = [["label combination", "training", "guidance", "suspected", "authentic", *(f"{a} AUC" for a in attacks)]]
    for row in rows[:_MOST_COMBINATIONS]:
        shares = [number(row.get(key), 3) for key in ("suspected_share", "authentic_share")]
        aucs = [number(row.get(f"{attack}_auc"), 3) for attack in attacks]
        name = textwrap.shorten(row["labels"].replace("|", ", "), 44, placeholder="...")
        table.append([name, f"{row['train_images']:,}", row["guidance"], *shares, *aucs])
    lines = text_table(table)
    if len(rows) > _MOST_COMBINATIONS:
        lines.append(f"... and {len(rows) - _MOST_COMBINATIONS} with more images")
    return [*lines, ""]


def _copy_lines(copies: dict[str, Any] | None) -> list[str]:
    if not copies or not copies["list"]:
        return []
    lines = ["most suspicious pairs:"]
    for one in copies["list"][:_MOST_COPIES]:
        patient = one["patient"] or "unknown"
        mirrored = ", mirrored" if one["mirrored"] else ""
        lines.append(
            f"  {one['synthetic_id']} and {one['image_id']} of patient {patient}, relative distance "
            f"{one['relative_distance']:.3f}{mirrored}"
        )
    return [*lines, ""]


def summarise_audit(result: dict[str, Any]) -> str:
    """The content of `privacy.json` in one line: broken and undecided limits, and the questions without an answer."""
    verdicts = as_current(result)["verdicts"]

    def named(status: str) -> str:
        return ", ".join(verdict["name"] for verdict in verdicts if verdict["status"] == status)

    broken, undecided, unanswered = named(BROKEN), named(UNDECIDED), named(NOT_RUN)
    parts = [f"limits broken: {broken}" if broken else "", f"undecided: {undecided}" if undecided else ""]
    if not broken and not undecided:
        parts = ["all limits hold" if named(HOLDS) else "no limit was judged"]
    if unanswered:
        parts.append(f"not answered: {unanswered}")
    return "; ".join(filter(None, parts))
