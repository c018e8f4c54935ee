"""A fidelity result as tables show it: intervals or the reason why there is none, the floor, and one finding."""

from typing import Any

from medgan_tf.metrics.metric import Direction, Quantity

EARLIER = "none: measured by an earlier version"
"""Instead of an interval of format version 1: those covered neither the true value nor that of other images."""

Ends = tuple[float, float]


def is_earlier(result: dict[str, Any]) -> bool:
    """Whether a result was measured by version 0.1."""
    return result["format_version"] < 2


def interval_of(result: dict[str, Any], found: dict[str, Any]) -> Ends | str:
    """The interval of a quantity, or why there is none; "" where that is not known.

    Args:
        result: The result.
        found: The quantity in its part `metrics`, see `Quantity.found`.
    """
    if is_earlier(result):
        return EARLIER if found.get("interval") else ""
    if found.get("interval"):
        return tuple(found["interval"])
    return found.get("reason", "")


def floor_interval(result: dict[str, Any], quantity: Quantity, kind: str = "real") -> Ends | str:
    """The interval of the floor (`real`), or of the synthetic against the held-out images (`held_out`)."""
    ends = result["floor"].get("intervals", {}).get(kind, {}).get(quantity.key)
    return tuple(ends) if ends else ""


def floor_word(quantity: Quantity) -> str:
    """What real images against real images are: the floor of a distance, the ceiling of what should be large."""
    return {Direction.SMALLER: "floor", Direction.LARGER: "ceiling"}.get(quantity.direction, "real images")


def closer_sentence(result: dict[str, Any]) -> str:
    """Whether the synthetic images are closer to the training images than other real images are; "" where not asked."""
    found = result.get("closer_to_training")
    if not found:
        return ""
    low, high = (f"{1000 * end:.3g}" for end in found["interval"])
    measured = (
        f"difference of MMD x 1000 {1000 * found['difference']:.3g}, 95 % interval {low} to {high}, Gaussian kernel of "
        f"bandwidth {found['bandwidth']:.3g}"
    )
    if found["closer"]:
        return (
            "warning: the synthetic images are closer to the training images than other real images are, as copies "
            f"would be ({measured}); look at the privacy audit"
        )
    return (
        "it is not shown that the synthetic images are closer to the training images than other real images are "
        f"({measured}); this is no proof that none is a copy"
    )
