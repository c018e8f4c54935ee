"""A fidelity result as text."""

from collections.abc import Sequence
from typing import Any

from medgan_tf.evidence.fidelity.measure import PRDC
from medgan_tf.presentation.text_table import text_table

_TITLES = {"fid": "FID", "kid": "KID x 1000", "swd": "SWD x 1000", "ms_ssim": "MS-SSIM within"}
_FACTORS = {"kid": 1000.0, "swd": 1000.0}
_NAMES = ("fid", "kid", *PRDC, "swd")


def result_lines(result: dict[str, Any]) -> list[str]:
    """Values with intervals beside the floor, then the label combinations, then what is to be known about them."""
    card, metrics, lowest = result["extractor"], result["metrics"], result["floor"]
    rows = [["metric", "value", "95 % interval", f"at n = {lowest['images']:,}", "floor (real against real)"]]
    for name in (name for name in _NAMES if name in metrics):
        found = metrics[name]
        low, high = found.get("interval", (float("nan"), float("nan")))
        rows.append(
            [
                title(name),
                figure(name, found["value"]),
                f"{figure(name, low)} to {figure(name, high)}",
                figure(name, lowest["synthetic"].get(name)),
                figure(name, lowest["real"].get(name)),
            ]
        )
    if "fid" in metrics:
        rows.append(["FID at infinite n", figure("fid", metrics["fid"]["infinite"]), "", "", ""])
    synthetic, real = result["synthetic"], result["real"]
    lines = [
        f"{synthetic['name']} ({synthetic['kind']}, {synthetic['images']:,} images) against {real['name']} "
        f"({real['kind']}, {real['images']:,} images), extractor {card['name']} {card['weights_sha256'][:12]}",
        *(text_table(rows) if len(rows) > 1 else []),
    ]
    for where, found in metrics.get("ms_ssim", {}).items():
        lines.append(
            f"MS-SSIM {where} label combinations: synthetic {figure('ms_ssim', found['synthetic']['value'])}, real "
            f"{figure('ms_ssim', found['real']['value'])} (higher: less diverse)"
        )
    return [*lines, "", *_combination_lines(result), *(f"- {note}" for note in result["notes"])]


def _combination_lines(result: dict[str, Any]) -> list[str]:
    combinations = result["combinations"]
    if not combinations:
        return []
    names = list(combinations[0]["values"])
    shown = [name for name in names if name != "ms_ssim_real"]
    rows = [["label combination", "real", "synthetic", *(title(name) for name in shown)]]
    for row in combinations:
        counts = [f"{row['images_real']:,}", f"{row['images_synthetic']:,}"]
        rows.append(
            ["|".join(row["labels"]) or "(none)", *counts, *(figure(name, row["values"][name]) for name in shown)]
        )
    means = result["combination_mean"]
    rows.append(["mean, weighted", "", "", *(figure(name, means[name]) for name in shown)])
    return [*text_table(rows), ""]


def title(name: str) -> str:
    """A metric's name in tables and figures."""
    return _TITLES.get(name, name)


def figure(name: str, value: float | None) -> str:
    """A metric's value with four significant digits; "undefined" for NaN."""
    if value is None or value != value:
        return "undefined"
    return f"{value * _FACTORS.get(name, 1.0):.4g}"


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
