"""The look of the project's figures, made by matplotlib without pyplot's global state.

Every figure is made by `new_figure` in a function under `styled`. So its look is the same on every machine, whatever a
user's matplotlibrc says, and every text in it is shown as it is: a label may be named ``$\\frac{$``.
"""

import functools
import io
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from matplotlib import rc_context, rcParamsDefault
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter, NullFormatter

from medgan_tf.errors import RunError
from medgan_tf.files.atomic import atomic_path

P = ParamSpec("P")
T = TypeVar("T")

# Okabe and Ito's colours, which people with any colour vision can tell apart.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#999999")
REAL, SYNTHETIC = COLOURS[0], COLOURS[1]
GREY = "#777777"

# What concerns windows and the process, not the look.
_NOT_STYLE = re.compile(r"_|backend|interactive|toolbar|timezone|webagg|tk\.|macosx|keymap|docstring|date\.epoch|"
                        r"figure\.(max_open_warning|raise_window|hooks)|savefig\.directory")  # fmt: skip
# svg: fixed, so that the same results give the same files.
_OWN = {"text.parse_math": False, "text.usetex": False, "axes.formatter.use_mathtext": False,
        "svg.hashsalt": "medgan-tf", "svg.fonttype": "path"}  # fmt: skip
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
# A font without a character draws a box; the tables beside the figure hold the text.
_HARMLESS = (r"Glyph .* missing from", r"Matplotlib currently does not support", r"constrained_layout not applied")


@functools.cache
def _style() -> dict[str, Any]:
    return {key: value for key, value in rcParamsDefault.items() if not _NOT_STYLE.match(key)} | _OWN


@contextmanager
def figure_style() -> Iterator[None]:
    """Matplotlib's own defaults and no mathematics in texts, in place of the user's settings, while the block runs."""
    with rc_context(_style()), warnings.catch_warnings():
        for message in _HARMLESS:
            warnings.filterwarnings("ignore", message, UserWarning)
        yield


def styled(draw: Callable[P, T]) -> Callable[P, T]:
    """Decorator of a function that makes a figure: it runs in `figure_style`."""

    @functools.wraps(draw)
    def drawn(*arguments: P.args, **options: P.kwargs) -> T:
        with figure_style():
            return draw(*arguments, **options)

    return drawn


def plain_texts(figure: Figure) -> None:
    """Makes a figure take every text as it is: nothing in it is a formula, and control characters show as a mark."""
    for text in figure.findobj(Text):
        text.set_parse_math(False)
        text.set_usetex(False)
        if _CONTROL.search(text.get_text()):
            text.set_text(_CONTROL.sub("\ufffd", text.get_text()))


class PlainFigure(Figure):
    """A figure that is drawn in `figure_style` with `plain_texts`, wherever it is saved."""

    def draw(self, renderer: Any) -> None:
        with figure_style():
            plain_texts(self)
            super().draw(renderer)

    def savefig(self, fname: Any, **options: Any) -> None:
        with figure_style():
            super().savefig(fname, **options)


def new_figure(width: float, height: float) -> Figure:
    """A figure of `width` x `height` inches, laid out so that nothing overlaps."""
    with figure_style():
        figure = PlainFigure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def short(text: str, most: int = 44) -> str:
    """A name as a label in a figure: one line of at most `most` characters, the end of a longer one as "…"."""
    line = _CONTROL.sub("\ufffd", " ".join(text.split()))
    return line if len(line) <= most else f"{line[: most - 1]}…"


def plain_numbers(axis: Axis) -> None:
    """Numbers at the ticks of a logarithmic axis as 1,000 and not as a power, which would need a formula."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.6g}"))
    axis.set_minor_formatter(NullFormatter())


def tidy(axes: Axes) -> None:
    """Takes away the frame's upper and right sides and adds a light grid."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(True, color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)


def figure_png(figure: Figure) -> bytes:
    """The figure as the content of a PNG file."""
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=110, facecolor="white", metadata={"Software": None})
    return content.getvalue()


def save_figure(figure: Figure, path: Path) -> None:
    """Writes a PNG file, atomically. Raises `RunError` when the disk does not take it."""
    write_picture(figure_png(figure), path)


def write_picture(content: bytes, path: Path) -> None:
    """Writes the content of a picture's file, atomically. Raises `RunError` when the disk does not take it."""
    try:
        with atomic_path(path) as partial:
            partial.write_bytes(content)
    except OSError as error:
        raise RunError(f"cannot write {path}: {error.strerror or error}") from error
