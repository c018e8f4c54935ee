"""The look of the project's figures, made by matplotlib without pyplot's global state."""

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from medgan_tf.files.atomic import atomic_path

# Okabe and Ito's colours, which people with any colour vision can tell apart.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#999999")
REAL, SYNTHETIC = COLOURS[0], COLOURS[1]
GREY = "#777777"


def new_figure(width: float, height: float) -> Figure:
    """A figure of `width` x `height` inches, laid out so that nothing overlaps."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def tidy(axes: Axes) -> None:
    """Takes away the frame's upper and right sides and adds a light grid."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(True, color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)


def save_figure(figure: Figure, path: Path) -> None:
    """Writes a PNG file, atomically."""
    with atomic_path(path) as partial:
        figure.savefig(partial, format="png", dpi=110, facecolor="white", metadata={"Software": None})
