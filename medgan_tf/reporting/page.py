"""The report as one HTML page that needs nothing beside it: no script, no network, readable in print."""

import base64
from collections.abc import Sequence
from html import escape

from medgan_tf.presentation.blocks import Html, Missing, Picture, Section, Table, grouped

STYLE = """
:root { --ink: #1f2933; --quiet: #52606d; --line: #e1e5ea; }
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; color: var(--ink); background: #fff;
  max-width: 68rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.8rem; line-height: 1.2; margin: 0 0 .25rem; }
h2 { font-size: 1.35rem; margin: 2.5rem 0 .5rem; padding-top: .75rem; border-top: 2px solid var(--line); }
h3 { font-size: 1.05rem; margin: 1.5rem 0 .5rem; }
p, li { max-width: 46rem; }
nav ul { columns: 2; padding-left: 1.2rem; }
.small, .lead { color: var(--quiet); font-size: .9rem; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); gap: 1rem; }
.card { border: 1px solid var(--line); border-left: .5rem solid #8a94a0; border-radius: .25rem;
  padding: .25rem 1rem .75rem; }
.card h3 { margin: .75rem 0 .25rem; color: var(--quiet); font-weight: 500; }
.card .verdict { font-size: 1.2rem; font-weight: 600; margin: 0 0 .5rem; }
.card p { margin: .4rem 0; }
.good { border-left-color: #009e73; } .bad { border-left-color: #d55e00; } .unsure { border-left-color: #e69f00; }
.table { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem; }
caption { text-align: left; font-weight: 600; padding-bottom: .35rem; }
th, td { padding: .25rem .7rem; text-align: right; border-bottom: 1px solid var(--line); vertical-align: top; }
thead th { border-bottom: 2px solid #b8c0c8; }
td { white-space: nowrap; }
th:first-child, td:first-child, th.text, td.text { text-align: left; }
tbody th { font-weight: 400; }
tr.sum th, tr.sum td { font-weight: 600; border-top: 1px solid #b8c0c8; }
td.text { max-width: 26rem; white-space: normal; }
td code { font-size: .72rem; } td.hash { max-width: none; white-space: nowrap; }
dt { margin-top: .5rem; } dd { margin-left: 1.5rem; max-width: 46rem; }
figure { margin: 1rem 0; } figure img { max-width: 100%; height: auto; }
figcaption { color: var(--quiet); font-size: .9rem; max-width: 46rem; }
pre { font-size: .8rem; overflow-x: auto; background: #f6f7f9; padding: .75rem; }
details { margin: 1rem 0; }
footer { margin-top: 3rem; border-top: 2px solid var(--line); color: var(--quiet); font-size: .9rem; }
@media print {
  body { max-width: none; margin: 0; font-size: 10.5pt; }
  nav, details:not([open]) { display: none; }
  figure, .card, tr { break-inside: avoid; }
  h2, h3, caption { break-after: avoid; }
  .table { overflow: visible; } table { font-size: 8pt; } th, td { padding: .15rem .35rem; }
}
@page { size: A4; margin: 15mm; }
"""
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def report_page(title: str, lead: str, sections: Sequence[Section], missing: Sequence[Missing], made_with: str) -> str:
    """The whole page.

    Args:
        title: Of what is reported.
        lead: One line below it.
        sections: In order, the answer first.
        missing: Everything that was not measured.
        made_with: For the last line.
    """
    shown = [section for section in sections if section.blocks or section.missing]
    links = "".join(f'<li><a href="#{section.anchor}">{escape(section.title)}</a></li>' for section in shown[1:])
    links += '<li><a href="#not-measured">Not measured</a></li>'
    body = _section(shown[0]) + f"<nav><ul>{links}</ul></nav>" + "".join(map(_section, shown[1:])) + _missing(missing)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<link rel="icon" href="data:,">\n<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n'
        f'<header><h1>{escape(title)}</h1><p class="lead">{escape(lead)}</p></header>\n<main>\n{body}</main>\n'
        f"<footer><p>{escape(made_with)}</p></footer>\n</body>\n</html>\n"
    )


def _section(section: Section) -> str:
    blocks = "\n".join(_block(block) for block in section.blocks if isinstance(block, Html) or block.shown)
    if section.missing:
        blocks += '<p><strong>Not measured:</strong> <a href="#not-measured">'
        blocks += f"{escape('; '.join(f'{one.what} ({one.where})' for one in grouped(section.missing)))}</a></p>"
    return f'<section id="{section.anchor}">\n<h2>{escape(section.title)}</h2>\n{blocks}\n</section>\n'


def _block(block: Html | Table | Picture) -> str:
    if isinstance(block, Html):
        return block.text
    if isinstance(block, Table):
        return block.html()
    caption = escape(block.caption, quote=True)
    source = data_uri("image/svg+xml", block.svg)
    return f'<figure><img alt="{caption}" src="{source}"><figcaption>{caption}</figcaption></figure>'


def data_uri(kind: str, content: bytes) -> str:
    """Bytes as a data URI of a media type."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def _missing(missing: Sequence[Missing]) -> str:
    start = '<section id="not-measured">\n<h2>Not measured</h2>\n'
    if not missing:
        return f"{start}<p>Nothing is missing of what this report can show.</p></section>\n"
    rows = "".join(
        f'<tr><th scope="row">{escape(one.what)}</th><td class="text">{escape(one.where)}</td>'
        f'<td class="text"><code>{escape(one.command)}</code></td></tr>'
        for one in grouped(missing)
    )
    head = '<tr><th scope="col">what</th><th scope="col" class="text">where</th>'
    head += '<th scope="col" class="text">how to get it</th></tr>'
    note = "<p>What is not in this list or above has not been looked at either.</p>"
    return (
        f'{start}{note}<div class="table"><table><thead>{head}</thead><tbody>{rows}</tbody></table></div></section>\n'
    )
