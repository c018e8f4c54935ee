"""The page of an annex: HTML that needs nothing beside it and prints on A4. It is made from the annex's JSON alone."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from medgan_tf.evidence.privacy.annex.annex_table import annex_table
from medgan_tf.evidence.privacy.annex.content import sha256_of_content
from medgan_tf.evidence.privacy.annex.guarantee_part import guarantee_blocks
from medgan_tf.evidence.privacy.verdicts import BROKEN, HOLDS, NOT_RUN, UNDECIDED
from medgan_tf.presentation.blocks import Html, Interval, Section, bullets, cell_text, is_number, paragraph
from medgan_tf.presentation.cards import ABSENT, BAD, GOOD, UNSURE, Card, cards_block
from medgan_tf.presentation.page import html_page, section_html

STYLE = """
.annex { table-layout: fixed; width: 100%; }
.annex th, .annex td { text-align: left; white-space: normal; overflow-wrap: anywhere; vertical-align: top; }
.annex tbody th { font-weight: 600; }
.annex code { font-size: .72rem; font-weight: 400; overflow-wrap: anywhere; }
.stated td { white-space: pre-line; }
.annex .quiet { font-weight: 400; color: var(--quiet); } .bad { font-weight: 700; }
section.attack h3 { border-top: 1px solid var(--line); padding-top: .75rem; }
@media print {
  :root { --ink: #000; --quiet: #000; --line: #999; }
  body { color: #000; }
  thead { display: table-header-group; break-inside: avoid; break-after: avoid; }
  tbody tr:first-child { break-before: avoid; } .small { font-size: 8.5pt; }
  h2 { margin-top: 1.5rem; } p { margin: .4rem 0; break-inside: avoid; } li { break-inside: avoid; }
  section.attack > h3, section.attack > p:has(+ p), section.attack > p:has(+ .table) { break-after: avoid; }
  a { color: #000; text-decoration: none; }
}
"""
_STATES = {HOLDS: GOOD, BROKEN: BAD, UNDECIDED: UNSURE, NOT_RUN: ABSENT}
_STATEMENTS = {
    "release": "What is released, and how",
    "recipients": "Recipients",
    "purpose": "Purpose",
    "recipients_know": "What recipients may know or hold already",
    "controller": "Controller",
    "legal_basis": "Legal basis",
    "dpo": "Data-protection officer",
    "assessments": "Impact assessment, ethics committee",
    "retention": "Retention",
    "safeguards": "Safeguards",
}
_NO_GUARANTEE = (
    "These are tests. They say what these attacks found, not what is impossible. Whether the release is anonymous is a "
    "decision of the controller, which this page prepares and does not take."
)
_INTERVAL = (
    "Each interval has two one-sided limits: the value is above the first one, and below the second one, each with a "
    "confidence of {level:.0%}. A limit holds when the whole interval is within it."
)
_STATED = (
    "The controller wrote these statements (evaluation.privacy.context). The program has not checked them, and they "
    "have no effect on the results."
)
_COMMAND = "medgan-tf privacy verify privacy-annex.html"
_HASHES = (
    "A SHA-256 is a fingerprint: another content has another one. The command below computes all of them again. They "
    "show whether files belong together and are unchanged. They do not show who made them: somebody who can "
    "change all files can make all hashes anew. So keep the hash of this page in a place of its own, such as your "
    "records of processing. It is in the file .sha256 beside this page, because a page cannot hold its own."
)


def annex_page(content: Mapping[str, Any]) -> str:
    """The page. The same content gives the same bytes.

    Args:
        content: See `annex_content`.
    """
    sections = [
        Section("Answer", [_headline(content), paragraph(_NO_GUARANTEE), _sets(content["sets"])]),
        Section("Guarantee of the training", guarantee_blocks(content.get("guarantee"))),
        Section("Attacks at a glance", [_overview(content["attacks"])]),
        Section("Attacks one by one", [*_intervals(content["level"]), *map(_attack, content["attacks"])]),
        Section("What else the audit says", _further(content)),
        Section("Where these attacks come from", [_documents(content["attacks"])]),
        Section("Statements of the controller", [paragraph(_STATED), _statements(content["context"])]),
        Section("Fingerprints", [paragraph(_HASHES), Html(f"<pre>{_COMMAND}</pre>"), _inputs(content)]),
    ]
    body = "".join(section_html(one) for one in sections if one.blocks)
    when = str(content["audited"] or "at a time that is not recorded").replace("T", " ").replace("+00:00", " UTC")
    lead = f"{content['subject']}. Audited {when} with {content['audited_with'] or 'an earlier version'}."
    foot = f"Page made by {content['page_made_with']}."
    return html_page("Annex: privacy audit of synthetic images", lead, body, foot, STYLE)


def _headline(content: Mapping[str, Any]) -> Html:
    found = content["headline"]
    return cards_block([Card("What do the synthetic images give away?", _STATES[found["state"]], found["words"])])


def _sets(sets: Sequence[Mapping[str, Any]]) -> Html:
    lines = []
    for one in sets:
        of = f" of {one['patients']:,} patients" if is_number(one["patients"]) else ""
        count = f"{one['images']:,}" if is_number(one["images"]) else "an unknown number of"
        lines.append(f"{count} {one['what']}{of}")
    return bullets(lines)


def _overview(attacks: Sequence[Mapping[str, Any]]) -> Html:
    rows = [
        [
            escape(one["title"]),
            escape(one["scope"]),
            "executed" if one["executed"] else "not executed",
            escape("; ".join(one["access"]) or "-"),
            escape(one["answer"] if one["executed"] else "no answer"),
        ]
        for one in attacks
    ]
    head = ["attack", "scope", "executed", "what the attacker has", "answer"]
    return annex_table((25, 17, 14, 24, 20), head, rows)


def _intervals(level: Any) -> list[Html]:
    return [paragraph(_INTERVAL.format(level=level), "small")] if is_number(level) else []


def _attack(one: Mapping[str, Any]) -> Html:
    parts = [
        f"<h3>{escape(one['title'])}</h3>",
        paragraph(one["meaning"]).text,
        paragraph(f"{one['scope'][:1].upper()}{one['scope'][1:]}. {one['why']}").text,
    ]
    if not one["executed"]:
        parts.append(f"<p><strong>Not executed.</strong> {escape(one['reason'])}</p>")
    if one["rows"]:
        parts.append(_rows(one["rows"]).text)
    return Html(f'<section class="attack">{"".join(parts)}</section>')


def _rows(rows: Sequence[Mapping[str, Any]]) -> Html:
    head = ["question", "answer", "result", "compared with, and power", "found"]
    table = annex_table((23, 11, 16, 20, 30), head, [_row(row) for row in rows])
    return Html(table.text + "".join(paragraph(text, "small").text for text in _reasons(rows)))


def _reasons(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The limits with their reasons, each once, with what they are limits of."""
    found: dict[tuple[float, str], list[str]] = {}
    for row in rows:
        if is_number(row["limit"]) and row["limit_reason"]:
            found.setdefault((row["limit"], row["limit_reason"]), []).append(row["topic"])
    return [
        f"Limit {limit:g} of {', '.join(dict.fromkeys(topics))}: {reason}." for (limit, reason), topics in found.items()
    ]


def _row(row: Mapping[str, Any]) -> list[str]:
    question = escape(row["question"])
    if row["access"]:
        question += f'<br><span class="quiet">attacker has {escape(row["access"])}</span>'
    answer = f'<span class="bad">{escape(row["answer"])}</span>' if row["status"] == BROKEN else escape(row["answer"])
    compared = [f"Compared with {row['null']}."] if row["null"] else []
    compared += [f"Power: {row['power']}."] if row["power"] else []
    found = escape(row["found"])
    if row["missing"] and row["missing"] not in row["found"]:
        found += f"<br><strong>Missing for a decision:</strong> {escape(row['missing'])}"
    return [question, answer, "<br>".join(map(escape, _result(row))), "<br>".join(map(escape, compared)) or "-", found]


def _result(row: Mapping[str, Any]) -> list[str]:
    """Value, interval and limit, a line each; those that there are."""
    value = row["value"]
    is_count = is_number(value) and not row["interval"] and value == int(value)
    lines = [cell_text(int(value) if is_count else value)] if is_number(value) else []
    if lines and is_number(row["of"]):
        lines = [f"{lines[0]} of {cell_text(row['of'])}"]
    ends = Interval.of(row["interval"])
    if ends.defined:
        lines.append(f"interval {cell_text(ends)}")
    if is_number(row["limit"]):
        lines.append(f"limit {row['limit']:g}")
    return lines or ["-"]


def _documents(attacks: Sequence[Mapping[str, Any]]) -> Html:
    asked: dict[str, list[str]] = {}
    for one in attacks:
        for source in one["sources"]:
            asked.setdefault(source, []).append(one["title"])
    rows = [[escape(source), escape(", ".join(titles))] for source, titles in asked.items()]
    return annex_table((50, 50), ["document", "attacks that are its subject"], rows)


def _further(content: Mapping[str, Any]) -> list[Html]:
    rows = [*content["others"], *content["circumstances"]]
    blocks = [_rows(rows)] if rows else []
    return blocks + ([bullets(content["notes"])] if content["notes"] else [])


def _statements(context: Mapping[str, str]) -> Html:
    rows = [
        [escape(title), escape(context.get(name, "")) or '<span class="quiet">not stated</span>']
        for name, title in _STATEMENTS.items()
    ]
    return annex_table((30, 70), [], rows, "stated")


def _inputs(content: Mapping[str, Any]) -> Html:
    rows = [row for one in content["inputs"] for row in _input(one)]
    rows.append(["result of the audit (privacy.json)", _hash(content["result_sha256"])])
    rows.append(["JSON of this page", _hash(sha256_of_content(content))])
    return annex_table((30, 70), ["what", "SHA-256"], rows)


def _input(one: Mapping[str, Any]) -> list[list[str]]:
    """The row of an input; a plan has a second one, for the hash that it has by itself."""
    words = f"{one['what']} (folds {', '.join(one['folds'])})" if one.get("folds") else one["what"]
    rows = [[escape(words), _hash(one.get("sha256"))]]
    if one.get("plan_sha256"):
        rows.append(["newest plan in plan.json", _hash(one["plan_sha256"])])
    return rows


def _hash(value: Any) -> str:
    return f"<code>{escape(value)}</code>" if value else '<span class="quiet">none</span>'
