"""What tables and cells look like on the page and in files."""

import math

from medgan_tf.presentation.blocks import Interval, PValue, Table, cell_text, latex_text


def test_cells():
    assert [cell_text(cell) for cell in (1234, 0.12345, None, math.nan, "a")] == [
        "1,234", "0.123", "undefined", "undefined", "a"]  # fmt: skip
    assert cell_text(Interval(0.1, 0.2)) == "0.100 to 0.200" and cell_text(Interval(0.1, None)) == "undefined"
    assert [cell_text(PValue(p)) for p in (0.00001, 0.04999, None)] == ["< 0.0001", "0.0500", "undefined"]


TABLE = Table(
    "t",
    "Gap & <more>",
    ["finding", "gap", "95 %"],
    [["a_b", 0.123456, Interval(0.1, None)], ["mean", None, ""]],
    foot=1,
)


def test_a_table_as_html():
    assert TABLE.html() == (
        '<div class="table"><table><caption>Gap &amp; &lt;more&gt;</caption><thead><tr><th scope="col" class="text">'
        'finding</th><th scope="col">gap</th><th scope="col">95 %</th></tr></thead><tbody>'
        '<tr><th scope="row">a_b</th><td>0.123</td><td>undefined</td></tr>'
        '<tr class="sum"><th scope="row">mean</th><td>undefined</td><td class="text"></td></tr>'
        "</tbody></table></div>"
    )  # fmt: skip


def test_a_table_as_csv_keeps_all_digits():
    assert TABLE.csv() == "finding,gap,95 % low,95 % high\na_b,0.123456,0.1,\nmean,,,\n"


def test_a_table_as_latex():
    lines = TABLE.latex().splitlines()
    assert lines[2] == r"\caption{Gap \& \textless{}more\textgreater{}}"
    assert lines[3:6] == [r"\begin{tabular}{lrr}", r"\toprule", r"finding & gap & 95 \% \\"]
    assert lines[7:10] == [r"a\_b & 0.123 & undefined \\", r"\midrule", r"mean & undefined &  \\"]


def test_text_in_latex():
    """A cell that begins with a bracket or a star would be an option of the row's end before it."""
    assert latex_text("[a] *b|c") == r"{[}a{]} {*}b\textbar{}c"
    assert latex_text("--seeds 1---2") == "-{}-seeds 1-{}-{}-2"
    assert latex_text("a\n\n b\x00\udc80") == "a b??"
    assert latex_text("100 % & $x_1$ {~^}") == r"100 \% \& \$x\_1\$ \{\textasciitilde{}\textasciicircum{}\}"
