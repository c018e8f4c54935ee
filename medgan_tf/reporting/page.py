"""The report's page: the answer, links to the sections, the sections, and what has not been measured."""

from collections.abc import Sequence
from html import escape

from medgan_tf.presentation.blocks import Missing, Section, grouped
from medgan_tf.presentation.page import html_page, section_html


def report_page(title: str, lead: str, sections: Sequence[Section], missing: Sequence[Missing], made_with: str) -> str:
    """The whole page.

    Args:
        title: Name of the run, experiment or folder that is reported.
        lead: One line below it.
        sections: The sections in order, the answer first.
        missing: Measurements that have not been made.
        made_with: Name and version of the program, for the last line.
    """
    shown = [section for section in sections if section.blocks or section.missing]
    links = "".join(
        f'<li><a href="#{escape(section.anchor)}">{escape(section.title)}</a></li>' for section in shown[1:]
    )
    links += '<li><a href="#not-measured">Not measured</a></li>'
    body = _section(shown[0]) + f"<nav><ul>{links}</ul></nav>" + "".join(map(_section, shown[1:])) + _missing(missing)
    return html_page(title, lead, body, made_with)


def _section(section: Section) -> str:
    if not section.missing:
        return section_html(section)
    absent = "; ".join(f"{one.what} ({one.where})" for one in grouped(section.missing))
    start = '<p><strong>Not measured:</strong> <a href="#not-measured">'
    return section_html(section, f"{start}{escape(absent)}</a></p>")


def _missing(missing: Sequence[Missing]) -> str:
    start = '<section id="not-measured">\n<h2>Not measured</h2>\n'
    if not missing:
        return f"{start}<p>Everything that this report can show has been measured.</p></section>\n"
    rows = "".join(
        f'<tr><th scope="row">{escape(one.what)}</th><td class="text">{escape(one.where)}</td>'
        f'<td class="text"><code>{escape(one.command)}</code></td></tr>'
        for one in grouped(missing)
    )
    head = '<tr><th scope="col">what</th><th scope="col" class="text">where</th>'
    head += '<th scope="col" class="text">how to get it</th></tr>'
    note = "<p>Anything that is neither in this list nor above has not been measured either.</p>"
    return (
        f'{start}{note}<div class="table"><table><thead>{head}</thead><tbody>{rows}</tbody></table></div></section>\n'
    )
