"""HTML pages that need nothing beside them: no script, no network, readable in print."""

import base64
from html import escape

from medgan_tf.presentation.blocks import Block, Html, Section, Table
from medgan_tf.presentation.failures import Failed

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
.finding { font-weight: 600; }
.small, .lead { color: var(--quiet); font-size: .9rem; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); gap: 1rem; }
.card { border: 1px solid var(--line); border-left: .5rem solid #8a94a0; border-radius: .25rem;
  padding: .25rem 1rem .75rem; }
.card h3 { margin: .75rem 0 .25rem; color: var(--quiet); font-weight: 500; }
.card .verdict { font-size: 1.2rem; font-weight: 600; margin: 0 0 .5rem; }
.card p { margin: .4rem 0; }
.good { border-left-color: #009e73; } .bad { border-left-color: #d55e00; } .unsure { border-left-color: #e69f00; }
.failed { font-weight: 600; border-left: .5rem solid #d55e00; padding-left: .75rem; }
.troubles { border: 2px solid #d55e00; border-radius: .25rem; padding: 0 1rem; margin: 1rem 0; }
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


def html_page(title: str, lead: str, body: str, foot: str, style: str = "") -> str:
    """A whole page.

    Args:
        title: Heading, and title of the window.
        lead: One line below it; may be empty.
        body: HTML, see `section_html`.
        foot: Last line.
        style: Further rules of style for this page.
    """
    lead = f'<p class="lead">{escape(lead)}</p>' if lead else ""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<link rel="icon" href="data:,">\n<title>{escape(title)}</title>\n<style>{STYLE}{style}</style>\n</head>\n'
        "<body>\n"
        f"<header><h1>{escape(title)}</h1>{lead}</header>\n<main>\n{body}</main>\n"
        f"<footer><p>{escape(foot)}</p></footer>\n</body>\n</html>\n"
    )


def section_html(section: Section, end: str = "") -> str:
    """Heading and blocks of a section, then `end`, which is HTML."""
    blocks = "\n".join(block_html(block) for block in section.blocks if isinstance(block, Html | Failed) or block.shown)
    return f'<section id="{escape(section.anchor)}">\n<h2>{escape(section.title)}</h2>\n{blocks}{end}\n</section>\n'


def block_html(block: Block) -> str:
    """A block as the page shows it; figures are part of the page."""
    if isinstance(block, Html | Failed):
        return block.text
    if isinstance(block, Table):
        return block.html()
    caption = escape(block.caption, quote=True)
    source = data_uri("image/svg+xml", block.svg)
    return f'<figure><img alt="{caption}" src="{source}"><figcaption>{caption}</figcaption></figure>'


def data_uri(kind: str, content: bytes) -> str:
    """Bytes as a data URI of a media type."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
