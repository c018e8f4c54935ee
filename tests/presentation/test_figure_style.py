"""Figures look the same whatever a label is called and whatever a user has set."""

import ast
import io
from pathlib import Path

import numpy as np
import pytest
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.text import Text
from result_files import gap

import medgan_tf
from medgan_tf.classification.figures import reliability_figure, roc_figure
from medgan_tf.classification.predictions import Predictions
from medgan_tf.evidence.fidelity.figures import draw_combinations, draw_history
from medgan_tf.evidence.utility.figures import conditions_figure, gap_figure, roc_pair_figure
from medgan_tf.evidence.utility.gap_view import gap_view
from medgan_tf.presentation.blocks import Picture
from medgan_tf.presentation.figure_style import new_figure, plain_numbers, short, styled
from medgan_tf.training.callbacks.fid import Evaluation

ROOT = Path(medgan_tf.__file__).parent
HOSTILE = [
    r"$\frac{$", "$x$", r"\alpha_1^{", "a_b^c", "cost: 5$ and 6$", "two\nlines", "long " * 100, "x" * 500, "😀 smile",
    "肺炎", "التهاب", "שבר", "", " ", "nul\0 bell\a", "%s {0} #&~", "</text><script>",
]  # fmt: skip


def hostile_gap():
    values = gap()
    for part in (values["gap"]["labels"], *(entry["labels"] for entry in values["conditions"].values())):
        one = part.popitem()[1]
        part.clear()
        part |= dict.fromkeys(HOSTILE, one)
    for name, entry in values["conditions"].items():
        entry["title"] = f"{name} {HOSTILE[0]}"
        entry["label_aucs"] = [[0.9] * len(HOSTILE) for _ in values["seeds"]]
    return values | {"label_names": HOSTILE, "experiment": HOSTILE[0], "architecture": HOSTILE[2]}


def hostile_predictions():
    rng = np.random.default_rng(0)
    shape = (60, len(HOSTILE))
    ids = np.array([f"{number:014x}" for number in range(60)])
    return Predictions(tuple(HOSTILE), ids, ids, rng.integers(0, 2, shape).astype(float), rng.random(shape))


def figures():
    values, predictions = hostile_gap(), hostile_predictions()
    yield gap_figure(gap_view(values), HOSTILE[0])
    yield conditions_figure(values)
    yield roc_pair_figure(values, predictions, predictions)
    yield roc_figure(predictions, HOSTILE[7])
    yield reliability_figure(predictions, HOSTILE[0])


def texts(figure):
    return [text for text in figure.findobj(Text) if text.get_text()]


def saved(figure, kind="svg"):
    image = io.BytesIO()
    figure.savefig(image, format=kind, metadata={"Date": None} if kind == "svg" else None)
    return image.getvalue()


@pytest.mark.parametrize("number", range(5))
def test_every_figure_takes_any_name(number):
    """Warnings are errors here, so a missing glyph or a layout that fails would show."""
    figure = list(figures())[number]
    assert saved(figure, "png").startswith(b"\x89PNG") and saved(figure).rstrip().endswith(b"</svg>")
    found = texts(figure)
    assert not any(text.get_parse_math() or text.get_usetex() for text in found)
    assert not any("mathdefault" in text.get_text() or "\0" in text.get_text() for text in found)
    assert any(r"$\frac{$" in text.get_text() for text in found)
    assert max(len(text.get_text()) for text in found) < 200


def test_figures_of_fidelity_take_any_name_and_show_powers_as_numbers(tmp_path):
    result = {
        "floor": {"real": {"fid": 1.0}, "images": 5},
        "extractor": {"name": r"$\frac{$"},
        "combinations": [
            {"labels": [name], "values": {"fid": 2.0}, "images_real": 5, "images_synthetic": 5} for name in HOSTILE
        ],
    }
    draw_history(tmp_path / "history.png", [Evaluation(1, 1000.0, 1.0), Evaluation(2, 2.0, 1.0)], result)
    draw_combinations(tmp_path / "combinations.png", result)
    assert (tmp_path / "history.png").stat().st_size > 5000 and (tmp_path / "combinations.png").stat().st_size > 5000


def test_a_logarithmic_axis_needs_no_formula():
    figure = new_figure(3, 2)
    axes = figure.subplots()
    axes.set(yscale="log", ylim=(0.5, 2000))
    plain_numbers(axes.yaxis)
    saved(figure)
    assert {"1", "10", "100", "1,000"} <= {text.get_text() for text in texts(figure)}


@styled
def small_figure():
    figure = new_figure(3, 2)
    axes = figure.subplots()
    axes.plot([0, 1], [10**6, 2 * 10**6], label="a_1")
    axes.set_title("$a$ and $b$")
    axes.legend()
    return figure


def test_settings_of_the_user_change_nothing():
    own = {"text.usetex": True, "font.size": 40, "axes.facecolor": "red", "savefig.dpi": 10, "savefig.bbox": "tight",
           "lines.linewidth": 9, "axes.formatter.use_mathtext": True, "svg.fonttype": "none",
           "text.parse_math": True}  # fmt: skip
    plain = saved(small_figure()), saved(small_figure(), "png")
    with rc_context(own):
        assert (saved(small_figure()), saved(small_figure(), "png")) == plain
    assert b"<!-- $a$ and $b$ -->" in plain[0]


def test_a_figure_of_another_package_has_no_formulas_either():
    figure = Figure(figsize=(3, 2))
    figure.subplots().set_title(r"$\frac{$")
    assert rb"<!-- $\frac{$ -->" in Picture("name", "caption", figure).svg
    with pytest.raises(ValueError, match="frac"):
        broken = Figure(figsize=(3, 2))
        broken.subplots().set_title(r"$\frac{$")
        saved(broken)


def test_names_become_one_short_line():
    assert short("a\n b\t c") == "a b c"
    assert short("x" * 45) == "x" * 43 + "…" and short("x" * 44) == "x" * 44
    assert short("a\0b") == "a\ufffdb" and short("") == ""


def test_every_figure_of_the_package_has_the_style():
    """`new_figure` is the only way to a figure, and stands in functions under `styled` only."""
    unstyled, others, count = [], [], 0
    for path in ROOT.rglob("*.py"):
        text, name = path.read_text(encoding="utf-8"), path.relative_to(ROOT).as_posix()
        if name == "presentation/figure_style.py":
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "Figure":
                others.append(name)
            if isinstance(node, ast.Import | ast.ImportFrom) and "pyplot" in ast.unparse(node):
                others.append(name)
            if isinstance(node, ast.FunctionDef) and "new_figure(" in ast.unparse(node):
                count += 1
                if "styled" not in map(ast.unparse, node.decorator_list):
                    unstyled.append(f"{name}: {node.name}")
    assert count > 10 and unstyled == [] and others == []
