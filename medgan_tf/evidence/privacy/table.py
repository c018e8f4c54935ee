"""The privacy audit as text for terminals."""

import textwrap
from typing import Any

from medgan_tf.evidence.privacy.audit import Audit
from medgan_tf.evidence.privacy.verdicts import FAIL, NOT_RUN, verdict_title
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
        *_combination_lines(result["combinations"]),
        *_copy_lines(result.get("copies")),
    ]
    for note in result["notes"]:
        lines += textwrap.wrap(f"note: {note}", _WIDTH, subsequent_indent="  ")
    return "\n".join(lines)


def _verdict_lines(found: Audit) -> list[str]:
    rows = [["question", "verdict", "value", "interval", "limit"]]
    for verdict in found.verdicts:
        interval = "-" if verdict.interval is None else f"{verdict.interval[0]:.3f}..{verdict.interval[1]:.3f}"
        limit = "-" if verdict.threshold is None else f"{verdict.threshold.limit:g}"
        value = "-" if verdict.interval is None else number(verdict.value, 3)
        rows.append([verdict_title(verdict.name), verdict.status.upper(), value, interval, limit])
    header, rule, *lines = text_table(rows)
    told = [header, rule]
    for verdict, line in zip(found.verdicts, lines, strict=True):
        told.append(line)
        told += textwrap.wrap(verdict.words, _WIDTH, initial_indent="    ", subsequent_indent="    ")
    return told


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
    """The content of `privacy.json` in one line: the limits that are broken, and the questions without an answer."""

    def named(status: str) -> str:
        return ", ".join(verdict["name"] for verdict in result["verdicts"] if verdict["status"] == status)

    broken, unanswered = named(FAIL), named(NOT_RUN)
    line = f"limits broken: {broken}" if broken else "no limit shown to be broken"
    return f"{line}; not answered: {unanswered}" if unanswered else line
