"""A table of an annex: columns of fixed widths, and cells that are HTML already."""

from collections.abc import Sequence
from html import escape

from medgan_tf.presentation.blocks import Html


def annex_table(widths: Sequence[int], head: Sequence[str], rows: Sequence[Sequence[str]], kind: str = "") -> Html:
    """A table of HTML cells, the first of each row a heading. `widths`: of the columns, in percent."""
    columns = "".join(f'<col style="width: {width}%">' for width in widths)
    titles = "".join(f'<th scope="col">{escape(title)}</th>' for title in head)
    body = "".join(
        f'<tr><th scope="row">{row[0]}</th>{"".join(f"<td>{cell}</td>" for cell in row[1:])}</tr>' for row in rows
    )
    top = f"<thead><tr>{titles}</tr></thead>" if head else ""
    return Html(
        f'<div class="table"><table class="annex {kind}"><colgroup>{columns}</colgroup>{top}<tbody>{body}</tbody>'
        "</table></div>"
    )
