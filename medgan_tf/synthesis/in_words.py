"""What was generated, in one line for the terminal."""

from collections.abc import Mapping
from typing import Any


def in_words(values: Mapping[str, Any]) -> str:
    """The line of the values that `medgan-tf generate --json` shows: counts, folders, what was rejected."""
    made = ", ".join(f"{count:,} {fold}" for fold, count in values["images"].items() if count)
    text = f"{made} images in {values['synthetic']}"
    text += "".join(f", {form.upper()} files in {values[form]}" for form in ("png", "dicom") if form in values)
    if rejection := values.get("rejection"):
        text += f"; about {rejection['rejected']:,} of {rejection['drawn']:,} drawn images were rejected"
    if "further" in values:
        text += f"; further sets of arms made: {', '.join(values['further']) or 'none was missing'}"
    return text
