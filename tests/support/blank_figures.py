"""Figures that are made but not drawn: drawing takes longer than all else in tests that look at numbers only."""

from pathlib import Path

import pytest
from matplotlib.figure import Figure

BLANK = {"png": b"\x89PNG\r\n\x1a\n", "svg": b"<svg/>"}


def draw_nothing(patch: pytest.MonkeyPatch) -> None:
    """Until `patch` is undone, saved figures are the beginning of a file of their format."""

    def save(figure: Figure, file, format: str, **options) -> None:
        if isinstance(file, (str, Path)):
            Path(file).write_bytes(BLANK[format])
        else:
            file.write(BLANK[format])

    patch.setattr(Figure, "savefig", save)
