"""The parts of a report: tables and figures that are shown on the page and also written as files."""

import io
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from typing import Any, ParamSpec, TypeVar

from matplotlib.figure import Figure

from medgan_tf.files.csv_files import csv_lines
from medgan_tf.presentation.failures import Failed, failed
from medgan_tf.presentation.figure_style import figure_style, plain_texts

_LATEX = str.maketrans(
    {
        "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
        "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
        "±": r"$\pm$", "|": r"\textbar{}",
        # After the end of a row these would be read as its options.
        "[": "{[}", "]": "{]}", "*": "{*}",
    }
)  # fmt: skip


P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Interval:
    """Ends of an interval; None or NaN where undefined."""

    low: float | None
    high: float | None

    @classmethod
    def of(cls, value: Any) -> "Interval":
        """The interval of a dict with `low` and `high`, of a pair, or of None."""
        if isinstance(value, dict):
            return cls(value.get("low"), value.get("high"))
        return cls(*value) if value else cls(None, None)

    @property
    def defined(self) -> bool:
        """Whether both ends are numbers."""
        return all(is_number(end) for end in (self.low, self.high))


@dataclass(frozen=True)
class PValue:
    """A p-value; None where the test is undefined."""

    value: float | None


_HASH = re.compile("[0-9a-f]{64}")

Cell = str | int | float | None | Interval | PValue


def is_number(value: Any) -> bool:
    """Whether a value of a result file is a finite number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def cell_text(cell: Cell, digits: int = 3) -> str:
    """The text of a cell on the page."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, Interval):
        return f"{cell_text(cell.low, digits)} to {cell_text(cell.high, digits)}" if cell.defined else "undefined"
    if isinstance(cell, PValue):
        if not is_number(cell.value):
            return "undefined"
        return "< 0.0001" if cell.value < 0.0001 else f"{cell.value:.4f}"
    if not is_number(cell):
        return "undefined"
    return f"{cell:,}" if isinstance(cell, int) else f"{cell:.{digits}f}"


@dataclass(frozen=True)
class Table:
    """A table, on the page and as CSV and LaTeX.

    Attributes:
        name: File name without ending.
        caption: Description of its content.
        head: Column titles.
        rows: Cells; numbers keep all digits in the CSV.
        digits: Digits after the point on the page and in LaTeX.
        foot: Number of last rows that are set apart.
        shown: Whether the page shows it; False writes files only.
    """

    name: str
    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    digits: int = 3
    foot: int = 0
    shown: bool = True

    def html(self) -> str:
        """The table as HTML, with every text escaped. Wide tables scroll in their own frame."""
        texts = [all(isinstance(row[column], str) for row in self.rows) for column in range(len(self.head))]
        kinds = [' class="text"' if is_text else "" for is_text in texts]
        titles = zip(kinds, self.head, strict=True)
        head = "".join(f'<th scope="col"{kind}>{escape(title)}</th>' for kind, title in titles)
        body = "".join(self._line(row, number) for number, row in enumerate(self.rows))
        return (
            f'<div class="table"><table><caption>{escape(self.caption)}</caption><thead><tr>{head}</tr></thead>'
            f"<tbody>{body}</tbody></table></div>"
        )

    def _line(self, row: Sequence[Cell], number: int) -> str:
        kind = ' class="sum"' if number >= len(self.rows) - self.foot else ""
        first = f'<th scope="row">{escape(cell_text(row[0], self.digits))}</th>'
        return f"<tr{kind}>{first}{''.join(map(self._cell, row[1:]))}</tr>"

    def _cell(self, cell: Cell) -> str:
        text = escape(cell_text(cell, self.digits))
        if not isinstance(cell, str):
            return f"<td>{text}</td>"
        if _HASH.fullmatch(cell):
            return f'<td class="text hash"><code>{text}</code></td>'
        return f'<td class="text">{text}</td>'

    def csv(self) -> str:
        """The table as CSV: an interval becomes two columns, an undefined value an empty cell."""
        wide = [any(isinstance(row[column], Interval) for row in self.rows) for column in range(len(self.head))]
        titles = [
            [f"{title} low", f"{title} high"] if two else [title] for title, two in zip(self.head, wide, strict=True)
        ]
        rows = [[_raw(cell, two) for cell, two in zip(row, wide, strict=True)] for row in self.rows]
        return "".join(csv_lines([value for group in row for value in group] for row in [titles, *rows]))

    def latex(self) -> str:
        """The table in LaTeX, for the package booktabs."""
        lines = [r"\begin{table}", r"\centering", rf"\caption{{{latex_text(self.caption)}}}"]
        lines += [rf"\begin{{tabular}}{{l{'r' * (len(self.head) - 1)}}}", r"\toprule"]
        lines.append(" & ".join(latex_text(title) for title in self.head) + r" \\")
        lines.append(r"\midrule")
        for number, row in enumerate(self.rows):
            if self.foot and number == len(self.rows) - self.foot:
                lines.append(r"\midrule")
            lines.append(" & ".join(latex_text(cell_text(cell, self.digits)) for cell in row) + r" \\")
        return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", r"\end{table}", ""])


def latex_text(text: str) -> str:
    """Text with LaTeX's special characters escaped, in one line; what cannot be printed becomes a question mark."""
    line = "".join(character if character.isprintable() else "?" for character in " ".join(text.split()))
    # Two hyphens would become a dash.
    return line.translate(_LATEX).replace("--", "-{}-").replace("--", "-{}-")


def _raw(cell: Cell, two: bool) -> list[str | float | int]:
    if isinstance(cell, Interval):
        return [end if is_number(end) else "" for end in (cell.low, cell.high)]
    value = cell.value if isinstance(cell, PValue) else cell
    plain = value if isinstance(value, str) or is_number(value) else ""
    return [plain, ""] if two else [plain]


@dataclass(frozen=True)
class Picture:
    """A figure, on the page and as PNG and SVG.

    Attributes:
        name: File name without ending.
        caption: Description of its content, also read out by screen readers.
        figure: The figure.
        shown: Whether the page shows it; False writes files only.
    """

    name: str
    caption: str
    figure: Figure
    shown: bool = True

    @cached_property
    def png(self) -> bytes:
        """The figure as PNG."""
        return self._saved("png", dpi=150, metadata={"Software": None})

    @cached_property
    def svg(self) -> bytes:
        """The figure as SVG."""
        return self._saved("svg", metadata={"Date": None, "Creator": None})

    def _saved(self, kind: str, **options: Any) -> bytes:
        image = io.BytesIO()
        with figure_style():
            # The figure may be one of another package.
            plain_texts(self.figure)
            self.figure.savefig(image, format=kind, facecolor="white", **options)
        return image.getvalue()


@dataclass(frozen=True)
class Html:
    """A piece of HTML whose texts have been escaped by whoever made it."""

    text: str


def paragraph(text: str, kind: str = "") -> Html:
    """Plain text as a paragraph, with an optional CSS class."""
    return Html(f"<p{f' class={kind!r}' if kind else ''}>{escape(text)}</p>")


def heading(text: str) -> Html:
    """A heading inside a section."""
    return Html(f"<h3>{escape(text)}</h3>")


def bullets(texts: Sequence[str]) -> Html:
    """A list of plain texts."""
    return Html("<ul>" + "".join(f"<li>{escape(text)}</li>" for text in texts) + "</ul>")


def fold(summary: str, content: Html, kind: str = "") -> Html:
    """A piece that opens at a click, with an optional CSS class."""
    attribute = f" class={kind!r}" if kind else ""
    return Html(f"<details{attribute}><summary>{escape(summary)}</summary>{content.text}</details>")


@dataclass(frozen=True)
class Missing:
    """Something that has not been measured: where, what, and the command that measures it."""

    where: str
    what: str
    command: str


def grouped(missing: Sequence[Missing]) -> list[Missing]:
    """One entry for each thing and command, with all places in one line."""
    places: dict[tuple[str, str], list[str]] = {}
    for one in dict.fromkeys(missing):
        places.setdefault((one.what, one.command), []).append(one.where)
    return [Missing(_listed(where), what, command) for (what, command), where in places.items()]


def _listed(names: list[str], most: int = 6) -> str:
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[:most])} and {len(names) - most} more"


Block = Html | Table | Picture | Failed


@dataclass
class Section:
    """A part of the report.

    Attributes:
        title: Heading.
        blocks: Its blocks, in order.
        missing: Measurements that it would show and that have not been made.
    """

    title: str
    blocks: list[Block] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)

    def add(self, what: str, make: Callable[P, Block | Sequence[Block]], *args: P.args, **kwargs: P.kwargs) -> None:
        """Adds the block or blocks that `make` gives. If it fails, a block that says so stands in their place.

        Args:
            what: Name of the blocks, for the case that they cannot be made.
            make: Makes them.
            *args, **kwargs: Arguments of `make`.
        """
        blocks = self.tried(what, make, *args, **kwargs) or ()
        self.blocks += [blocks] if isinstance(blocks, Block) else blocks

    def tried(self, what: str, make: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """The result of `make`. If it fails, None, and the section gets a block that says so; see `add`."""
        try:
            return make(*args, **kwargs)
        except Exception as error:
            self.blocks.append(failed(what, error))
            return None

    @property
    def anchor(self) -> str:
        """The anchor for links to the section."""
        return "-".join(self.title.lower().split())
