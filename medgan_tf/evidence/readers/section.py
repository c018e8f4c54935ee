"""The result as a section of a report: HTML from the result file alone, every text escaped."""

import base64
from collections.abc import Sequence
from html import escape
from typing import Any

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #1f2933; background: #fff; max-width: 60rem; margin: 2rem auto;
  padding: 0 1rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: 1rem 0; }
th, td { padding: .2rem .8rem; text-align: right; border-bottom: 1px solid #e4e7eb;
  white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
tfoot td { font-weight: 600; }
img { max-width: 100%; }
.small { color: #52606d; font-size: .875rem; }
"""
_CELLS = ("TR", "FR", "TS", "FS")


def report_section(result: dict[str, Any], figure: bytes) -> str:
    """The section, an HTML fragment that needs nothing beside it.

    Args:
        result: From `score_counts` or `score_answers`, or read from reader_study.json.
        figure: From `result_figure`.
    """
    image = base64.b64encode(figure).decode()
    parts = [
        "<section>",
        "<h2>Reader study</h2>",
        f"<p><strong>{escape(result['findings'][0])}</strong></p>",
        *(f"<p>{escape(text)}</p>" for text in result["findings"][1:]),
        f'<img alt="Accuracy of each reader against guessing" src="data:image/png;base64,{image}">',
        _readers(result),
        _further(result),
        *(f'<p class="small">{escape(note)}</p>' for note in result["notes"]),
        _methods(result),
        "</section>",
    ]
    return "\n".join(part for part in parts if part)


def result_page(result: dict[str, Any], figure: bytes) -> str:
    """The section as a page of its own."""
    head = '<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>Reader study</title>'
    return f"{head}<style>{_STYLE}</style></head>\n<body>\n{report_section(result, figure)}\n</body>\n</html>\n"


def _readers(result: dict[str, Any]) -> str:
    """The paper's table: one row per reader, mean and standard deviation below."""
    over = result["over_readers"]
    known = [name for name in _CELLS if name in over]
    names = [*known, "accuracy", *(name for name in ("sensitivity", "specificity") if name in over)]
    rows = []
    for reader in result["readers"]:
        low, high = reader["accuracy_interval"]
        cells = [str(reader[name]) if name in known else _number(reader[name]) for name in names]
        rows.append([reader["reader"], *cells, f"{low:.2f} to {high:.2f}", _number(reader["binomial_p"])])
    summary = [
        [word, *(_number(over[name][key], 1 if name in known else 3) for name in names), "", ""]
        for word, key in (("mean", "mean"), ("standard deviation", "sd"))
    ]
    interval = f"{100 * (1 - result['tests']['level']):g} % interval"
    return _table(["reader", *names, interval, "p (binomial)"], rows, summary)


def _further(result: dict[str, Any]) -> str:
    """What needs single answers."""
    rows = []
    if result.get("roc"):
        rows.append(["area under the ROC curve, mean of readers", *_value(result["roc"], "mean_area")])
    if result.get("agreement"):
        rows.append(["agreement between readers, Fleiss' kappa", *_value(result["agreement"], "kappa")])
    if result.get("consistency", {}).get("repeated"):
        rows.append(["same answer to a repeated image", *_value(result["consistency"], "share")])
    for name, text in (("seconds", "took longer"), ("position", "came later")):
        trend = result.get("trends", {}).get(name)
        if trend and trend["mean"] is not None:
            share = f"right answers {text} than wrong ones, share of pairs"
            rows.append([share, _number(trend["mean"]), f"p = {_number(trend['two_sided'])}"])
    return _table(["", "value", "interval or test"], rows) if rows else ""


def _value(values: dict[str, Any], name: str) -> tuple[str, str]:
    low, high = values["interval"]
    return _number(values[name]), "undefined" if low is None else f"{low:.3f} to {high:.3f}"


def _methods(result: dict[str, Any]) -> str:
    tests = result["tests"]
    methods = {"tests over readers": tests["method"], "equivalence": tests["equivalence_method"], **result["methods"]}
    listed = "".join(f"<li>{escape(name)}: {escape(text)}</li>" for name, text in methods.items())
    return f'<details class="small"><summary>How this was computed</summary><ul>{listed}</ul></details>'


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], foot: Sequence[Sequence[str]] = ()) -> str:
    def line(cells: Sequence[str], tag: str = "td") -> str:
        return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>"

    body = f"<thead>{line(head, 'th')}</thead><tbody>{''.join(map(line, rows))}</tbody>"
    end = f"<tfoot>{''.join(map(line, foot))}</tfoot>" if foot else ""
    return f"<table>{body}{end}</table>"


def _number(value: float | None, digits: int = 3) -> str:
    return "undefined" if value is None else f"{value:.{digits}f}"
