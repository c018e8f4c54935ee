"""The result of a reader study as text for terminals."""

from collections.abc import Sequence
from typing import Any


def study_lines(result: dict[str, Any]) -> str:
    """The result as text for a terminal: the paper's tables, then the findings."""
    percent = f"{100 * (1 - result['tests']['level']):g} % interval"
    lines = [f"{'reader':12}{'TR':>6}{'FR':>6}{'TS':>6}{'FS':>6}{'accuracy':>10}{percent:>18}{'p':>9}{'p (Holm)':>10}"]
    for reader in result["readers"]:
        cells = "".join(f"{'-' if reader[name] is None else reader[name]:>6}" for name in ("TR", "FR", "TS", "FS"))
        low, high = reader["accuracy_interval"]
        interval = f"{low:.2f} to {high:.2f}"
        lines.append(
            f"{reader['reader']:12}{cells}{reader['accuracy']:>10.3f}{interval:>18}{reader['binomial_p']:>9.3f}"
            f"{reader['binomial_p_holm']:>10.3f}"
        )
    over = result["over_readers"]
    for name, digits in (("mean", 1), ("sd", 1)):
        cells = "".join(_cell(over.get(column, {}).get(name), 6, digits) for column in ("TR", "FR", "TS", "FS"))
        lines.append(f"{name:12}{cells}{_cell(over['accuracy'][name], 10, 3)}")
    for name in ("sensitivity", "specificity"):
        if name in over:
            lines.append(f"{name}: mean {_cell(over[name]['mean'], 0, 3)}, sd {_cell(over[name]['sd'], 0, 3)}")
    lines += [*_further(result), "", *result["findings"]]
    return "\n".join([*lines, *(f"Note: {note}" for note in result["notes"])])


def _p(value: float) -> str:
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def _cell(value: float | None, width: int, digits: int) -> str:
    return f"{'-':>{width}}" if value is None else f"{value:>{width}.{digits}f}"


def _further(result: dict[str, Any]) -> list[str]:
    lines = []
    if result.get("roc"):
        roc = result["roc"]
        beyond = _between(roc["readers_and_images"]["interval"]) or " (no interval)"
        here = _between(roc["interval"])
        lines.append(f"ROC area: mean {roc['mean_area']:.3f}{beyond}; for these images only{here or ': no interval'}")
    if result.get("agreement") and result["agreement"]["kappa"] is not None:
        agreement = result["agreement"]
        lines.append(f"Fleiss' kappa {agreement['kappa']:.3f}{_between(agreement['interval'])}")
    if result.get("consistency") and result["consistency"]["repeated"]:
        own = result["consistency"]
        lines.append(f"consistency: {own['same']} of {own['repeated']} repeated images{_between(own['interval'])}")
    for name, unit in (("seconds", "took longer"), ("position", "came later")):
        trend = (result.get("trends") or {}).get(name)
        if trend and trend["mean"] is not None:
            lines.append(f"right answers {unit} than wrong ones in {trend['mean']:.2f} of pairs "
                         f"(0.5: no effect; exact signed-rank p = {trend['two_sided']:.3f})")  # fmt: skip
    return lines


def _between(interval: Sequence[float | None]) -> str:
    return "" if interval[0] is None else f" ({interval[0]:.3f} to {interval[1]:.3f})"
