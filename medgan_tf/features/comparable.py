"""The warning that belongs to every number from features that were made for smoke runs."""

from collections.abc import Mapping
from typing import Any


def incomparable(extractor: Mapping[str, Any]) -> list[str]:
    """A warning about an extractor whose values mean nothing beside others; nothing for any other extractor.

    Args:
        extractor: Its description as results keep it, see `ExtractorDescription`.
    """
    # Not `not`: where nothing is said, nothing is known.
    if extractor.get("comparable") is not False:
        return []
    name = extractor.get("name")
    return [f"warning: extractor {name!r} is for smoke runs; its values cannot be compared with any others"]
