"""The warning beside the agreement of maps where its interval may be too narrow."""

from typing import Any

from medgan_tf.presentation.blocks import is_number

NARROW_ABOVE = 0.8
"""Means of agreement above which the interval is too narrow where images differ widely, see docs/statistics.md."""


def narrow_lines(agreements: dict[str, Any]) -> list[str]:
    """The warning, where one of the means may lie above `NARROW_ABOVE`.

    Args:
        agreements: `agreement_with_real` of an `occlusion.json`.
    """
    found = [one["rank_correlation"] for labels in agreements.values() for one in labels.values()
             if "rank_correlation" in one]  # fmt: skip
    ends = [end for one in found for end in (one["value"], (one.get("interval") or {}).get("high"))]
    if not any(is_number(end) and end > NARROW_ABOVE for end in ends):
        return []
    return [
        f"intervals of a mean that may lie above {NARROW_ABOVE:g} cover about 90 %, not 95 %, if images differ widely"
    ]
