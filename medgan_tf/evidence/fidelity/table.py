"""A fidelity result as text."""

from collections.abc import Sequence
from typing import Any

from medgan_tf.evidence.fidelity.view import closer_sentence, floor_interval, floor_word, interval_of
from medgan_tf.metrics.metric import Quantity
from medgan_tf.metrics.registry import METRICS
from medgan_tf.presentation.text_table import text_table


def result_lines(result: dict[str, Any]) -> list[str]:
    """Lines with values and intervals beside the floor, then the label combinations, then the notes.

    Args:
        result: Result of `job.evaluate`.
    """
    extractor, synthetic, real = result["extractor"], result["synthetic"], result["real"]
    rows = [row for quantity in METRICS.quantities() if (row := _row(quantity, result)) is not None]
    head = ["metric", "value", "95 % interval", f"at n = {result['floor']['images']:,}", "against held-out",
            "real against real", "95 % interval", ""]  # fmt: skip
    closer = closer_sentence(result)
    return [
        f"{synthetic['name']} ({synthetic['kind']}, {synthetic['images']:,} images) against {real['name']} "
        f"({real['kind']}, {real['images']:,} images), "
        f"extractor {extractor['name']} {extractor['weights_sha256'][:12]}",
        *([result["protocol"]] if "protocol" in result else []),
        *text_table([head, *rows]),
        "",
        *_combination_lines(result),
        *([f"- {closer}"] if closer else []),
        *(f"- {note}" for note in result["notes"]),
    ]


def _row(quantity: Quantity, result: dict[str, Any]) -> list[str] | None:
    """One row of the table; None for a quantity that was not computed."""
    found, floor = quantity.found(result["metrics"]), result["floor"]
    if found is None:
        return None

    def shown(kind: str) -> str:
        return figure(quantity.key, floor[kind][quantity.key]) if quantity.key in floor.get(kind, {}) else ""

    real = shown("real")
    return [
        quantity.heading,
        figure(quantity.key, found["value"]),
        _interval(quantity, interval_of(result, found)),
        shown("synthetic"),
        shown("held_out"),
        real and f"{floor_word(quantity)} {real}",
        _interval(quantity, floor_interval(result, quantity)),
        str(quantity.direction),
    ]


def _interval(quantity: Quantity, ends: tuple[float, float] | str) -> str:
    return ends if isinstance(ends, str) else " to ".join(figure(quantity.key, end) for end in ends)


def _combination_lines(result: dict[str, Any]) -> list[str]:
    combinations = result["combinations"]
    if not combinations:
        return []
    quantities = [one for one in METRICS.quantities() if one.key in combinations[0]["values"]]
    rows = [["label combination", "real", "synthetic", *(one.heading for one in quantities)]]
    for row in combinations:
        counts = [f"{row['images_real']:,}", f"{row['images_synthetic']:,}"]
        values = (figure(one.key, row["values"][one.key]) for one in quantities)
        rows.append(["|".join(row["labels"]) or "(none)", *counts, *values])
    means = (figure(one.key, result["combination_mean"][one.key]) for one in quantities)
    rows.append(["mean, weighted", "", "", *means])
    return [*text_table(rows), ""]


def figure(key: str, value: float | None) -> str:
    """A value of a quantity in the unit of its heading, with four significant digits; "undefined" for NaN or None."""
    if value is None or value != value:
        return "undefined"
    return f"{METRICS.quantity(key).shown(value):.4g}"


def all_lines(results: Sequence[dict[str, Any]]) -> str:
    """Several results, one after the other."""
    return "\n\n".join("\n".join(result_lines(result)) for result in results)


def summarise_fidelity(result: dict[str, Any]) -> str:
    """The content of `fid-<extractor>.json` in one line: the FID, and the floor at its number of images."""
    name, lowest = result["extractor"]["name"], result["floor"]
    if "fid" not in result["metrics"]:
        return f"no FID in the features of {name}, as other metrics were asked for"
    value, synthetic, real = (
        figure("fid", one)
        for one in (result["metrics"]["fid"]["value"], lowest["synthetic"].get("fid"), lowest["real"].get("fid"))
    )
    return (
        f"FID {value} in the features of {name}; with {lowest['images']:,} images {synthetic}, of held-out real images "
        f"{real}"
    )
